"""What came of a batch of orders? Counts of where its orders are, and what the work made: for the demo's end."""

from dataclasses import dataclass
from typing import Any

from config.database import Connection


@dataclass(frozen=True, slots=True)
class Summary:
    """A batch's orders, each counted once, and what exists because of them. `seconds`: from due to at rest."""

    orders: dict[str, int]
    created: int
    utleveranser: int
    movements: int
    partial: int
    """Orders that went on in part, their rest as a restorder."""
    resumed: int
    """Orders that had to wait and then got their goods."""
    seconds: float
    by_state: list[tuple[str, str, int]]
    refusals: list[tuple[str, int]]
    backordered_articles: list[tuple[str, str, int]]
    numbers: list[str]

    def orders_per_second(self, accepted: int) -> float:
        """Orders brought to rest per second."""
        return round(accepted / self.seconds, 1) if self.seconds else 0.0

    def adds_up(self, accepted: int) -> bool:
        """Whether every accepted order is counted exactly once."""
        return sum(self.orders.values()) == accepted

    def as_json(self, accepted: int, refused: int) -> dict[str, Any]:
        """The interface's document, but for what verify adds."""
        return {
            "orders": {"accepted": accepted, "refused": refused, **self.orders},
            "created": self.created,
            "partial": self.partial,
            "resumed": self.resumed,
            "utleveranser": self.utleveranser,
            "movements": self.movements,
            "seconds": round(self.seconds, 3),
            "orders_per_second": self.orders_per_second(accepted),
        }


def summarise(tx: Connection, batch_id: int) -> Summary:
    """The summary of the orders that batch `batch_id` brought."""
    counts = dict.fromkeys(("rejected", "delivered", "backordered", "open", "held", "cancelled"), 0)
    for group, count in tx.execute(
        "SELECT CASE WHEN held_since IS NOT NULL THEN 'held' "
        "WHEN state IN ('rejected', 'delivered', 'backordered', 'cancelled') THEN state ELSE 'open' END, count(*) "
        "FROM orders WHERE batch_id = %s AND rest_of IS NULL GROUP BY 1",
        (batch_id,),
    ):
        counts[group] = count
    return Summary(
        orders=counts,
        created=_one(tx, _CREATED, batch_id),
        partial=_one(tx, "SELECT count(DISTINCT rest_of) FROM orders WHERE batch_id = %s", batch_id),
        resumed=_one(tx, _COUNTED.format("history WHERE event = 'resume'"), batch_id),
        utleveranser=_one(tx, _COUNTED.format("utleverans"), batch_id),
        movements=_one(tx, _COUNTED.format("movement"), batch_id),
        seconds=float(_one(tx, _SECONDS, batch_id)),
        by_state=_rows(tx, "order_type, state, count(*)", "", "GROUP BY 1, 2 ORDER BY 1, 2", batch_id),
        refusals=_rows(
            tx, "v ->> 'code', count(DISTINCT o.id)", ", jsonb_array_elements(o.violations) v",
            "GROUP BY 1 ORDER BY 2 DESC, 1", batch_id,
        ),
        backordered_articles=_rows(
            tx, "w.store, w.article, count(*)", " JOIN waiting_line w ON w.order_id = o.id",
            "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10", batch_id,
        ),
        numbers=[
            number for (number,) in _rows(
                tx, "u.number", " JOIN utleverans u ON u.order_id = o.id", "ORDER BY u.id LIMIT 3", batch_id
            )
        ],
    )  # fmt: skip


_COUNTED = "SELECT count(*) FROM (SELECT order_id FROM {}) c JOIN orders o ON o.id = c.order_id WHERE o.batch_id = %s"

_CREATED = """
    SELECT count(*) FROM orders o JOIN intake_batch b ON b.id = %s
    WHERE o.rest_of IS NOT NULL AND o.batch_id = b.id
       OR o.source = 'orderflode' AND o.batch_id IS NULL AND o.received_at >= b.received_at
"""
"""What the system made itself: restorder of the batch, and orders without a batch since (refill)."""

_SECONDS = """
    SELECT coalesce(extract(epoch FROM max(h.at) - min(b.finished_at))::float8, 0)
    FROM history h JOIN orders o ON o.id = h.order_id JOIN intake_batch b ON b.id = o.batch_id
    WHERE o.batch_id = %s AND h.version > 1
"""


def _one(tx: Connection, query: str, batch_id: int) -> Any:
    row = tx.execute(query.encode(), (batch_id,)).fetchone()
    assert row is not None
    return row[0]


def _rows(tx: Connection, columns: str, joined: str, rest: str, batch_id: int) -> list[Any]:
    return tx.execute(
        f"SELECT {columns} FROM orders o{joined} WHERE o.batch_id = %s {rest}".encode(), (batch_id,)
    ).fetchall()
