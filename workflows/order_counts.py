"""How many orders of each type stand in each state? Kept by the doors themselves, so that nobody counts.

Whoever makes or moves orders appends what that changes (migrations/sql/0003_reads.sql); the dispatcher rolls it up.
"""

from typing import NamedTuple

from config.database import Connection


class OrderCount(NamedTuple):
    """How many orders of a type stand in a state: one or more."""

    order_type: str
    state: str
    orders: int


def count_orders(tx: Connection) -> list[OrderCount]:
    """The counts by type and state, exact for the moment; what no order stands in is left out."""
    rows = tx.execute(
        "SELECT order_type, state, sum(orders)::bigint FROM "
        "(TABLE order_count UNION ALL TABLE order_count_change) counted (order_type, state, orders) "
        "GROUP BY 1, 2 HAVING sum(orders) <> 0 ORDER BY 1, 2"
    )
    return [OrderCount(*row) for row in rows]


def roll_up(connection: Connection) -> None:
    """Add to the counts what changed, in a transaction that waits for nobody; the sum stays the same."""
    connection.execute("SELECT roll_up_order_counts()")
