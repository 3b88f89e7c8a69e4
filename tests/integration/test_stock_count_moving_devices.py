"""What does a count book of individually marked devices that come and go between the entry and the close?

Each device is one unit on hand, whichever way it was seen. Next: workflows/counts/found_devices.py.
"""

import pytest
from builders import balance, in_state, run_all, states, store
from devices_world import a_confirming_world, a_marked_world, arrive, life, naming, where
from return_world import came_back

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.counts.closing import ClosedCount, close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.returns.choosing import Pick
from workflows.returns.judging import SHELF, judge_returns
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def entered(database: Database, serials: str) -> int:
    """A9 is being counted at lager 10, and these have been found so far; the count's id."""
    count_id = open_count(database, "10", articles=["A9"], actor="anna")
    numbers = tuple(serials.split())
    enter(database, count_id, [Entry("A9", len(numbers), numbers)], actor="bo")
    return count_id


def closed(database: Database, count_id: int) -> ClosedCount:
    return close_count(database, count_id, cause="kvartal", actor="anna")


def on_hand_is_what_stands_there(database: Database, units: int) -> None:
    with database.transaction() as tx:
        row = tx.execute("SELECT count(*) FROM device WHERE (article, store, place) = ('A9', '10', 'store')").fetchone()
    assert row is not None
    assert (balance(database, "10", "A9")[0], row[0]) == (units, units)


def test_one_found_before_it_was_judged_to_the_shelf_is_booked_once(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    had_it = in_state(database, "delivered", lines=naming("S1").lines)
    return_id = came_back(database, had_it)
    count_id = entered(database, "S1 S2")
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")

    assert closed(database, count_id).booked == {}
    on_hand_is_what_stands_there(database, 2)


def test_one_found_before_its_receipt_is_booked_once(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    count_id = entered(database, "S1 S5")
    arrive(database, "10", "S5")

    assert closed(database, count_id).booked == {}
    on_hand_is_what_stands_there(database, 2)


def test_one_missed_that_was_picked_since_is_not_missing(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    count_id = entered(database, "S2")
    in_state(database, "delivered", lines=naming("S1").lines)

    assert closed(database, count_id).booked == {}
    on_hand_is_what_stands_there(database, 1)


def test_none_found_without_a_number_loses_them_all(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    count_id = open_count(database, "10", articles=["A9"], actor="anna")
    enter(database, count_id, [Entry("A9", 0)], actor="bo")

    assert closed(database, count_id).booked == {"A9": -2}
    on_hand_is_what_stands_there(database, 0)


def test_an_order_whose_device_is_not_found_gives_its_goods_up_and_takes_another(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    (order_id, younger) = store(database, naming("S1"), naming("S2"))
    run_all(database)

    outcome = closed(database, entered(database, "S2"))

    assert (outcome.booked, outcome.gave_up) == ({"A9": -1}, [order_id])
    assert where(database, "S1") == ("difference", "10", None)
    assert where(database, "S2") == ("store", "10", younger)
    assert states(database, [order_id, younger]) == ["backordered", "validated"]
    on_hand_is_what_stands_there(database, 1)


def test_a_missing_device_is_not_free_when_its_order_is_cancelled(database: Database) -> None:
    a_confirming_world(database, {"10": "S1"})
    order_id = in_state(database, "validated", lines=naming("S1").lines)
    closed(database, entered(database, ""))

    run_named(database, CANCEL, order_id, actor="anna", reason="behövs inte")

    assert where(database, "S1") == ("difference", "10", None)
    assert life(database, "S1") == ["receive", "reserve", "count"]
    on_hand_is_what_stands_there(database, 0)


def test_a_quantity_does_not_adjust_what_stands_there_by_its_numbers(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})

    with pytest.raises(match="orderflode count"):
        adjust_stock(database, Goods("10", "A9"), 1, reason="en saknas", actor="anna")

    on_hand_is_what_stands_there(database, 2)
