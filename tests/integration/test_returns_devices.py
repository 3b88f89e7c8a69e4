"""How do marked devices come back? By their numbers, from the receiver they are with, and each to its own place."""

from collections.abc import Sequence

import pytest
from builders import a_world, in_state
from return_world import asked, one, rows_of

from config.database import Database
from workflows.devices import DeviceMove, move_devices
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns, mend_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.refusals import DeviceElsewhere, MoreThanIsThere, NothingThere, SayWhichDevice

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def registered(database: Database, order: int, line_no: int, article: str, numbers: Sequence[str]) -> None:
    """The devices that the line brought to its receiver."""
    moves = [DeviceMove(article, number, None, "receiver", "10", order, line_no) for number in numbers]
    with database.transaction() as tx:
        move_devices(tx, moves, "deliver", "test")


@pytest.fixture
def delivered(database: Database) -> int:
    """Three devices of A1 (S1–S3), and on a line of its own one more and two that nobody has numbered."""
    a_world(database, stock={("10", "A1"): 6})
    order = in_state(database, "delivered", ("A1", 3), ("A1", 3))
    registered(database, order, 1, "A1", ["S1", "S2", "S3"])
    registered(database, order, 2, "A1", ["S4"])
    return order


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
        database, "SELECT event, place, reason FROM device_event WHERE serial_number IN ('S2', 'S3') ORDER BY id"
    )
    assert life[2:] == [
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
    # The units that nobody has numbered come back as units, and no more of them.
    assert one(database, asked(database, delivered, Pick(line_no=2, units=2)))["lines"][0]["devices"] == []
    with pytest.raises(NothingThere):
        asked(database, delivered, Pick("A2"))


def test_only_devices_with_the_lines_receiver_are_asked_back_and_each_once(database: Database, delivered: int) -> None:
    other = in_state(database, "delivered", ("A1", 1), sender="50301")
    registered(database, other, 1, "A1", ["S9"])
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
    with database.transaction() as tx:
        move_devices(tx, [DeviceMove("A1", "S1", "receiver", "difference", "10")], "count", "test")
    with pytest.raises(DeviceElsewhere), database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    assert one(database, return_id)["state"] == "requested"
