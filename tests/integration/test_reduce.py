"""What if part of an order is cancelled? Its units leave, its goods come free, and the rest goes on as it was.

Next: tests/unit/test_reduction.py (which line gives what), test_reduce_goods.py (where its goods go).
"""

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_world,
    balance,
    everything,
    goods_moved,
    history,
    in_state,
    order_row,
    run_all,
    states,
)
from reducing import SHELF, line, reduce

from config.database import Database
from workflows.cohort import StaleVersion, run_named
from workflows.machines import StepNotAllowed
from workflows.reduction import ReduceTooMuch
from workflows.steps import deliver
from workflows.steps.cancel import ReasonMissing
from workflows.steps.reduce import AmendInstead

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.mark.parametrize(
    ("state", "before", "after", "moved"),
    [
        ("backordered", (0, 0, 0), (0, 0, 0), []),
        ("validated", (10, 3, 0), (10, 2, 0), []),
        ("picked", (7, 0, 3), (8, 0, 2), [("reduce", "A1", 1, "outbound 10", "store 10")]),
    ],
)
def test_the_units_leave_and_the_order_stays_where_it_stands(
    database: Database, state: str, before: tuple[int, ...], after: tuple[int, ...], moved: list[object]
) -> None:
    a_world(database, stock={} if state == "backordered" else SHELF, **CONFIRMED)
    order_id = in_state(database, state, ("A1", 3))
    due = order_row(database, order_id)["due_at"]
    assert balance(database, "10", "A1") == before

    assert reduce(database, order_id) == state

    assert balance(database, "10", "A1") == after
    assert [each for each in goods_moved(database, order_id) if each[0] == "reduce"] == moved
    assert history(database, order_id)[-1] == ("reduce", state, state, "anna", "behövs inte")
    assert order_row(database, order_id)["due_at"] == due
    assert line(database, order_id)["cancelled"] == 1


def test_what_is_left_is_delivered_and_papered(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "picked", ("A1", 3), ("A2", 2))
    reduce(database, order_id, units={"A1": 3, "A2": 1})

    run_all(database)
    run_named(database, deliver.STEP, order_id, actor="anna")

    assert states(database, [order_id]) == ["delivered"]
    assert [line(database, order_id, each)["delivered"] for each in (1, 2)] == [0, 1]
    with database.transaction() as tx:
        assert tx.execute("SELECT line_no, article, quantity FROM utleverans_line").fetchall() == [(2, "A2", 1)]
    assert balance(database, "10", "A1") == (10, 0, 0)
    assert balance(database, "10", "A2") == (9, 0, 0)


def test_it_says_which_units_left_which_line(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3), ("A2", 2), ("A1", 2))
    reduce(database, order_id, units={"A1": 3})

    with database.transaction() as tx:
        row = tx.execute("SELECT details FROM history WHERE order_id = %s AND event = 'reduce'", (order_id,)).fetchone()
    assert row is not None
    assert [(each["line"], each["article"], each["units"]) for each in row[0]] == [(1, "A1", 1), (3, "A1", 2)]


@pytest.mark.parametrize("units", [{"A1": 4}, {"A1": 3}, {"A2": 1}, {"A1": 1, "A9": 1}])
def test_more_than_is_left_or_everything_is_a_cancellation(database: Database, units: dict[str, int]) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))
    before = everything(database)

    with pytest.raises(ReduceTooMuch, match="makulera ordern i stället"):
        reduce(database, order_id, units=units)

    assert everything(database) == before


@pytest.mark.parametrize("state", ["draft", "rejected"])
def test_what_has_not_passed_the_rules_is_amended_instead(database: Database, state: str) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, state, ("A1", 3))
    before = everything(database)

    with pytest.raises(AmendInstead, match="rätta den i stället"):
        reduce(database, order_id)

    assert everything(database) == before


@pytest.mark.parametrize("state", ["utleverans", "delivered"])
def test_what_is_on_its_way_is_not_made_smaller(database: Database, state: str) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, state, ("A1", 3))

    with pytest.raises(StepNotAllowed):
        reduce(database, order_id)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_nothing_leaves_an_order_without_a_reason(database: Database, reason: str | None) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))

    with pytest.raises(ReasonMissing):
        reduce(database, order_id, reason=reason)


def test_a_page_that_is_out_of_date_makes_no_order_smaller(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))
    reduce(database, order_id, version=2)
    before = everything(database)

    with pytest.raises(StaleVersion):
        reduce(database, order_id, version=2)

    assert everything(database) == before


def test_the_database_keeps_no_reduction_without_its_reason(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))

    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        tx.execute(
            "SELECT move_orders(%s, 'bestallning', 'reduce', 'validated', 'validated', 'x', NULL)", ([order_id],)
        )
