"""What if a person finds fewer than the balance says? The missing units are booked as a difference, never lost.

At the pick the rest becomes a restorder; at the delivery the order ends with what came. Next: test_counting.py.
"""

import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_world,
    balance,
    everything,
    goods_moved,
    in_state,
    order_row,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.cohort import run_named
from workflows.steps import deliver, pick
from workflows.steps.main_line import STEPS
from workflows.steps.short import ShortTooMuch

pytestmark = pytest.mark.usefixtures("sound_afterwards")

SHELF = {("10", "A1"): 10, ("10", "A2"): 10}


def lines_of(database: Database, order_id: int) -> list[tuple[int, str, int, int, int]]:
    """(line, article, ordered, on a restorder, short at the delivery)."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT line_no, article, quantity, on_rest, short_delivered FROM order_line "
            "WHERE order_id = %s ORDER BY line_no",
            (order_id,),
        ).fetchall()


def test_units_missing_at_the_pick_are_a_difference_and_go_on_a_restorder(database: Database) -> None:
    a_world(database, stock=SHELF, picking_10="confirmed")
    order_id = in_state(database, "validated", ("A1", 4), ("A2", 1))

    assert run_named(database, pick.STEP, order_id, actor="anna", short={"A1": 3}) == "picked"

    (rest,) = rests_of(database, order_id)
    assert goods_moved(database, order_id) == [
        ("short_pick", "A1", 3, "store 10", "difference 10"),
        ("pick", "A1", 1, "store 10", "outbound 10"),
        ("pick", "A2", 1, "store 10", "outbound 10"),
    ]
    assert lines_of(database, order_id) == [(1, "A1", 4, 3, 0), (2, "A2", 1, 0, 0)]
    assert lines_of(database, rest) == [(1, "A1", 3, 0, 0)]
    assert states(database, [rest]) == ["backordered"]
    assert balance(database, "10", "A1") == (6, 0, 1)


def test_the_rest_of_a_short_pick_is_served_when_goods_arrive(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 4}, picking_10="confirmed")
    order_id = in_state(database, "validated", ("A1", 4))
    run_named(database, pick.STEP, order_id, actor="anna", short={"A1": 3})
    (rest,) = rests_of(database, order_id)
    run_all(database)
    assert states(database, [order_id, rest]) == ["delivered", "backordered"]

    receive(database, {("10", "A1"): 3})
    run_all(database)

    assert states(database, [rest]) == ["validated"]
    assert balance(database, "10", "A1") == (3, 3, 0)


def test_a_line_of_which_nothing_is_found_goes_whole_on_the_restorder(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 2), ("A2", 1))

    run_named(database, pick.STEP, order_id, actor="anna", short={"A1": 2})
    run_step(database, "create_utleverans")
    run_named(database, deliver.STEP, order_id, actor="bo")

    assert [(kind, article, units) for kind, article, units, *_ in goods_moved(database, order_id)] == [
        ("short_pick", "A1", 2), ("pick", "A2", 1), ("deliver", "A2", 1),
    ]  # fmt: skip
    with database.transaction() as tx:
        assert tx.execute("SELECT line_no, article, quantity FROM utleverans_line").fetchall() == [(2, "A2", 1)]


def test_what_is_short_of_an_article_is_taken_from_its_last_line_first(database: Database) -> None:
    a_world(database, stock=SHELF, picking_10="confirmed")
    order_id = in_state(database, "validated", ("A1", 2), ("A2", 1), ("A1", 2))

    run_named(database, pick.STEP, order_id, actor="anna", short={"A1": 3})

    assert lines_of(database, order_id) == [(1, "A1", 2, 1, 0), (2, "A2", 1, 0, 0), (3, "A1", 2, 2, 0)]


def test_units_missing_at_the_delivery_are_a_difference_and_the_order_ends(database: Database) -> None:
    a_world(database, stock=SHELF, delivery_10="confirmed")
    order_id = in_state(database, "utleverans", ("A1", 4))

    assert run_named(database, deliver.STEP, order_id, actor="bo", short={"A1": 1}) == "delivered"

    assert goods_moved(database, order_id)[1:] == [
        ("short_delivery", "A1", 1, "outbound 10", "difference 10"),
        ("deliver", "A1", 3, "outbound 10", "receiver 03-05"),
    ]
    assert lines_of(database, order_id) == [(1, "A1", 4, 0, 1)]
    assert rests_of(database, order_id) == []
    assert balance(database, "10", "A1") == (6, 0, 0)


def test_a_kommunlager_receives_only_what_came(database: Database) -> None:
    a_world(database, stock=SHELF, delivery_10="confirmed")
    (order_id,) = store(database, a_lagerflytt(("A1", 4), ("A2", 2)))
    run_all(database)

    run_named(database, deliver.STEP, order_id, actor="bo", short={"A1": 4, "A2": 1})

    assert balance(database, "50301", "A1") == (0, 0, 0)
    assert balance(database, "50301", "A2") == (1, 0, 0)
    assert order_row(database, order_id)["state"] == "delivered"


@pytest.mark.parametrize(
    ("short", "why"),
    [
        ({"A1": 5, "A2": 0}, "more than the order has"),
        ({"A1": 4, "A2": 1}, "all of it"),
        ({"A9": 1}, "an article the order has not"),
        ({"A1": -1}, "a negative number"),
    ],
)
@pytest.mark.parametrize("event", ["pick", "deliver"])
def test_more_cannot_be_short_than_there_is(database: Database, event: str, short: dict[str, int], why: str) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated" if event == "pick" else "utleverans", ("A1", 4), ("A2", 1))
    before = everything(database)

    with pytest.raises(ShortTooMuch):
        run_named(database, STEPS[event], order_id, actor="anna", short=short)

    assert everything(database) == before, why


@pytest.mark.parametrize("event", ["pick", "deliver"])
def test_a_person_who_counts_nothing_short_confirms_the_whole_order(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated" if event == "pick" else "utleverans", ("A1", 4))

    run_named(database, STEPS[event], order_id, actor="anna", short={"A1": 0})

    kind, _, units, *_ = goods_moved(database, order_id)[-1]
    assert (kind, units) == (event, 4)
    assert rests_of(database, order_id) == []
