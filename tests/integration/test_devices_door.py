"""What does the door of the device register refuse? Next: test_devices.py."""

import psycopg
import pytest
from builders import (
    an_order,
    run_step,
    store,
)
from devices_world import a_confirming_world, a_marked_world, naming, where

from config.database import Database
from workflows.devices import DeviceMove, move_devices

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def reserved(database: Database, serial: str) -> int:
    (order_id,) = store(database, naming(serial))
    run_step(database, "validate")
    assert where(database, serial) == ("store", "10", order_id)
    return order_id


def test_the_door_gives_no_order_what_another_has(database: Database) -> None:
    a_confirming_world(database, {"10": "S1"})
    mine, other = reserved(database, "S1"), store(database, an_order(("A9", 1)))[0]
    for move in (
        DeviceMove("A9", "S1", "store", "outbound", "10", other, 1),
        DeviceMove("A9", "S1", "outbound", "store", "10"),
        DeviceMove("A9", "S9", "store", "outbound", "10", other, 1),
    ):
        with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
            move_devices(tx, [move], "pick", "test")
    assert where(database, "S1") == ("store", "10", mine)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE device SET place = 'written_off'", "DELETE FROM device", "DELETE FROM device_event",
     "INSERT INTO device (article, serial_number, place, store) VALUES ('A9', 'S9', 'store', '10')"],
)  # fmt: skip
def test_the_register_is_written_through_its_door_alone(database: Database, statement: str) -> None:
    a_marked_world(database, {"10": "S1"})
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(statement.encode())
