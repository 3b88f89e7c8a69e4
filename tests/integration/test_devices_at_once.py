"""What if two want the same device at the same moment? One gets it; nothing is lost, nobody waits beside a free one.

Threads with a database of their own stand for processes.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest
from at_once import at_once, somebody_waits
from builders import a_worker, an_order, own_store_order, receive, run_all, run_step, states, store
from devices_world import a_confirming_world, a_marked_world, arrive, life, naming, numbers_of, where
from waiting import wait_for

from config.database import Database, is_transient
from workflows.cohort import run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.devices import Device, DeviceMove, lock_devices, move_devices
from workflows.steps import pick
from workflows.steps.main_line import work_all

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def works(database: Database) -> None:
    """A worker until nothing is due; what may pass is tried again, as its task does."""
    with a_worker(database) as worker:
        for _ in range(20):
            try:
                work_all(database, worker, 1)
                return
            except psycopg.Error as error:
                if not is_transient(error):
                    raise
    raise AssertionError("never done")


@pytest.mark.parametrize("known", [True, False])
def test_two_orders_that_name_one_device_at_the_same_moment(database: Database, known: bool) -> None:
    a_marked_world(database, {"50301": " ".join(f"S{number}" for number in range(10))} if known else {})
    for number in range(10):
        ids = store(database, *[naming(f"S{number}", order=own_store_order()) for _ in range(2)])
        at_once(database.url, works, works)
        run_all(database)
        assert sorted(states(database, ids)) == ["delivered", "rejected"]
        assert life(database, f"S{number}")[-2:] == ["pick", "deliver"]


def test_many_workers_allot_each_device_once(database: Database) -> None:
    a_marked_world(database, {"10": " ".join(f"S{number:02}" for number in range(40))})
    receive(database, {("10", "A9"): 8})
    ids = store(database, *[an_order(("A9", 1 + number % 2)) for number in range(32)])
    at_once(database.url, works, works, works)
    given = [serial for order_id in ids for (serials,) in [numbers_of(database, order_id)] for serial in serials or ()]
    assert len(given) == len(set(given)) == 40
    assert set(states(database, ids)) == {"delivered", "validated"}


def pick_it(database: Database, order_id: int) -> str:
    try:
        return run_named(database, pick.STEP, order_id, actor="anna", serials={"A9": ["S1"]})
    except (SerialNumberRefused, SerialNumbersMissing, psycopg.errors.UniqueViolation) as refusal:
        return type(refusal).__name__


@pytest.mark.parametrize("devices", [{"10": "S1"}, {}])
def test_two_people_who_name_one_device_at_the_same_moment(database: Database, devices: dict[str, str]) -> None:
    a_confirming_world(database, devices)
    receive(database, {("10", "A9"): 2})
    ids = store(database, an_order(("A9", 1)), an_order(("A9", 1)))
    run_all(database)
    answers = at_once(database.url, *[partial(pick_it, order_id=order_id) for order_id in ids])
    assert sorted(map(str, answers))[1] == "picked"
    assert sorted(states(database, ids)) == ["picked", "validated"]
    assert where(database, "S1") == ("outbound", "10", ids[answers.index("picked")])


def test_no_order_is_parked_while_its_device_arrives(database: Database) -> None:
    a_marked_world(database)
    for number in range(25):
        receive(database, {("10", "A9"): 1})
        (order_id,) = store(database, an_order(("A9", 1)))
        run_step(database, "validate")
        at_once(database.url, works, partial(arrive, store="10", serials=f"S{number}"))
        run_all(database)
        assert states(database, [order_id]) == ["delivered"]


def test_who_allots_the_oldest_and_who_names_devices_lock_them_in_one_order(database: Database) -> None:
    a_marked_world(database, {"10": "S9"})
    arrive(database, "10", "S1")
    (order_id,) = store(database, an_order(("A9", 2)))
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            lock_devices(tx, [Device("A9", "S1")])
            picks = threads.submit(run_all, database)
            wait_for(lambda: somebody_waits(database), 20, "the pick waits for S1")
            lock_devices(tx, [Device("A9", "S9")])
        picks.result(60)
    assert states(database, [order_id]) == ["delivered"]
    assert numbers_of(database, order_id) == [["S9", "S1"]]


def test_where_the_oldest_is_taken_meanwhile_the_next_one_leaves(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    arrive(database, "10", "S2")
    (order_id,) = store(database, an_order(("A9", 1)))
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            move_devices(tx, [DeviceMove("A9", "S1", "store", "difference", "10")], "test", "test")
            picks = threads.submit(run_all, database)
            wait_for(lambda: somebody_waits(database), 20, "the pick waits for S1")
        picks.result(60)
    assert numbers_of(database, order_id) == [["S2"]]
