"""Which open orders are past their promise, or soon will be? The most late first, counted in working days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.working_days import STOCKHOLM, after_working_days, end_of_day, working_days_between

# Three ways to an open order, each by an index of its own, disjoint: it waits; it runs by itself; it is held.
_PROMISED = """
    SELECT id FROM orders WHERE due_at IS NULL AND ended_at IS NULL AND promised_by <= %(until)s
    UNION ALL
    SELECT id FROM orders WHERE due_at IS NOT NULL AND held_since IS NULL AND promised_by <= %(until)s
        AND order_type IN ('lagerflyttsorder', 'bestallning', 'forskrivning')
        AND state IN ('validated', 'picked', 'utleverans', 'backordered')
    UNION ALL
    SELECT id FROM orders WHERE due_at IS NOT NULL AND held_since IS NOT NULL AND promised_by <= %(until)s
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open order and its promise. `working_days` it is late; negative: so many are left."""

    order: dict[str, Any]
    is_late: bool
    working_days: int

    def as_json(self) -> dict[str, Any]:
        """The order's number, names, store, state and promise, and how late it is."""
        return self.order | {"late": self.is_late, "working_days_late": self.working_days}


def overdue(tx: Connection, now: datetime, *, soon: int = 0, store: str | None = None) -> list[Overdue]:
    """Open orders whose promise is past, or comes within `soon` working days; of `store` (the sender) or of all."""
    today = now.astimezone(STOCKHOLM).date()
    until = end_of_day(after_working_days(today, soon)) if soon else now
    with tx.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"SELECT o.id, o.source, o.external_id, o.order_type, o.sender AS store, o.state, "
            f"o.held_since IS NOT NULL AS held, o.promised_by, "
            f"(o.promised_by AT TIME ZONE 'Europe/Stockholm')::date AS promised_on "
            f"FROM orders o JOIN ({_PROMISED}) AS promised USING (id) "
            f"WHERE %(store)s::text IS NULL OR o.sender = %(store)s ORDER BY o.promised_by, o.id",
            {"until": until, "store": store},
        ).fetchall()
    return [Overdue(row, row["promised_by"] < now, working_days_between(row["promised_on"], today)) for row in rows]
