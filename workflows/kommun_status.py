"""How does a kommun's own stand? Its open orders by type and state, what is held, due and standing; and who is alive.

Counted under row security, where the kept counts (order_counts.py) know no kommun: open orders alone, up to a bound.
Next: overview.py, the whole region's; kommun_trend.py, what came and went.
"""

from datetime import UTC, datetime
from typing import Any

from psycopg.rows import dict_row

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
_COUNT = """
    SELECT count(*) FILTER (WHERE due_at <= now() AND held_since IS NULL) AS due,
           count(*) FILTER (WHERE due_at > now() AND held_since IS NULL) AS due_later,
           count(*) FILTER (WHERE held_since IS NOT NULL) AS held,
           count(*) FILTER (WHERE attempts > 0 AND held_since IS NULL) AS retrying,
           count(*) FILTER (WHERE state = 'backordered') AS backordered
    FROM orders WHERE id = ANY(%s)
"""


def kommun_status(tx: Connection, kommun: str) -> dict[str, Any]:
    """As overview.status, of the kommun's orders, which alone are there in `tx`. Ended orders are not counted."""
    still_open = ids_of_kommun(tx, kommun, _OPEN)
    orders = tx.execute(
        "SELECT order_type, state, count(*), min(received_at) FROM orders WHERE id = ANY(%s) "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        (still_open,),
    ).fetchall()
    with tx.cursor(row_factory=dict_row) as cursor:
        totals = cursor.execute(_COUNT, (still_open,)).fetchone() or {}
    at_least = ["orders", *totals] if len(still_open) == MOST_COUNTED else []
    totals["documents_due"] = count_up_to(tx, "documents_due", MOST_COUNTED)
    if totals["documents_due"] == MOST_COUNTED:
        at_least.append("documents_due")
    standing = count_standing(tx, settings().standing_hours, datetime.now(UTC), MOST_STANDING)
    return {
        "orders": [
            {"order_type": order_type, "state": state, "count": count, "oldest": oldest}
            for order_type, state, count, oldest in orders
        ],
        **totals, "standing": standing.by_kind, "at_least": at_least + (["standing"] if standing.more else []),
        "processes": processes(tx),
    }  # fmt: skip
