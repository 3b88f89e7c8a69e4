"""Orders made smaller in tests: one line a reduction, and a line of an order as callers see it."""

from typing import Any

from config.database import Database
from workflows.cohort import run_named
from workflows.queries import read_orders
from workflows.steps.reduce import reduce_by

SHELF = {("10", "A1"): 10, ("10", "A2"): 10}


def reduce(database: Database, order_id: int, **changes: Any) -> str:
    """Take one unit of A1 from the order, unless told otherwise."""
    step = reduce_by(changes.pop("units", {"A1": 1}), changes.pop("serial_numbers", ()))
    return run_named(database, step, order_id, **({"actor": "anna", "reason": "behövs inte"} | changes))


def line(database: Database, order_id: int, line_no: int = 1) -> dict[str, Any]:
    """A line of the order in the interface's shape."""
    with database.transaction() as tx:
        found: dict[str, Any] = read_orders(tx, [order_id])[0]["lines"][line_no - 1]
    return found
