"""How does a kommun's own stand? Its open orders by type and state, what is held, due and standing; and who is alive.

Counted under row security, where the kept counts (order_counts.py) know no kommun: open orders alone, up to a bound.
Next: overview.py, the whole region's; kommun_trend.py, what came and went.
"""

from datetime import UTC, datetime
from typing import Any

from config.database import Connection
from config.settings import settings
from workflows.machines import OrderMachine
from workflows.order_types import OrderType
from workflows.overview import MOST_COUNTED, MOST_STANDING, count_up_to, processes
from workflows.queries import OF_KOMMUN
from workflows.watchdog import count_standing

_OPEN = [str(state.value) for state in OrderMachine.states if not state.final]
_TYPES = [str(order_type) for order_type in OrderType]

# By orders_listed, whose columns are in this collation: of the ended orders, which are the most, none is read.
_BY_KIND = f"""
    SELECT k.order_type, k.state, count(*), min(found.received_at)
    FROM (SELECT * FROM unnest(%(types)s::text[]) AS t (order_type) CROSS JOIN unnest(%(open)s::text[]) AS s (state)) k
    CROSS JOIN LATERAL (
        SELECT o.received_at FROM orders o
        WHERE o.order_type COLLATE "C" = k.order_type AND o.state COLLATE "C" = k.state AND {OF_KOMMUN}
        ORDER BY o.id LIMIT %(most)s) found
    GROUP BY 1, 2 ORDER BY 1, 2
"""

_TOTALS = ("due", "due_later", "held", "retrying", "documents_due")


def kommun_status(tx: Connection, kommun: str) -> dict[str, Any]:
    """As overview.status, of the kommun's orders, which alone are there in `tx`. Ended orders are not counted."""
    orders = tx.execute(
        _BY_KIND.encode(), {"kommun": kommun, "types": _TYPES, "open": _OPEN, "most": MOST_COUNTED}
    ).fetchall()
    totals = {name: count_up_to(tx, name, MOST_COUNTED) for name in _TOTALS}
    totals["backordered"] = sum(count for _, state, count, _ in orders if state == "backordered")
    standing = count_standing(tx, settings().standing_hours, datetime.now(UTC), MOST_STANDING)
    at_least = [name for name in _TOTALS if totals[name] == MOST_COUNTED]
    if any(count == MOST_COUNTED for _, _, count, _ in orders):
        at_least.append("orders")
    return {
        "orders": [
            {"order_type": order_type, "state": state, "count": count, "oldest": oldest}
            for order_type, state, count, oldest in orders
        ],
        **totals, "standing": standing.by_kind, "at_least": at_least + (["standing"] if standing.more else []),
        "processes": processes(tx),
    }  # fmt: skip
