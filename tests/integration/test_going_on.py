"""Does a small cohort reach its end on one message, and is everybody told where others have to go on?

Next: test_dispatching.py, where the messages come from.
"""

import os
import subprocess
import sys

import pytest
from builders import CONFIRMED, a_worker, a_world, an_order, own_store_order, states, store

from config.database import Database
from workflows.cohort import DUE, run_due
from workflows.steps.main_line import STEPS, from_here

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def take_one_message(database: Database, event: str) -> None:
    """What a worker does with one hint, in a process of its own and without any dispatcher."""
    subprocess.run(
        [sys.executable, "-c", f"from tasks.orders import {event}; {event}('bestallning')"],
        env={**os.environ, "DATABASE_URL": database.url, "REDIS_URL": ""},
        timeout=60,
        check=True,
    )


def told(database: Database, orders: int, *, goes_on: bool) -> bool:
    """Whether anybody is told when a cohort of three at most takes `orders` drafts."""
    store(database, *[an_order() for _ in range(orders)])
    with database.session() as listening, a_worker(database) as worker:
        listening.execute(f"LISTEN {DUE}")
        assert run_due(database, STEPS["validate"], "bestallning", worker, limit=3, goes_on=goes_on).claimed == orders
        listening.execute("SELECT 1")
        return bool(list(listening.notifies(timeout=0)))


def test_a_lone_order_is_delivered_on_one_message(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("50301", "A1"): 5})
    ids = store(database, an_order(), own_store_order())

    take_one_message(database, "validate")

    assert states(database, ids) == ["delivered", "delivered"]


def test_an_order_that_waits_for_a_person_waits_all_the_same(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    ids = store(database, an_order())

    take_one_message(database, "validate")

    assert states(database, ids) == ["validated"]


def test_nobody_is_told_of_a_small_cohort_that_goes_on_by_itself(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})

    assert not told(database, 2, goes_on=True)


def test_everybody_is_told_where_a_cohort_was_full_or_stops_there(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})

    assert told(database, 3, goes_on=True)
    assert told(database, 2, goes_on=False)


def test_what_comes_after_an_event_is_the_rest_of_the_main_line() -> None:
    assert from_here("pick") == ("pick", "create_utleverans", "deliver")
    assert from_here("deliver") == ("deliver",)
    assert from_here("resume") == ("resume",)
