"""What becomes of individually marked devices when a store is counted? The register follows what was found.

Next: workflows/counts/found_devices.py.
"""

import pytest
from builders import a_world, balance
from integration.test_stock_count import closed, opened

from config.database import Database
from workflows.counts.closing import ClosedCount
from workflows.counts.entering import Entry, enter
from workflows.counts.reading import show_count
from workflows.devices import DeviceMove, move_devices

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def a_store_of_devices(database: Database, *serials: str, units: int | None = None) -> None:
    a_world(database, stock={("10", "A1"): len(serials) if units is None else units})
    with database.transaction() as tx:
        tx.execute("UPDATE article SET individual = true WHERE number = 'A1'")
        move_devices(tx, [DeviceMove("A1", each, None, "store", "10") for each in serials], "register", "test")


def move(database: Database, serial: str, from_place: str | None, to_place: str, store: str = "10") -> None:
    with database.transaction() as tx:
        move_devices(tx, [DeviceMove("A1", serial, from_place, to_place, store)], "test", "test")


def count(database: Database, *serials: str) -> ClosedCount:
    count_id = opened(database)
    enter(database, count_id, [Entry("A1", len(serials), serials)], actor="bo")
    return closed(database, count_id)


def places(database: Database) -> dict[str, str]:
    with database.transaction() as tx:
        return dict(tx.execute("SELECT serial_number, place || ' ' || store FROM device").fetchall())


def test_what_is_found_stays_what_is_not_is_missing_and_what_nobody_knew_is_registered(database: Database) -> None:
    a_store_of_devices(database, "S1", "S2", "S3")

    outcome = count(database, "S1", "X9")

    (devices,) = outcome.devices
    assert (devices.missing, devices.unknown, devices.elsewhere) == (["S2", "S3"], ["X9"], [])
    assert places(database) == {"S1": "store 10", "S2": "difference 10", "S3": "difference 10", "X9": "store 10"}
    assert outcome.booked == {"A1": -1}
    with database.transaction() as tx:
        life = tx.execute("SELECT event, reason, actor FROM device_event WHERE serial_number = 'S2' ORDER BY id")
        assert life.fetchall()[-1] == ("count", f"count {1}: årsinventering", "anna")


def test_none_found_is_entered_as_none(database: Database) -> None:
    a_store_of_devices(database, "S1")

    outcome = count(database)

    assert outcome.booked == {"A1": -1}
    assert places(database) == {"S1": "difference 10"}


def test_goods_whose_numbers_nobody_wrote_down_are_registered_when_counted(database: Database) -> None:
    a_store_of_devices(database, units=2)

    assert count(database, "S1", "S2").booked == {}
    assert places(database) == {"S1": "store 10", "S2": "store 10"}


def test_a_device_that_the_register_knows_elsewhere_is_named_and_nothing_is_moved_for_it(database: Database) -> None:
    a_store_of_devices(database, "S1")
    move(database, "Y1", None, "store", "50301")
    count_id = opened(database)
    enter(database, count_id, [Entry("A1", 2, ("S1", "Y1"))], actor="bo")

    outcome = closed(database, count_id)

    assert [each.elsewhere for each in outcome.devices] == [["Y1"]]
    assert (outcome.booked, balance(database, "10", "A1")) == ({}, (1, 0, 0))
    assert places(database) == {"S1": "store 10", "Y1": "store 50301"}
    with database.transaction() as tx:
        (line,) = show_count(tx, count_id)["lines"]
    assert (line["counted"], line["elsewhere"], line["booked"]) == (2, ["Y1"], 0)


def test_a_device_found_again_is_back(database: Database) -> None:
    a_store_of_devices(database, "S1", "S2")
    assert count(database, "S1").booked == {"A1": -1}

    outcome = count(database, "S1", "S2")

    assert [each.found_again for each in outcome.devices] == [["S2"]]
    assert outcome.booked == {"A1": 1}
    assert places(database) == {"S1": "store 10", "S2": "store 10"}


def test_a_device_that_moved_after_it_was_counted_is_left_where_it_is(database: Database) -> None:
    a_store_of_devices(database, "S1", "S2")
    count_id = opened(database)
    enter(database, count_id, [Entry("A1", 2, ("S1", "S2"))], actor="bo")
    move(database, "S2", "store", "inspection")
    move(database, "S3", None, "store")

    outcome = closed(database, count_id)

    assert all(not any(each[1:]) for each in outcome.devices)
    assert places(database) == {"S1": "store 10", "S2": "inspection 10", "S3": "store 10"}
