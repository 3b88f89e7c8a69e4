"""Whatever brings goods: do they go to who has waited longest, by themselves?

Goods come by receipt, a lagerflytt that is delivered, a cancellation, an order made smaller, and a count. After each
of them no order that still waits may stand before one that got its goods. Next: test_backorders.py, case by case.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from builders import (
    TODAY,
    a_lagerflytt,
    a_world,
    an_order,
    own_store_order,
    receive,
    run_all,
    run_step,
    states,
    store,
)
from emptied import empty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.database import Database
from workflows.allocation import Goods
from workflows.backorders import list_backorders, list_queue
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.steps import deliver
from workflows.steps.cancel import CANCEL
from workflows.steps.reduce import reduce_by
from workflows.verify.checking import verify

pytestmark = pytest.mark.usefixtures("sound_afterwards")

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
STORE = "50301"
WAITING = {"shortage_50301": "backorder", "picking_50301": "confirmed", "delivery_10": "confirmed"}


class Asked(NamedTuple):
    """An order of one article from the store; `minute` is its age."""

    article: str
    units: int
    akut: bool
    minute: int


class Event(NamedTuple):
    """What happens, to which article, and how much of it; `which` of the orders it is about."""

    what: str
    article: str
    units: int
    which: int


ARTICLES = st.sampled_from(["A1", "A2"])
ORDERS = st.builds(Asked, ARTICLES, st.integers(1, 4), st.booleans(), st.integers(0, 9))
EVENTS = st.builds(
    Event,
    st.sampled_from(["receipt", "lagerflytt", "cancel", "reduce", "count", "order"]),
    ARTICLES,
    st.integers(1, 6),
    st.integers(0, 11),
)


def ask(database: Database, *asked: Asked) -> None:
    store(
        database,
        *[
            own_store_order(
                (each.article, each.units),
                priority=0 if each.akut else 1,
                received_at=MORNING + timedelta(minutes=each.minute),
                ordered_on=TODAY,
            )
            for each in asked
        ],
    )


def receipt(database: Database, event: Event) -> None:
    receive(database, {(STORE, event.article): event.units})


def lagerflytt(database: Database, event: Event) -> None:
    receive(database, {("10", event.article): event.units})
    (order_id,) = store(database, a_lagerflytt((event.article, event.units)))
    run_all(database)
    run_named(database, deliver.STEP, order_id, actor="anna")


def one_of(database: Database, event: Event, condition: str) -> int | None:
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT o.id FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.sender = %s "
            f"AND l.article = %s AND {condition} ORDER BY o.id",
            (STORE, event.article),
        ).fetchall()
    return rows[event.which % len(rows)][0] if rows else None


def cancel(database: Database, event: Event) -> None:
    if order_id := one_of(database, event, "o.state IN ('backordered', 'validated')"):
        run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")


def reduce(database: Database, event: Event) -> None:
    if order_id := one_of(database, event, "o.state IN ('backordered', 'validated') AND quantity - cancelled > 1"):
        run_named(database, reduce_by({event.article: 1}), order_id, actor="anna", reason="färre")


def count(database: Database, event: Event) -> None:
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT on_hand FROM stock_balance WHERE store = %s AND article = %s", (STORE, event.article)
        ).fetchone()
    more = event.units + (row[0] if row else 0)
    adjust_stock(database, Goods(STORE, event.article), more, reason="inventering", actor="anna")


def order(database: Database, event: Event) -> None:
    ask(database, Asked(event.article, event.units, event.units == 1, 10 + event.which))


HAPPENS: dict[str, Callable[[Database, Event], None]] = {
    "receipt": receipt, "lagerflytt": lagerflytt, "cancel": cancel, "reduce": reduce, "count": count, "order": order,
}  # fmt: skip


def places(database: Database, state: str) -> dict[int, tuple[str, tuple[int, datetime, int]]]:
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT o.id, l.article, o.priority, o.received_at FROM orders o JOIN order_line l ON l.order_id = o.id "
            "WHERE o.sender = %s AND o.state = %s",
            (STORE, state),
        )
        return {row[0]: (row[1], (row[2], row[3], row[0])) for row in rows}


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(asked=st.lists(ORDERS, min_size=2, max_size=8), events=st.lists(EVENTS, min_size=1, max_size=6))
def test_goods_go_to_who_has_waited_longest_however_they_come(
    database: Database, asked: list[Asked], events: list[Event]
) -> None:
    empty(database)
    a_world(database, **WAITING)
    ask(database, *asked)
    run_all(database)
    for event in events:
        had = places(database, "validated")
        HAPPENS[event.what](database, event)
        run_all(database)
        waiting = places(database, "backordered").values()
        for order_id, (article, place) in places(database, "validated").items():
            if order_id not in had:
                assert not [each for each in waiting if each[0] == article and each[1] < place], event
    assert verify(database).broken == ()


def test_the_queue_is_listed_in_its_order_and_summed_by_article(database: Database) -> None:
    a_world(database, **WAITING)
    ask(database, Asked("A1", 3, akut=False, minute=1), Asked("A1", 2, akut=False, minute=0))
    ask(database, Asked("A1", 4, akut=True, minute=5), Asked("A2", 1, akut=False, minute=2))
    store(database, a_lagerflytt(("A1", 6)), a_lagerflytt(("A1", 5)), an_order(("A1", 7)))
    receive(database, {("10", "A1"): 6})
    run_all(database)

    with database.transaction() as tx:
        by_article = list_backorders(tx, None, None)
        queue = list_queue(tx, STORE, "A1")
        narrow = list_backorders(tx, "10", "A2")

    keys = ("article", "store", "units", "orders", "akut", "free", "on_its_way", "ordered")
    assert [tuple(each[key] for key in keys) for each in by_article] == [
        ("A1", "10", 12, 2, 0, 0, 0, 0), ("A1", STORE, 9, 3, 1, 0, 6, 5), ("A2", STORE, 1, 1, 0, 0, 0, 0),
    ]  # fmt: skip
    assert {each["days"] for each in by_article} == {0}
    assert [(each["place"], each["order"], each["priority"], each["units"]) for each in queue] == [
        (1, 3, "akut", 4), (2, 2, "normal", 2), (3, 1, "normal", 3),
    ]  # fmt: skip
    assert narrow == []


def test_it_has_waited_since_it_last_began_to_wait(database: Database) -> None:
    a_world(database, stock={(STORE, "A1"): 2}, **WAITING)
    ask(database, Asked("A1", 2, akut=False, minute=0))
    run_step(database, "validate")
    adjust_stock(database, Goods(STORE, "A1"), 1, reason="inventering", actor="anna")
    run_named(database, reduce_by({"A1": 1}), 1, actor="anna", reason="färre")

    with database.transaction() as tx:
        (place,) = list_queue(tx, None, None)
        since = tx.execute("SELECT at FROM history WHERE order_id = 1 AND event = 'unreserve'").fetchone()

    assert since is not None and place["since"] == since[0]
    run_all(database)
    assert states(database, [1]) == ["validated"]
