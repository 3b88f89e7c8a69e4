"""How does a kommun's own stand? Its open orders by type and state, what is held, due and standing; and who is alive.

Counted under row security, where the kept counts (order_counts.py) know no kommun: open orders alone, up to a bound.
Next: overview.py, the whole region's.
"""

from datetime import UTC, datetime
from typing import Any

from config.database import Connection
from config.settings import settings
from workflows.overview import MOST_COUNTED, MOST_STANDING, count_up_to, processes
from workflows.queries import OF_KOMMUN
from workflows.watchdog import count_standing

_TOTALS = ("due", "due_later", "held", "retrying", "documents_due")


def kommun_status(tx: Connection, kommun: str) -> dict[str, Any]:
    """As overview.status, of the kommun's orders, which alone are there in `tx`. Ended orders are not counted."""
    orders = tx.execute(
        "SELECT order_type, state, count(*), min(received_at) FROM "
        f"(SELECT order_type, state, received_at FROM orders o WHERE ended_at IS NULL AND {OF_KOMMUN} "
        "LIMIT %(most)s) open GROUP BY 1, 2 ORDER BY 1, 2",
        {"kommun": kommun, "most": MOST_COUNTED},
    ).fetchall()
    totals = {name: count_up_to(tx, name, MOST_COUNTED) for name in _TOTALS}
    totals["backordered"] = sum(count for _, state, count, _ in orders if state == "backordered")
    standing = count_standing(tx, settings().standing_hours, datetime.now(UTC), MOST_STANDING)
    at_least = [name for name in _TOTALS if totals[name] == MOST_COUNTED]
    if sum(count for _, _, count, _ in orders) == MOST_COUNTED:
        at_least.append("orders")
    return {
        "orders": [
            {"order_type": order_type, "state": state, "count": count, "oldest": oldest}
            for order_type, state, count, oldest in orders
        ],
        **totals, "standing": standing.by_kind, "at_least": at_least + (["standing"] if standing.more else []),
        "processes": processes(tx),
    }  # fmt: skip
