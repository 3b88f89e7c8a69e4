"""Does a kommunlager get back what it should hold, and nothing twice? Next: tests/unit/test_refill_proposal.py."""

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

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
    order_row,
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
from waiting import wait_for

from config.database import Database
from workflows.cohort import run_named
from workflows.queries import read_orders
from workflows.refill import NoKommunlager, Refill, refill_all, refill_store, refilled_stores
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")

HMS = {("10", f"A{n}"): 1_000 for n in range(1, 11)}
WAITING = {"shortage_50301": "backorder"}


def levels(database: Database, wanted: Mapping[str, tuple[int, int]], code: str = "50301") -> None:
    """Article → (reorder point, target) of a store."""
    with database.transaction() as tx:
        for article, (point, target) in wanted.items():
            tx.execute("INSERT INTO stock_target VALUES (%s, %s, %s, %s)", (code, article, point, target))


def withdraw(database: Database, article: str, successor: str | None) -> None:
    with database.transaction() as tx:
        tx.execute("UPDATE article SET withdrawn = true, successor = %s WHERE number = %s", (successor, article))


def wanted(refill: Refill) -> list[tuple[str, int]]:
    return [(line.article, line.quantity) for line in refill.proposal.lines]


def ordered(database: Database, refill: Refill) -> list[dict[str, Any]]:
    with database.transaction() as tx:
        return read_orders(tx, [each.order_id for each in refill.created])


def test_what_is_at_or_below_its_reorder_point_is_ordered_up_to_the_target(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 2, ("50301", "A2"): 3, ("50301", "A3"): 1})
    levels(database, {"A1": (2, 10), "A2": (2, 10), "A3": (2, 4), "A4": (0, 5)})

    refill = refill_store(database, "50301", actor="schema")

    (order,) = ordered(database, refill)
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Stockholm")).date()
    assert (order["source"], order["external_id"]) == ("orderflode", f"REFILL-50301-{today}-1")
    assert (order["order_type"], order["customer_order_type"]) == ("lagerflyttsorder", "lagerflytt")
    assert (order["sender"], order["receiver_code"], order["orderer_person"]) == ("10", "50301", "lager")
    assert [(each["article"], each["quantity"]) for each in order["lines"]] == [("A1", 8), ("A3", 3), ("A4", 5)]
    assert order_row(database, order["id"])["kommun"] == "Karlstad"

    run_all(database)
    assert [balance(database, "50301", each)[0] for each in ("A1", "A2", "A3", "A4")] == [10, 3, 4, 5]


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

    at_once(database_url, *[lambda each: refill_all(each, actor="schema")] * 4)

    assert len(everything(database)["orders"]) == 2
    run_all(database)
    assert (balance(database, "50301", "A1"), balance(database, "50401", "A1")) == ((10, 0, 0), (10, 0, 0))


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


def test_what_waiting_orders_lack_is_ordered_beside_the_target(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 1}, **WAITING)
    levels(database, {"A1": (2, 10)})
    waits = store(database, own_store_order(("A1", 4)), own_store_order(("A1", 3)))
    run_all(database)
    assert states(database, waits) == ["backordered"] * 2

    assert wanted(refill_store(database, "50301", actor="schema")) == [("A1", 10 - (1 - 7))]

    run_all(database)
    assert states(database, waits) == ["delivered"] * 2
    assert balance(database, "50301", "A1") == (10, 0, 0)


def test_a_withdrawn_article_is_replaced_by_its_successor(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 1})
    levels(database, {"A1": (2, 10), "A4": (1, 5)})
    for article, successor in (("A1", "A2"), ("A2", "A3"), ("A4", None)):
        withdraw(database, article, successor)

    refill = refill_store(database, "50301", actor="schema")

    assert wanted(refill) == [("A3", 10)]
    assert refill.proposal.lines[0].instead_of == ("A1",)
    assert refill.proposal.not_refillable == ("A4",)
    run_all(database)
    assert balance(database, "50301", "A3") == (10, 0, 0)
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()


def test_the_orderer_is_the_chosen_one_then_the_stores_own_then_the_first_who_may(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO person VALUES ('tekn', 'T', '', false, '{tekniker}'), ('a', 'A', '', false, '{tekniker}')"
        )
        tx.execute("INSERT INTO person_unit VALUES ('tekn', '03-05'), ('a', '04-01')")

    def who(orderer: str | None = None) -> Any:
        found = refill_store(database, "50301", actor="anna", orderer=orderer, dry_run=True).orderer
        return found and tuple(found)

    assert who() == ("lager", "03-05")
    assert who("tekn") == ("tekn", "03-05")
    with database.transaction() as tx:
        tx.execute("UPDATE store SET refill_by = 'tekn' WHERE code = '50301'")
    assert who() == ("tekn", "03-05")
    assert who("lager") == ("lager", "03-05")
    # Another kommun's, an orderer without the role, nobody at all.
    assert [who(each) for each in ("a", "best", "ingen")] == [None] * 3


def test_a_store_that_nobody_may_order_for_is_named_and_the_others_go_on(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)}, "50301")
    levels(database, {"A1": (2, 10)}, "50401")
    with database.transaction() as tx:
        tx.execute("DELETE FROM person_unit WHERE unit = '03-05'")

    first, second = refill_all(database, actor="schema")

    assert (first.store, first.nobody_to_order, first.created) == ("50301", True, ())
    assert (second.store, second.nobody_to_order, len(second.created)) == ("50401", False, 1)


def test_many_articles_make_orders_of_a_thousand_lines_and_many_units_several_lines(database: Database) -> None:
    a_world(database)
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO article SELECT 'M' || lpad(n::text, 4, '0'), 'Artikel', '122203', NULL, false, false "
            "FROM generate_series(1, 1200) n"
        )
        tx.execute("INSERT INTO stock_target SELECT '50301', number, 1, 5 FROM article WHERE number ^@ 'M'")
    levels(database, {"A1": (1, 20_000)})

    orders = ordered(database, refill_store(database, "50301", actor="schema"))

    assert [len(each["lines"]) for each in orders] == [1_000, 203]
    assert [each["quantity"] for each in orders[0]["lines"][:4]] == [9_999, 9_999, 2, 5]
    run_all(database)


def test_only_a_kommunlager_with_reorder_points_is_refilled(database: Database) -> None:
    a_world(database)
    levels(database, {"A1": (1, 5)}, "10")
    assert refilled_stores(database) == []
    for code in ("10", "50301", "99"):
        with pytest.raises(NoKommunlager):
            refilled_stores(database, code)


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
