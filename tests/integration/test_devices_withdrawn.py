"""What becomes of a mistyped serial number? It is never allotted to anybody, and a real one is found again.

Next: workflows/steps/following.py (give_back).
"""

import pytest
from builders import an_order, in_state, order_row, own_store_order, receive, run_all, states, store
from devices_world import a_confirming_world, a_marked_world, arrive, life, naming, numbers_of, where

from config.database import Database
from workflows.cohort import run_named
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.steps import pick, validate
from workflows.steps.cancel import CANCEL
from workflows.steps.reduce import reduce_by

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def named_by_mistake(database: Database, serial: str) -> None:
    """An order names a device that nobody has seen, and is cancelled before its pick."""
    order_id = in_state(database, "validated", lines=naming(serial).lines)
    run_named(database, CANCEL, order_id, actor="anna", reason="fel nummer")


def test_a_number_that_only_a_cancelled_order_named_is_allotted_to_nobody(database: Database) -> None:
    a_marked_world(database)
    receive(database, {("10", "A9"): 1})
    named_by_mistake(database, "TYPO")
    assert where(database, "TYPO") == ("difference", "10", None)
    assert life(database, "TYPO") == ["register", "withdraw"]

    (order_id,) = store(database, an_order(("A9", 1)))
    run_all(database)

    assert states(database, [order_id]) == ["validated"]
    assert order_row(database, order_id)["due_at"] is None
    arrive(database, "10", "S1")
    run_all(database)
    assert numbers_of(database, order_id) == [["S1"]]


def test_nor_one_that_was_reduced_away_or_that_a_person_did_not_pick(database: Database) -> None:
    a_confirming_world(database)
    receive(database, {("10", "A9"): 3})
    reduced = in_state(database, "validated", lines=naming("TYPO-1 S1", 2).lines)
    run_named(database, reduce_by({"A9": 1}, ["TYPO-1"]), reduced, actor="anna", reason="fel nummer")
    picked = in_state(database, "validated", lines=naming("TYPO-2").lines)
    run_named(database, pick.STEP, picked, actor="anna", serials={"A9": ["S2"]})

    assert [where(database, serial)[0] for serial in ("TYPO-1", "TYPO-2")] == ["difference", "difference"]


def test_one_that_was_picked_has_been_seen_and_stands_free(database: Database) -> None:
    a_confirming_world(database)
    receive(database, {("10", "A9"): 1})
    order_id = in_state(database, "validated", lines=naming("S1").lines)
    run_named(database, pick.STEP, order_id, actor="anna", serials={})
    run_named(database, CANCEL, order_id, actor="anna", reason="behövs inte")
    assert where(database, "S1") == ("store", "10", None)


def test_who_holds_it_in_the_hand_names_it_again(database: Database) -> None:
    a_marked_world(database, picking_50301="confirmed")
    first, second = store(database, *(naming("S7", order=own_store_order(("A9", 1))) for _ in range(2)))
    run_named(database, validate.STEP, first, actor="anna")
    run_named(database, CANCEL, first, actor="anna", reason="fel avdelning")
    assert where(database, "S7") == ("difference", "50301", None)

    run_named(database, validate.STEP, second, actor="anna")

    assert where(database, "S7") == ("store", "50301", second)


def test_a_person_at_the_pick_holds_it_in_the_hand(database: Database) -> None:
    a_confirming_world(database)
    receive(database, {("10", "A9"): 1})
    named_by_mistake(database, "HELD")
    order_id = in_state(database, "validated", ("A9", 1))

    run_named(database, pick.STEP, order_id, actor="anna", serials={"A9": ["HELD"]})

    assert where(database, "HELD") == ("outbound", "10", order_id)


def test_a_count_finds_it(database: Database) -> None:
    a_confirming_world(database)
    receive(database, {("10", "A9"): 1})
    named_by_mistake(database, "REAL")
    count_id = open_count(database, "10", articles=["A9"], actor="anna")
    enter(database, count_id, [Entry("A9", 1, ("REAL",))], actor="bo")

    assert close_count(database, count_id, cause="kvartal", actor="anna").booked == {}
    assert where(database, "REAL") == ("store", "10", None)


def test_a_supplier_brings_it(database: Database) -> None:
    a_confirming_world(database)
    receive(database, {("10", "A9"): 1})
    named_by_mistake(database, "S5")
    arrive(database, "10", "S5")
    assert where(database, "S5") == ("store", "10", None)
