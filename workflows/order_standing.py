"""Where does an order stand, and who brought it there? What somebody is told who scans one that is not theirs to move.

Next: queries.py, everything else of an order.
"""

from dataclasses import dataclass
from datetime import datetime

from config.database import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """An order's state, and a transition of it: what, when, by whom and why."""

    order_id: int
    version: int
    state: str
    held_reason: str | None
    """Why it is held, where it is."""
    sender: str
    sender_name: str
    utleverans: str | None
    event: str
    at: datetime
    actor: str
    reason: str | None


def standing_of(tx: Connection, order_id: int, event: str | None = None) -> Standing | None:
    """Where the order stands, if the transaction sees it, and its last transition; or its `event`, where it has had one
    and is not cancelled since."""
    row = tx.execute(
        """
        SELECT o.id, o.version, o.state, o.held_reason, o.sender, coalesce(s.name, o.sender),
            (SELECT u.number FROM utleverans u WHERE u.order_id = o.id), h.event, h.at, h.actor, h.reason
        FROM orders o LEFT JOIN store s ON s.code = o.sender CROSS JOIN LATERAL (
            SELECT event, at, actor, reason FROM history WHERE order_id = o.id
            ORDER BY event IS NOT DISTINCT FROM %(event)s AND o.state <> 'cancelled' DESC, version DESC LIMIT 1) h
        WHERE o.id = %(id)s
        """,
        {"id": order_id, "event": event},
    ).fetchone()
    return None if row is None else Standing(*row)
