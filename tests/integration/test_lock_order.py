"""Does who waits for a device, or for a tied line, hold no balance meanwhile? Else two steps would wait for each other.

Next: workflows/undoing.py, workflows/accessories/tying.py (lock_tied).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from at_once import databases, somebody_waits
from builders import CONFIRMED, a_prescription, receive, run_all, states, store
from devices_world import a_marked_world, naming
from swaps_world import a_swap_world
from waiting import wait_for

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import Step, run_named
from workflows.intake import NewLine
from workflows.ledger import lock_free
from workflows.steps import deliver, pick
from workflows.steps.reduce import reduce_by
from workflows.undoing import undo_import

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def waits_without_balances(
    database: Database, locked: str, act: Callable[[Database], object], article: str = "A1"
) -> None:
    """While another has locked what `locked` selects, `act` waits, and the balance in lager 10 is free."""
    with databases(database.url, 1) as (other,), ThreadPoolExecutor(1) as thread:
        with database.transaction() as tx:
            tx.execute(locked.encode())
            acting = thread.submit(act, other)
            wait_for(lambda: somebody_waits(database), what="the wait for the lock")
            with database.transaction(lock_timeout_ms=500) as balances:
                lock_free(balances, {Goods("10", article)})
        acting.result(30)


def an_accessory(database: Database, units: int, state: str, **changes: object) -> int:
    """An order of `units` A1, tied to S1 which the same patient has, in `state`."""
    order = a_prescription(("A1", units), **changes)
    (order_id,) = store(database, replace(order, lines=(NewLine("A1", units, (), "S1"),)))
    run_all(database)
    for step in (pick.STEP, deliver.STEP):
        if states(database, [order_id])[0] in step.from_states and state != "validated":
            run_named(database, step, order_id, actor="test")
        if states(database, [order_id]) != [state]:
            run_all(database)
        if states(database, [order_id]) == [state]:
            break
    assert states(database, [order_id]) == [state]
    return order_id


@pytest.fixture
def world(database: Database) -> Database:
    """The patient has S1; a person picks and confirms at lager 10."""
    a_swap_world(database)
    with database.transaction() as tx:
        tx.execute("UPDATE store SET picking = 'confirmed', delivery = 'confirmed' WHERE code = '10'")
    return database


def test_an_undoing_waits_for_devices_before_it_takes_balances(database: Database) -> None:
    a_marked_world(database, {"10": "S1"}, **CONFIRMED)
    with database.transaction() as tx:
        (batch,) = tx.execute(
            "INSERT INTO intake_batch (source, content_hash) VALUES ('test', 'x') RETURNING id"
        ).fetchall()[0]
    (order_id,) = store(database, naming("S1"))
    with database.session() as owner:
        owner.execute("INSERT INTO intake_verdict VALUES (%s, 1, 1, 'accepted', %s)", (batch, order_id))
        owner.execute("ALTER TABLE orders DISABLE TRIGGER USER")
        owner.execute("UPDATE orders SET batch_id = %s WHERE id = %s", (batch, order_id))
        owner.execute("ALTER TABLE orders ENABLE TRIGGER USER")
    run_all(database)
    waits_without_balances(
        database,
        "SELECT FROM lock_devices(ARRAY['A9'], ARRAY['S1'])",
        lambda other: undo_import(other, batch, actor="test", reason="prov"),
        "A9",
    )
    assert states(database, [order_id]) == ["cancelled"]


TIED = "SELECT FROM order_line WHERE order_id = {} ORDER BY line_no FOR NO KEY UPDATE"


def test_a_reduction_waits_for_tied_lines_before_it_takes_balances(world: Database) -> None:
    order_id = an_accessory(world, 3, "validated")
    waits_without_balances(
        world,
        TIED.format(order_id),
        lambda other: run_named(other, reduce_by({"A1": 1}), order_id, actor="test", reason="prov"),
    )


@pytest.mark.parametrize(("step", "state"), [(pick.STEP, "validated"), (deliver.STEP, "utleverans")])
def test_so_does_who_misses_units(world: Database, step: Step, state: str) -> None:
    order_id = an_accessory(world, 3, state)
    waits_without_balances(
        world,
        TIED.format(order_id),
        lambda other: run_named(other, step, order_id, actor="test", short={"A1": 1}, reason="prov"),
    )


def test_so_does_who_resumes(world: Database) -> None:
    order_id = an_accessory(world, 40, "backordered", partial=False)
    receive(world, {("10", "A1"): 40})
    waits_without_balances(world, TIED.format(order_id), run_all)
    assert states(world, [order_id]) == ["validated"]
