"""How far has one order come? Its lines with what is reserved, picked and delivered, and whether it moves by itself.

Next: queries.py (read_orders), all that it holds; order_timeline.py, how it came there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.database import Connection
from workflows.ledger import OUTSTANDING
from workflows.queries import PICKED


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line, in units. `left` is what this order is still to bring; what its restorder brings is `on_rest`."""

    line_no: int
    article: str
    name: str
    individual: bool
    ordered_article: str | None
    ordered: int
    reserved: int
    picked: int
    delivered: int
    left: int
    on_rest: int
    short: int
    cancelled: int
    returned: int
    serial_numbers: list[str]
    accessory_to: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an order stands. `due_at` None: it waits for a person or for goods, or has ended."""

    state: str
    version: int
    due_at: datetime | None
    state_since: datetime
    attempts: int
    held_since: datetime | None
    held_reason: str | None
    is_a_patients: bool
    lacks: str | None
    """The article of which registered devices are missing, for an order that is parked."""
    waits_for: list[tuple[str, int]]
    """(article, units) that a backordered order waits for."""
    lines: tuple[LineNow, ...]

    @property
    def moves_by_itself(self) -> bool:
        """Whether somebody who looks at it will soon see it elsewhere."""
        return self.due_at is not None and self.held_since is None

    @property
    def seen(self) -> str:
        """What changes when there is something new to see."""
        return f"{self.version}-{self.attempts}-{'held' if self.held_since else 'free'}"


_NOW = """
    SELECT o.state, o.version, o.due_at, coalesce(o.state_since, o.ended_at, o.received_at), o.attempts, o.held_since,
        o.held_reason, o.patient_id IS NOT NULL, o.lacks
    FROM orders o WHERE o.id = %s
"""
_LINES = f"""
    SELECT l.line_no, l.article, coalesce(a.name, '–'), coalesce(a.individual, false), l.ordered_article, l.quantity,
        CASE WHEN o.state = 'validated' THEN {OUTSTANDING} ELSE 0 END,
        CASE WHEN o.state IN {PICKED} THEN {OUTSTANDING} ELSE 0 END,
        CASE WHEN o.state = 'delivered' THEN {OUTSTANDING} - l.short_delivered ELSE 0 END,
        CASE WHEN o.state IN ('delivered', 'cancelled') THEN 0 ELSE {OUTSTANDING} END,
        l.on_rest, l.short_delivered, l.cancelled, l.returned, coalesce(l.serial_numbers, '{{}}'), l.accessory_to
    FROM order_line l JOIN orders o ON o.id = l.order_id LEFT JOIN article a ON a.number = l.article
    WHERE l.order_id = %s ORDER BY l.line_no
"""


def progress(tx: Connection, order_id: int) -> Progress:
    """Where the order, which exists, stands."""
    row: tuple[Any, ...] | None = tx.execute(_NOW, (order_id,)).fetchone()
    assert row is not None
    lines = tuple(LineNow(*line) for line in tx.execute(_LINES, (order_id,)))
    waits_for = tx.execute(
        "SELECT article, sum(quantity)::int FROM waiting_line WHERE order_id = %s GROUP BY article ORDER BY article",
        (order_id,),
    ).fetchall()
    told: list[Any] = [*row, waits_for, lines]
    return Progress(*told)
