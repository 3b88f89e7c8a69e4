"""Does what revision 0001 stored live on after the upgrade? Orders in every state, made by its own code.

Next: orders_of_0001.sql (the rows), workflows/migrations/sql/0002_known_devices.sql, test_upgrade_in_flight.py.
"""

from collections.abc import Iterator

import pytest
from builders import TODAY, an_order, balance, order_row, run_all, states, store
from devices_world import device_of, life, naming, numbers_of, where
from old_orders import database_of_0001
from return_world import came_back
from swaps_world import swapped

from config.database import Database
from config.server_urls import ServerUrls
from workflows.cohort import run_named
from workflows.device_choice import SerialNumbersMissing
from workflows.migrations import migrate
from workflows.returns.choosing import Pick
from workflows.returns.judging import SHELF, judge_returns
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS
from workflows.verify.checking import verify

UNIT, PATIENT, LEAVING, PICKED, RESERVED, RESERVED_LATER, NAMELESS = 1, 2, 3, 4, 5, 6, 7
MOVED_ON, TWICE, OUT_AGAIN, ASKED_AGAIN, SHORT, SEVERAL, PART, WAITING, DRAFT = 10, 12, 14, 16, 17, 18, 19, 21, 23


@pytest.fixture
def upgraded(servers: ServerUrls) -> Iterator[Database]:
    """The database of revision 0001 after `migrate`; sound before the test and after it."""
    with database_of_0001(servers) as url:
        migrate(url)
        database = Database(url)
        assert verify(database).broken == ()
        yield database
        assert verify(database).broken == ()
        database.close()


def test_a_device_is_where_the_last_order_that_took_it_left_it(upgraded: Database) -> None:
    assert {serial: where(upgraded, serial) for serial in SERIALS} == SERIALS
    assert where(upgraded, "R1", "A8") == ("store", "10", PART)
    with upgraded.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM device").fetchone() == (len(SERIALS) + 1,)
    (event,) = device_of(upgraded, "S1")["life"]
    assert (event["event"], event["at"].date()) == ("register", order_row(upgraded, UNIT)["ended_at"].date())


SERIALS: dict[str, tuple[str, str, int | None]] = {
    "S1": ("receiver", "10", UNIT),
    "S2": ("receiver", "10", PATIENT),
    "S3": ("outbound", "10", LEAVING),
    "S4": ("outbound", "10", PICKED),
    "S5": ("store", "10", RESERVED),
    "K1": ("store", "50301", None),
    "K2": ("receiver", "50301", MOVED_ON),
    "S6": ("receiver", "10", TWICE),
    "S7": ("outbound", "10", OUT_AGAIN),
    "S8": ("receiver", "10", ASKED_AGAIN),
    "S9": ("receiver", "10", SHORT),
    "S10": ("receiver", "10", SHORT),
    "S11": ("receiver", "10", SEVERAL),
    "S12": ("receiver", "10", SEVERAL),
}
"""Where each device of A9 is; what only drafts, waiting, rejected and cancelled orders name is not known."""


def test_what_was_delivered_before_comes_back_and_is_swapped(upgraded: Database) -> None:
    for order_id, serial in ((UNIT, "S1"), (TWICE, "S6"), (SEVERAL, "S11"), (SHORT, "S9"), (MOVED_ON, "K2")):
        return_id = came_back(upgraded, order_id, Pick(serial_number=serial))
        with upgraded.transaction() as tx:
            judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
        assert where(upgraded, serial)[::2] == ("store", None)
    made = swapped(upgraded, "S2", "S1")
    assert made.order_id
    for step in STEPS.values():
        run_named(upgraded, step, made.order_id, actor="test")
    assert where(upgraded, "S1") == ("receiver", "10", made.order_id)


def test_what_is_out_is_not_delivered_again(upgraded: Database) -> None:
    ids = store(upgraded, *(naming(serial) for serial in ("S1", "S3", "S5", "S6", "K1")))
    run_all(upgraded)
    assert states(upgraded, ids) == ["rejected"] * len(ids)


def test_the_orders_go_on_from_where_they_stood(upgraded: Database) -> None:
    for order_id in (LEAVING, PICKED, OUT_AGAIN, RESERVED):
        for step in STEPS.values():
            if states(upgraded, [order_id])[0] in step.from_states:
                run_named(upgraded, step, order_id, actor="test")
        assert states(upgraded, [order_id]) == ["delivered"]
    assert where(upgraded, "S3")[0] == where(upgraded, "S7")[0] == where(upgraded, "S5")[0] == "receiver"
    assert life(upgraded, "S5") == ["register", "pick", "deliver"]


def test_who_names_a_device_that_another_has_waits_for_a_person(upgraded: Database) -> None:
    for order_id in (RESERVED_LATER, NAMELESS):
        with pytest.raises(SerialNumbersMissing):
            run_named(upgraded, STEPS["pick"], order_id, actor="test", serials={})
        assert states(upgraded, [order_id]) == ["validated"]
        run_named(upgraded, STEPS["pick"], order_id, actor="test", serials={"A9": [f"N{order_id}"]})
        assert numbers_of(upgraded, order_id) == [[f"N{order_id}"]]


def test_what_was_picked_before_goes_back_with_its_device(upgraded: Database) -> None:
    on_hand = balance(upgraded, "10", "A9")[0]
    run_named(upgraded, CANCEL, PICKED, actor="test", reason="prov")
    assert where(upgraded, "S4") == ("store", "10", None)
    assert balance(upgraded, "10", "A9")[0] == on_hand + 2


def test_drafts_and_waiting_orders_go_on(upgraded: Database) -> None:
    run_all(upgraded)
    assert states(upgraded, [DRAFT, WAITING]) == ["validated", "backordered"]
    assert where(upgraded, "S14") == ("store", "10", DRAFT)
    (order_id,) = store(upgraded, an_order(("A1", 1), ordered_on=TODAY))
    run_all(upgraded)
    assert order_row(upgraded, order_id)["promised_by"] is not None
    assert order_row(upgraded, RESERVED)["promised_by"] is None
