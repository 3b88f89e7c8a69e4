"""What happens when a held order is released? It is tried at once, alone, and the answer says what came of it."""

from typing import NamedTuple

from config.database import Database
from workflows import attempts
from workflows.cohort import StaleVersion, Work, notify, run_searching
from workflows.steps.main_line import STEPS


class Outcome(NamedTuple):
    """The states before and after; whether a step was due and tried, and `failure` if it failed again."""

    tried: bool
    before: str
    after: str
    failure: str | None


def release_order(database: Database, order_id: int, *, version: int | None = None) -> Outcome | None:
    """Release the order and run the step that is due, if one is; None if the order is not held.

    An order that fails again stays free, with one attempt counted, and is tried again by the workers. Raises
    StaleVersion with `version`, when the order has another.
    """
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT order_type, state, version FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,)
        ).fetchone()
        if row is not None and version not in (None, row[2]):
            raise StaleVersion(StaleVersion.__doc__)
        if row is None or not attempts.release(tx, order_id):
            return None
        order_type, before, _ = row
        due = tx.execute("SELECT due_at IS NOT NULL FROM orders WHERE id = %s", (order_id,)).fetchone()
        step = next((each for each in STEPS.values() if before in each.from_states), None)
        failed = 0
        tried = step is not None and due is not None and bool(due[0])
        if tried and step is not None:
            failed = run_searching(step, Work(tx, order_type, [order_id]))
        notify(tx)
        after = tx.execute("SELECT state FROM orders WHERE id = %s", (order_id,)).fetchone()
        assert after is not None
        return Outcome(tried, before, after[0], "steget misslyckades (the step failed)" if failed else None)
