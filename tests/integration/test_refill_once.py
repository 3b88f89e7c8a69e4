"""Is nothing ordered twice, whoever refills when, and does everything come to rest? Next: test_refill.py."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import psycopg
import pytest
from at_once import at_once, databases, somebody_waits
from builders import (
    CONFIRMED,
    TODAY,
    a_lagerflytt,
    a_world,
    an_order,
    balance,
    everything,
    own_store_order,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)
from emptied import empty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refill_world import HMS, levels, wanted, withdraw
from waiting import wait_for

from config.database import Database
from workflows.cohort import run_named
from workflows.refill import refill_all, refill_store
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_run_again_at_once_it_orders_nothing_more(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    assert len(refill_store(database, "50301", actor="schema").created) == 1
    done = everything(database)

    assert refill_store(database, "50301", actor="schema").created == ()
    run_all(database)
    assert refill_store(database, "50301", actor="schema").created == ()

    assert len(everything(database)["orders"]) == len(done["orders"]) == 1


def test_two_refills_at_the_same_moment_order_once(database: Database, database_url: str) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10), "A2": (1, 3)})
    levels(database, {"A1": (2, 10)}, "50401")

    outcomes: Any = at_once(database_url, *[lambda each: refill_all(each, actor="schema")] * 4)

    assert sum(len(refill.created) for refills in outcomes for refill in refills) == 2
    run_all(database)
    assert (balance(database, "50301", "A1"), balance(database, "50401", "A1")) == ((10, 0, 0), (10, 0, 0))


def test_who_refills_while_another_does_waits_and_then_sees_what_was_ordered(
    database: Database, database_url: str
) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})

    with databases(database_url, 2) as both, ThreadPoolExecutor(2) as threads, database.session() as other:
        other.execute("BEGIN; LOCK TABLE order_line IN SHARE MODE")
        first = threads.submit(refill_store, both[0], "50301", actor="schema")
        wait_for(lambda: waiting_sessions(database) == 1)
        second = threads.submit(refill_store, both[1], "50301", actor="schema")
        wait_for(lambda: waiting_sessions(database) == 2)
        other.execute("ROLLBACK")
        refills = first.result(30), second.result(30)

    assert [(wanted(refill), len(refill.created)) for refill in refills] == [([("A1", 10)], 1), ([], 0)]


def waiting_sessions(database: Database) -> int:
    with database.session() as session:
        row = session.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return int(row[0]) if row else 0


def test_a_refill_that_dies_leaves_nothing_and_is_done_again(database: Database, database_url: str) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    died: list[BaseException] = []

    def dies(mine: Database) -> None:
        try:
            refill_store(mine, "50301", actor="schema")
        except psycopg.OperationalError as error:
            died.append(error)

    with databases(database_url, 1) as (mine,), database.session() as other:
        other.execute("BEGIN; LOCK TABLE order_line IN SHARE MODE")
        thread = Thread(target=dies, args=(mine,))
        thread.start()
        # It has stored the order, and waits to store its lines.
        wait_for(lambda: somebody_waits(database))
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        thread.join(30)
        other.execute("ROLLBACK")
    assert len(died) == 1 and everything(database)["orders"] == []

    assert wanted(refill_store(database, "50301", actor="schema")) == [("A1", 10)]
    assert len(everything(database)["orders"]) == 1


def test_a_dry_run_shows_the_same_and_stores_nothing(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    before = everything(database)

    shown = refill_store(database, "50301", actor="anna", dry_run=True)

    assert everything(database) == before
    done = refill_store(database, "50301", actor="anna")
    assert (shown.proposal, shown.orderer, shown.created) == (done.proposal, done.orderer, ())


@pytest.mark.parametrize("state", ["draft", "validated", "picked", "utleverans", "backordered", "rejected"])
def test_what_is_ordered_or_on_its_way_is_not_ordered_again(database: Database, state: str) -> None:
    a_world(database, stock={} if state == "backordered" else HMS, **CONFIRMED)
    levels(database, {"A1": (2, 10)})
    told = {"customer_order_type": "okänd"} if state == "rejected" else {}
    (order_id,) = store(database, a_lagerflytt(("A1", 8), **told))
    if state != "draft":
        run_step(database, "validate", "lagerflyttsorder")
    if state in ("picked", "utleverans"):
        with database.transaction() as tx:
            tx.execute("UPDATE orders SET due_at = now()")
        run_step(database, "pick", "lagerflyttsorder")
    if state == "utleverans":
        run_step(database, "create_utleverans", "lagerflyttsorder")
    assert states(database, [order_id]) == [state]

    # 8 of 10 are ordered: more than the reorder point.
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()

    with database.transaction() as tx:
        tx.execute("UPDATE stock_target SET reorder_point = 8")
    assert wanted(refill_store(database, "50301", actor="schema")) == [("A1", 2)]


def test_a_cancelled_refill_is_ordered_again_under_another_number(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    (first,) = refill_store(database, "50301", actor="schema").created
    run_named(database, CANCEL, first.order_id, actor="anna", reason="fel")

    (second,) = refill_store(database, "50301", actor="schema").created

    assert second.external_id == first.external_id.removesuffix("1") + "2"


def test_what_lager_10_lacks_waits_as_restorder_and_counts_as_ordered(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3, ("10", "A2"): 50})
    levels(database, {"A1": (2, 10), "A2": (2, 10)})
    (first,) = refill_store(database, "50301", actor="schema").created
    run_all(database)
    # What there was has come, and nothing held it up.
    assert (balance(database, "50301", "A1")[0], balance(database, "50301", "A2")[0]) == (3, 10)
    assert len(rests_of(database, first.order_id)) == 1

    assert refill_store(database, "50301", actor="schema").proposal.lines == ()

    receive(database, {("10", "A1"): 20})
    run_all(database)
    assert balance(database, "50301", "A1") == (10, 0, 0)
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()


ARTICLES = st.sampled_from(["A1", "A2", "A3"])
UNITS = st.integers(0, 8)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    stock=st.dictionaries(st.tuples(st.sampled_from(["10", "50301"]), ARTICLES), st.integers(0, 20)),
    points=st.dictionaries(ARTICLES, st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1),
    asked=st.lists(st.tuples(st.sampled_from(["own", "lagerflytt", "hms"]), ARTICLES, st.integers(1, 9)), max_size=6),
    withdrawn=st.booleans(),
    policy=st.sampled_from(["backorder", "difference"]),
)
def test_when_everything_has_arrived_nothing_more_is_needed_and_no_target_is_passed(
    database: Database, stock: dict[tuple[str, str], int], points: dict[str, tuple[int, int]],
    asked: list[tuple[str, str, int]], withdrawn: bool, policy: str,
) -> None:  # fmt: skip
    empty(database)
    a_world(database, stock=stock, shortage_50301=policy)
    levels(database, {article: (point, point + more) for article, (point, more) in points.items()})
    kinds = {"own": own_store_order, "lagerflytt": a_lagerflytt, "hms": an_order}
    store(database, *[kinds[kind]((article, units), ordered_on=TODAY) for kind, article, units in asked])
    run_all(database)
    if withdrawn:
        withdraw(database, "A1", "A2")

    refill = refill_store(database, "50301", actor="schema")

    for line in refill.proposal.lines:
        assert line.available <= line.reorder_point and line.available + line.quantity == line.target
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()
    run_all(database)
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()
    receive(database, {("10", f"A{n}"): 100 for n in (1, 2, 3)})
    run_all(database)
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()
