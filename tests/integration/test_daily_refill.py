"""Are kommunlager refilled by themselves every working day? The job of the register, when its time has come."""

from datetime import UTC, datetime, time

import pytest
from builders import a_world

from config.database import Database
from tasks.daily import run_job
from workflows.schedule import Outcome, keep_times

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_the_daily_job_orders_what_the_stores_need_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 50})
    keep_times(database, {"refill": time(5)}, datetime.now(UTC))
    with database.transaction() as tx:
        tx.execute("INSERT INTO stock_target (store, article, reorder_point, target) VALUES ('50301', 'A1', 2, 10)")
        tx.execute("UPDATE daily_job SET due_at = now() WHERE name = 'refill'")

    assert run_job(database, "refill") == Outcome("1 ordrar (orders)")
    assert run_job(database, "refill") is None

    with database.transaction() as tx:
        orders = tx.execute("SELECT receiver_code, created_by, state FROM orders").fetchall()
    assert orders == [("50301", "orderflode", "draft")]


def test_a_store_that_nobody_may_order_for_is_named(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 50})
    keep_times(database, {"refill": time(5)}, datetime.now(UTC))
    with database.transaction() as tx:
        tx.execute("UPDATE person SET roles = '{}'")
        tx.execute("INSERT INTO stock_target (store, article, reorder_point, target) VALUES ('50401', 'A1', 2, 10)")
        tx.execute("UPDATE daily_job SET due_at = now() WHERE name = 'refill'")

    outcome = run_job(database, "refill")

    assert outcome is not None and "ingen kan beställa för 50401" in outcome.text
