"""Which orders that were parked for devices are tried again, and is nobody among them forgotten?

As many as the free devices do for. Next: workflows/steps/parked.py; test_devices_woken.py (how devices come free).
"""

import pytest
from builders import a_lagerflytt, an_order, order_row, receive, run_all, run_step, states, store
from devices_world import a_marked_world, arrive, naming, numbers_of, where
from return_world import came_back

from config.database import Database
from workflows import attempts
from workflows.cohort import run_named
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.intake import NewOrder
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, WRITTEN_OFF, judge_returns, mend_returns
from workflows.steps import pick, validate
from workflows.steps.cancel import CANCEL
from workflows.steps.reduce import reduce_by
from workflows.verify.checking import verify

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def parked(database: Database, *units: int) -> list[int]:
    """Orders for so many A9 each, which have their units and lack registered devices."""
    receive(database, {("10", "A9"): sum(units)})
    ids = store(database, *(an_order(("A9", each)) for each in units))
    run_all(database)
    assert due(database, ids) == [False] * len(units)
    return ids


def due(database: Database, ids: list[int]) -> list[bool]:
    return [order_row(database, order_id)["due_at"] is not None for order_id in ids]


def found(database: Database, *serials: str) -> None:
    """A count registers devices whose units are on hand already."""
    count_id = open_count(database, "10", articles=["A9"], actor="anna")
    enter(database, count_id, [Entry("A9", len(serials), serials)], actor="bo")
    close_count(database, count_id, cause="kvartal", actor="anna")


def test_one_device_wakes_one_order_and_the_next_device_the_next(database: Database) -> None:
    a_marked_world(database)
    ids = parked(database, 1, 1, 1)
    arrive(database, "10", "S1")
    run_step(database, "resume")
    assert due(database, ids) == [True, False, False]
    assert verify(database).broken == ()
    run_all(database)

    arrive(database, "10", "S2")
    run_all(database)

    assert states(database, ids) == ["delivered", "delivered", "validated"]


def test_who_needs_more_than_there_is_does_not_keep_the_others_waiting(database: Database) -> None:
    a_marked_world(database)
    ids = parked(database, 3, 1, 1)
    arrive(database, "10", "S1 S2")
    run_step(database, "resume")
    assert due(database, ids) == [False, True, True]


def test_more_orders_than_a_page_find_their_devices(database: Database) -> None:
    a_marked_world(database)
    ids = parked(database, *[2] * 101, 1)
    arrive(database, "10", "S1")
    run_all(database)
    assert states(database, ids) == ["validated"] * 101 + ["delivered"]


@pytest.mark.parametrize("what", ["cancelled", "held", "reduced", "picked with another"])
def test_who_was_woken_and_does_not_take_the_device_leaves_it_to_the_next(database: Database, what: str) -> None:
    a_marked_world(database)
    first, second = parked(database, 2 if what == "reduced" else 1, 1)
    arrive(database, "10", "S1 S2" if what == "reduced" else "S1")
    run_step(database, "resume")
    assert due(database, [first, second]) == [True, False]

    if what == "cancelled":
        run_named(database, CANCEL, first, actor="anna", reason="behövs inte")
    elif what == "reduced":
        run_named(database, reduce_by({"A9": 1}), first, actor="anna", reason="behövs inte")
    elif what == "held":
        with database.transaction() as tx:
            while not attempts.count(tx, first, "ett fel"):
                pass
    else:
        run_named(database, pick.STEP, first, actor="anna", serials={"A9": ["HELD"]})
    run_all(database)

    assert states(database, [second]) == ["delivered"]


def test_a_parked_order_that_is_reduced_to_what_there_is_goes_on(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    (order_id,) = parked(database, 2)
    run_named(database, reduce_by({"A9": 1}), order_id, actor="anna", reason="behövs inte")
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]
    assert numbers_of(database, order_id) == [["S1"]]


def parked_beside_others(database: Database, taken_by: NewOrder) -> int:
    """An order that named S1, waited for goods, and whose S1 `taken_by` took meanwhile; S2 and S3 stand free."""
    (waits,) = store(database, naming("S1", 2))
    run_all(database)
    (taker,) = store(database, taken_by)
    run_all(database)
    assert states(database, [waits, taker]) == ["backordered", "delivered"]
    arrive(database, "10", "S2 S3")
    run_all(database)
    assert states(database, [waits]) == ["validated"]
    assert due(database, [waits]) == [False]
    return waits


def goes_on_with_others(database: Database, order_id: int) -> None:
    assert where(database, "S1")[0] in ("written_off", "difference")
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]
    assert numbers_of(database, order_id) == [["S2", "S3"]]


@pytest.mark.parametrize("repaired", [False, True])
def test_who_named_a_device_that_is_written_off_is_content_with_another(database: Database, repaired: bool) -> None:
    a_marked_world(database, {"10": "S1"})
    waits = parked_beside_others(database, naming("S1", order=an_order(("A9", 1), priority=0)))
    with database.transaction() as tx:
        row = tx.execute("SELECT order_id FROM device WHERE serial_number = 'S1'").fetchone()
    assert row is not None
    return_id = came_back(database, row[0])
    with database.transaction() as tx:
        if repaired:
            judge_returns(tx, [return_id], [Pick(to=REPAIR)], actor="lars")
            mend_returns(tx, [return_id], [Pick(to=WRITTEN_OFF)], actor="lars", cause="trasig")
        else:
            judge_returns(tx, [return_id], [Pick(to=WRITTEN_OFF)], actor="lars", cause="trasig")
    goes_on_with_others(database, waits)


def test_who_named_a_device_that_another_store_does_not_find_is_content_with_another(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    waits = parked_beside_others(database, naming("S1", order=a_lagerflytt(("A9", 1), priority=0)))
    count_id = open_count(database, "50301", articles=["A9"], actor="anna")
    enter(database, count_id, [Entry("A9", 0, ())], actor="bo")
    close_count(database, count_id, cause="kvartal", actor="anna")
    goes_on_with_others(database, waits)


def test_who_named_a_device_that_a_person_does_not_find_is_content_with_another(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    (waits,) = store(database, naming("S1", 2))
    run_all(database)
    (taker,) = store(database, naming("S1", order=an_order(("A9", 1), ("A1", 1), priority=0)))
    run_named(database, validate.STEP, taker, actor="anna")
    arrive(database, "10", "S2 S3")
    with database.transaction() as tx:
        tx.execute("UPDATE orders SET due_at = NULL WHERE id = %s", (taker,))
    run_all(database)
    assert due(database, [waits]) == [False]

    run_named(database, pick.STEP, taker, actor="anna", short={"A9": 1}, serials={})

    goes_on_with_others(database, waits)
