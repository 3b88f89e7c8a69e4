"""How does a kommun's own stand? Its open orders by type and state, what is held, due and standing; and who is alive.

Counted under row security, where the kept counts (order_counts.py) know no kommun: open orders alone, up to a bound.
Next: overview.py, the whole region's.
"""

from datetime import UTC, datetime
from typing import Any

from config.database import Connection
from config.settings import settings
from workflows.machines import OrderMachine
from workflows.order_pages import Page, ids_of_kommun
from workflows.order_types import OrderType
from workflows.overview import MOST_COUNTED, MOST_STANDING, count_up_to, processes
from workflows.watchdog import count_standing

_OPEN = Page(
    [str(each) for each in OrderType],
    [str(each.value) for each in OrderMachine.states if not each.final],
    store=None, before=None, limit=MOST_COUNTED,
)  # fmt: skip
_TOTALS = ("due", "due_later", "held", "retrying", "documents_due")


def kommun_status(tx: Connection, kommun: str) -> dict[str, Any]:
    """As overview.status, of the kommun's orders, which alone are there in `tx`. Ended orders are not counted."""
    orders = tx.execute(
        "SELECT order_type, state, count(*), min(received_at) FROM orders WHERE id = ANY(%s) "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        (ids_of_kommun(tx, kommun, _OPEN),),
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
