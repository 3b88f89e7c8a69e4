"""Does an order that was parked for devices go on as soon as one stands free for it, however it came to stand there?

By arrival, lagerflytt and cancellation: test_devices_picked.py. Next: workflows/devices.py (wake_parked).
"""

import pytest
from builders import an_order, in_state, order_row, receive, run_all, states, store
from devices_world import a_marked_world, naming, numbers_of, where
from return_world import came_back

from config.database import Database
from workflows.cohort import run_named
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, judge_returns, mend_returns
from workflows.steps.reduce import reduce_by

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def parked(database: Database) -> int:
    """An order for one A9 that has its unit and lacks a registered device: it waits, and nothing makes it due."""
    receive(database, {("10", "A9"): 1})
    (order_id,) = store(database, an_order(("A9", 1)))
    run_all(database)
    assert states(database, [order_id]) == ["validated"]
    assert order_row(database, order_id)["due_at"] is None
    return order_id


def goes_on_with(database: Database, order_id: int, serial: str) -> None:
    """What is due is done; the order has left with the device."""
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]
    assert numbers_of(database, order_id) == [[serial]]


@pytest.mark.parametrize("mended", [False, True])
def test_when_a_device_is_returned_and_judged_to_the_shelf(database: Database, mended: bool) -> None:
    a_marked_world(database, {"10": "S1"})
    had_it = in_state(database, "delivered", ("A9", 1))
    waits = parked(database)
    return_id = came_back(database, had_it)
    run_all(database)
    assert states(database, [waits]) == ["validated"]

    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=REPAIR if mended else SHELF)], actor="lars")
    if mended:
        run_all(database)
        assert states(database, [waits]) == ["validated"]
        with database.transaction() as tx:
            mend_returns(tx, [return_id], [Pick(to=SHELF)], actor="tove")

    goes_on_with(database, waits, "S1")


def counted(database: Database, *serials: str) -> None:
    """A9 is counted at lager 10, and these are found."""
    count_id = open_count(database, "10", articles=["A9"], actor="anna")
    enter(database, count_id, [Entry("A9", len(serials), serials)], actor="bo")
    close_count(database, count_id, cause="kvartal", actor="anna")


def test_when_a_stock_count_finds_a_device_that_nobody_knew(database: Database) -> None:
    a_marked_world(database)
    waits = parked(database)

    counted(database, "S1")

    goes_on_with(database, waits, "S1")


def test_when_a_stock_count_finds_a_device_that_was_missing(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    counted(database)
    assert where(database, "S1") == ("difference", "10", None)
    waits = parked(database)

    counted(database, "S1")

    goes_on_with(database, waits, "S1")


@pytest.mark.parametrize("state", ["validated", "picked"])
def test_when_a_device_is_cancelled_out_of_another_order(database: Database, state: str) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    holds = in_state(database, state, lines=naming("S1 S2", 2).lines)
    with database.transaction() as tx:
        # It goes no further by itself: whoever is to take the next step is away.
        tx.execute("UPDATE orders SET due_at = clock_timestamp() + interval '1 hour' WHERE id = %s", (holds,))
    waits = parked(database)

    run_named(database, reduce_by({"A9": 1}, ["S2"]), holds, actor="anna", reason="behövs inte")

    goes_on_with(database, waits, "S2")
    assert where(database, "S1")[2] == holds
