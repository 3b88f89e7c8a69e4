"""What is told of one order? The same by command line and by API: what it holds, its history, returns, what may follow.

Nothing of it tells who a patient is. Next: workflows/queries.py, which reads it.
"""

from typing import Any

from config.database import Connection
from workflows.machines import allowed_events
from workflows.queries import history_of, read_orders
from workflows.returns.reading import return_events_of_order, returns_of_order


def shown(tx: Connection, order_id: int) -> dict[str, Any]:
    """The order, which exists, in the shape of `order show --json` and of `GET /orders/{id}`."""
    (order,) = read_orders(tx, [order_id])
    return order | {
        "history": whole_history(tx, order_id),
        "returns": returns_of_order(tx, order_id),
        "allowed_events": list(allowed_events(order["order_type"], order["state"])),
    }


def whole_history(tx: Connection, order_id: int) -> list[dict[str, Any]]:
    """The order's transitions, and what its returns add to them."""
    return history_of(tx, order_id) + return_events_of_order(tx, order_id)
