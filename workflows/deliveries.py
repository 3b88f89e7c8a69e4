"""Which utleveranser of a store are on their way, delivered, or came back? Lists by key, each page by an index.

Next: queries.py (lists of orders), utleveranser.py (one utleverans and its lines).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.rows import dict_row

from config.database import Connection
from workflows.order_types import OrderType

Outcome = Literal["utleverans", "delivered", "cancelled"]
"""The order's state: on its way; delivered; cancelled by a failed delivery (bomkörning)."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which utleveranser to list, by their orders' numbers; `after` is the last one of the page before."""

    store: str
    outcome: Outcome = "utleverans"
    oldest_first: bool = True
    after: int | None = None


def list_deliveries(tx: Connection, wanted: DeliveryFilter, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` utleveranser that the transaction sees, with what a list tells of each; no patient's data."""
    past, down = (">", "") if wanted.oldest_first else ("<", "DESC")
    if wanted.outcome == "cancelled":
        after = f"AND o.id {past} %(after)s" if wanted.after is not None else ""
        query = _FAILED.format(after=after, down=down)
    else:
        after = f"AND ({_KIND}, o.id) {past} ({_WANTED}, %(after)s::bigint)" if wanted.after is not None else ""
        query = _OF_KIND.format(
            of_kind="=" if wanted.after is None else "<=" if wanted.oldest_first else ">=", after=after, down=down
        )
    ids = tx.execute(
        query.encode(),
        {
            "types": [str(each) for each in OrderType], "store": wanted.store, "state": wanted.outcome,
            "after": wanted.after, "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return _read(tx, [order_id for (order_id,) in ids])


# As the index orders_of_sender has it, in one comparison: beside equalities the planner would go by the numbers alone,
# and read every order of the region in between (queries.py).
_KIND = 'o.sender, o.order_type COLLATE "C", o.state COLLATE "C"'
_WANTED = "%(store)s, t.order_type, %(state)s"
_OF_KIND = f"""
    SELECT found.id FROM unnest(%(types)s::text[]) AS t (order_type) CROSS JOIN LATERAL (
        SELECT o.id FROM orders o WHERE ({_KIND}) {{of_kind}} ({_WANTED}) {{after}}
        ORDER BY o.sender {{down}}, o.order_type COLLATE "C" {{down}}, o.state COLLATE "C" {{down}}, o.id {{down}}
        LIMIT %(limit)s
    ) found ORDER BY found.id {{down}} LIMIT %(limit)s
"""

# By the index orders_failed_delivery.
_FAILED = """
    SELECT o.id FROM orders o WHERE o.sender = %(store)s AND o.state = 'cancelled' AND o.utleverans IS NOT NULL {after}
    ORDER BY o.sender {down}, o.id {down} LIMIT %(limit)s
"""


def _read(tx: Connection, order_ids: Sequence[int]) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT o.id, u.number, u.created_at, o.order_type, o.state, o.receiver_kind,
                CASE o.priority WHEN 0 THEN 'akut' ELSE 'normal' END AS priority,
                (o.promised_by AT TIME ZONE 'Europe/Stockholm')::date AS promised_on,
                h.at, h.actor, h.reason, l.lines, l.units
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place)
            JOIN orders o ON o.id = wanted.id JOIN utleverans u ON u.order_id = o.id
            JOIN history h ON h.order_id = o.id AND h.version = o.version
            CROSS JOIN LATERAL (SELECT count(*) AS lines, sum(quantity)::int AS units FROM utleverans_line
                                WHERE utleverans = u.id) l
            ORDER BY wanted.place
            """,
            (list(order_ids),),
        ).fetchall()
