"""Where do the goods go when part of an order is cancelled? Back, or to whoever waits; and the order may go on itself.

Next: test_reduce.py (what becomes of the order).
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from at_once import at_once, somebody_waits
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_world,
    balance,
    goods_moved,
    in_state,
    own_store_order,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)
from devices_world import mark, naming, where
from reducing import SHELF, line, reduce
from waiting import wait_for

from config.database import Database
from workflows.cohort import StaleVersion, run_named
from workflows.ledger import Movement, book
from workflows.reduction import SerialNumbersNamed
from workflows.steps import pick
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_of_two_at_the_same_moment_who_saw_the_same_order_one_makes_it_smaller(
    database: Database, database_url: str
) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))

    outcomes = at_once(database_url, *[lambda each: reduce(each, order_id, version=2)] * 2)

    assert sorted(map(str, outcomes)) == sorted([StaleVersion.__doc__ or "", "validated"])
    assert balance(database, "10", "A1") == (10, 2, 0)


def test_pick_and_reduce_at_the_same_moment_end_with_the_same_goods(database: Database, database_url: str) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3))

    outcomes = at_once(
        database_url,
        lambda each: reduce(each, order_id),
        lambda each: run_named(each, pick.STEP, order_id, actor="bo"),
    )

    assert "picked" in outcomes
    assert balance(database, "10", "A1") == (8, 0, 2)


def test_a_difference_that_was_booked_for_the_units_is_taken_back(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 1}, picking_50301="confirmed")
    (order_id,) = store(database, own_store_order(("A1", 4)))
    run_step(database, "validate")
    assert balance(database, "50301", "A1") == (4, 4, 0)

    reduce(database, order_id, units={"A1": 2})
    assert balance(database, "50301", "A1") == (2, 2, 0)
    # The last of the difference, and then what lay on the shelf.
    reduce(database, order_id, units={"A1": 1})
    assert balance(database, "50301", "A1") == (1, 1, 0)

    run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")
    assert balance(database, "50301", "A1") == (1, 0, 0)
    assert [each[:3] for each in goods_moved(database, order_id)] == [
        ("difference", "A1", 3), ("reverse_difference", "A1", 2), ("reverse_difference", "A1", 1),
    ]  # fmt: skip


def test_after_the_pick_a_booked_difference_stands_since_the_goods_were_seen(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 1}, picking_50301="confirmed")
    (order_id,) = store(database, own_store_order(("A1", 4)))
    run_step(database, "validate")
    run_named(database, pick.STEP, order_id, actor="anna")

    reduce(database, order_id, units={"A1": 2})

    assert balance(database, "50301", "A1") == (2, 0, 2)


def test_an_order_that_needs_less_goes_on_with_what_there_is(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2}, **CONFIRMED)
    order_id = in_state(database, "backordered", ("A1", 3))

    reduce(database, order_id)
    run_all(database)

    assert states(database, [order_id]) == ["validated"]
    assert balance(database, "10", "A1") == (2, 2, 0)


def test_an_order_that_no_longer_needs_what_it_lacked_goes_on(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 2}, **CONFIRMED)
    order_id = in_state(database, "backordered", ("A1", 3), ("A2", 2))

    reduce(database, order_id, units={"A1": 3})
    run_all(database)

    assert states(database, [order_id]) == ["validated"]
    assert balance(database, "10", "A2") == (2, 2, 0)


def test_who_waits_keeps_its_place_for_less_and_those_behind_it_are_served(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2}, **CONFIRMED)
    first = in_state(database, "backordered", ("A1", 5))
    second = in_state(database, "backordered", ("A1", 1))
    third = in_state(database, "backordered", ("A1", 2))

    reduce(database, first, units={"A1": 3})
    run_all(database)
    assert states(database, [first, second, third]) == ["validated", "backordered", "backordered"]

    receive(database, {("10", "A1"): 1})
    run_all(database)
    assert states(database, [first, second, third]) == ["validated", "validated", "backordered"]


def test_units_that_leave_a_reservation_go_to_whoever_waits(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3}, **CONFIRMED)
    has_them = in_state(database, "validated", ("A1", 3))
    waits = in_state(database, "backordered", ("A1", 1))

    reduce(database, has_them)
    run_all(database)

    assert states(database, [waits]) == ["validated"]


def test_a_restorder_can_be_made_smaller_and_its_original_adds_up(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    original = in_state(database, "validated", ("A1", 4), partial=True)
    (rest,) = rests_of(database, original)

    reduce(database, rest, units={"A1": 2})
    receive(database, {("10", "A1"): 5})
    run_all(database)

    assert states(database, [rest]) == ["validated"]
    assert balance(database, "10", "A1") == (6, 2, 0)


def test_a_lagerflytt_that_was_made_smaller_brings_less(database: Database) -> None:
    a_world(database, stock=SHELF, picking_10="confirmed")
    (order_id,) = store(database, a_lagerflytt(("A1", 4)))
    run_step(database, "validate", "lagerflyttsorder")

    reduce(database, order_id)
    run_named(database, pick.STEP, order_id, actor="anna")
    run_all(database)

    assert balance(database, "10", "A1") == (7, 0, 0)
    assert balance(database, "50301", "A1") == (3, 0, 0)


def test_a_line_that_names_its_devices_says_which_of_them_go(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    mark(database, "A1")
    (order_id,) = store(database, naming("S1 S2 S3", 3, article="A1"))
    run_step(database, "validate")
    assert [where(database, each, "A1") for each in ("S1", "S2", "S3")] == [("store", "10", order_id)] * 3

    with pytest.raises(SerialNumbersNamed):
        reduce(database, order_id)
    reduce(database, order_id, serial_numbers=["S2"])

    assert line(database, order_id)["serial_numbers"] == ["S1", "S3"]
    assert [where(database, each, "A1")[2] for each in ("S1", "S2", "S3")] == [order_id, None, order_id]
    # Nobody has seen it: only the order named it.
    assert where(database, "S2", "A1")[:2] == ("difference", "10")


def test_goods_that_arrive_while_an_order_begins_to_wait_for_them_reach_it(database: Database) -> None:
    a_world(database, **CONFIRMED)
    waits_for_one = in_state(database, "backordered", ("A1", 3), ("A2", 1))
    with database.transaction() as tx:
        # As if A2 had lain there when it was last looked at.
        tx.execute("DELETE FROM waiting_line WHERE article = 'A2'")
    other = Database(database.url)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            book(tx, [Movement("receive", "A2", 1, "supplier", "", "store", "10", document="sent")], [], "bo")
            reducing = threads.submit(reduce, other, waits_for_one, units={"A1": 3})
            wait_for(lambda: reducing.done() or somebody_waits(database), what="the order's turn")
        assert reducing.result(30) == "backordered"
    other.close()
    run_all(database)

    assert states(database, [waits_for_one]) == ["validated"]
