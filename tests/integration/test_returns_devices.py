"""How do marked devices come back? By their numbers, from the receiver they are with, and each to its own place."""

import pytest
from builders import a_world, in_state, receive
from devices_world import arrive, mark, naming
from people import a_holding
from return_world import asked, one, rows_of

from config.database import Database
from workflows.devices import DeviceMove, move_devices
from workflows.patients import Keys
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns, mend_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.refusals import DeviceElsewhere, MoreThanIsThere, NothingThere, SayWhichDevice

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.fixture
def delivered(database: Database) -> int:
    """Three devices of A1 (S1–S3), and one more (S4) on a line of its own."""
    a_world(database)
    mark(database, "A1")
    arrive(database, "10", "S1 S2 S3 S4", "A1")
    lines = (*naming("S1 S2 S3", 3, article="A1").lines, *naming("S4", article="A1").lines)
    return in_state(database, "delivered", lines=lines)


def places(database: Database) -> dict[str, tuple[str, str, int | None]]:
    """Number → place, store and order of each device."""
    found = rows_of(database, "SELECT serial_number, place, store, order_id FROM device")
    return {number: (place, store, order) for number, place, store, order in found}


def test_each_device_goes_where_it_is_judged_and_its_life_tells_it(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered, Pick(line_no=1), to="50301")
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    assert places(database)["S1"] == ("inspection", "50301", None)
    with database.transaction() as tx:
        picks = [Pick(serial_number="S2", to=REPAIR), Pick(serial_number="S3", to=WRITTEN_OFF), Pick(to=SHELF)]
        judge_returns(tx, [return_id], picks, actor="lars", cause="trasig")
        mend_returns(tx, [return_id], [Pick("A1", units=1, to=SHELF)], actor="tove")
    assert places(database) == {
        "S1": ("store", "50301", None),
        "S2": ("store", "50301", None),
        "S3": ("written_off", "50301", None),
        "S4": ("receiver", "10", delivered),
    }
    life = rows_of(
        database,
        "SELECT event, place, reason FROM device_event WHERE serial_number IN ('S2', 'S3') "
        "AND id > (SELECT max(id) FROM device_event WHERE event = 'deliver') ORDER BY id",
    )
    assert life == [
        ("return", "inspection", None),
        ("return", "inspection", None),
        ("repair", "repair", None),
        ("write_off", "written_off", "trasig"),
        ("restock", "store", None),
    ]
    (line,) = one(database, return_id)["lines"]
    assert [(device["serial_number"], device["place"]) for device in line["devices"]] == [
        ("S1", "store"),
        ("S2", "store"),
        ("S3", "written_off"),
    ]


def test_units_alone_do_not_say_which_device_comes_back(database: Database, delivered: int) -> None:
    with pytest.raises(SayWhichDevice, match="S1, S2, S3"):
        asked(database, delivered, Pick(line_no=1, units=2))
    with pytest.raises(NothingThere):
        asked(database, delivered, Pick("A2"))


def test_units_that_nobody_has_numbered_come_back_as_units_and_no_more_of_them(
    database: Database, keys: Keys, delivered: int
) -> None:
    mark(database, "A1", individual=False)
    receive(database, {("10", "A1"): 3})
    before = in_state(database, "delivered", ("A1", 3))
    mark(database, "A1")
    assert one(database, asked(database, before, Pick("A1", units=2)))["lines"][0]["devices"] == []
    with pytest.raises(MoreThanIsThere):
        asked(database, before, Pick("A1", units=2))

    marked = [a_holding(database, keys, "A1", "03-05", serial_number=number) for number in ("S5", "S6")]
    holdings = (*marked, a_holding(database, keys, "A1", "03-05", 2))
    return_id = asked(database, None, Pick("A1", units=2), holdings=holdings)
    assert [(line["requested"], line["devices"]) for line in one(database, return_id)["lines"]] == [(2, [])]
    with pytest.raises(SayWhichDevice, match="S5, S6"):
        asked(database, None, Pick("A1", units=1), holdings=holdings)


def test_only_devices_with_the_lines_receiver_are_asked_back_and_each_once(database: Database, delivered: int) -> None:
    other = in_state(database, "delivered", lines=naming("S9", article="A1").lines, sender="50301")
    assert places(database)["S9"] == ("receiver", "50301", other)
    with pytest.raises(MoreThanIsThere, match="S9"):
        asked(database, delivered, Pick(serial_number="S9"))
    asked(database, delivered, Pick(serial_number="S1"))
    with pytest.raises(MoreThanIsThere, match="S1"):
        asked(database, delivered, Pick(serial_number="S1"))


def test_only_some_of_the_devices_may_come(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered, Pick(line_no=1))
    with pytest.raises(SayWhichDevice), database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars", came=[Pick("A1", units=1)])
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars", came=[Pick(serial_number="S2")])
    assert {number: place for number, (place, _, _) in places(database).items()} == {
        "S1": "receiver", "S2": "inspection", "S3": "receiver", "S4": "receiver",
    }  # fmt: skip
    again = asked(database, delivered, Pick(line_no=1))
    (line,) = one(database, again)["lines"]
    assert [device["serial_number"] for device in line["devices"]] == ["S1", "S3"]


def test_a_device_that_has_left_its_receiver_meanwhile_is_not_received(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered, Pick(serial_number="S1"))
    gone = DeviceMove("A1", "S1", "receiver", "difference", "10")
    back = DeviceMove("A1", "S1", "difference", "receiver", "10", delivered, 1)
    with database.transaction() as tx:
        # No step takes it out of a receiver's hands behind its return: the register's door does.
        move_devices(tx, [gone], "test", "test")
    with pytest.raises(DeviceElsewhere), database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    assert one(database, return_id)["state"] == "requested"
    with database.transaction() as tx:
        move_devices(tx, [back], "test", "test")
        receive_returns(tx, [return_id], actor="lars")
    assert places(database)["S1"] == ("inspection", "10", None)
