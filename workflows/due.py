"""What is due at this moment? Bounded probes of the claim's index, never a count of the backlog."""

from typing import NamedTuple

from config.database import Connection
from workflows.order_types import OrderType
from workflows.steps import resume
from workflows.steps.main_line import STEPS


class Due(NamedTuple):
    """An event that has something to do; `order_type` is None for resume."""

    event: str
    order_type: str | None


_KINDS = [(event, step.from_states[0], str(order_type)) for event, step in STEPS.items() for order_type in OrderType]


def what_is_due(connection: Connection) -> list[Due]:
    """The events with due orders, the last of the main line first: what is nearest its end goes first."""
    events, states, types = (list(column) for column in zip(*_KINDS, strict=True))
    rows = connection.execute(
        "SELECT k.event, k.order_type FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY "
        "AS k (event, state, order_type, place) WHERE EXISTS ("
        "SELECT FROM orders o WHERE o.order_type = k.order_type AND o.state = k.state AND o.due_at <= now() "
        "AND o.held_since IS NULL) ORDER BY k.place DESC",
        (events, states, types),
    ).fetchall()
    due = [Due(event, order_type) for event, order_type in rows]
    restocked = connection.execute(
        "SELECT EXISTS (SELECT FROM restock) OR EXISTS (SELECT FROM orders WHERE state = 'backordered' "
        "AND order_type = ANY(%s) AND due_at <= now() AND held_since IS NULL)",
        ([str(order_type) for order_type in OrderType],),
    ).fetchone()
    if restocked is not None and restocked[0]:
        due.append(Due(resume.EVENT, None))
    return due


def anything_ahead(connection: Connection) -> bool:
    """Whether an order is due now or later by itself, goods wait to be given out, or a worker has not finished."""
    row = connection.execute(
        # The first of the index, and not EXISTS: that may read all orders to find that none is due.
        "SELECT (SELECT true FROM orders WHERE due_at IS NOT NULL AND held_since IS NULL "
        "ORDER BY order_type, state, priority, due_at, id LIMIT 1) IS NOT NULL "
        "OR EXISTS (SELECT FROM restock) OR EXISTS (SELECT FROM claim)"
    ).fetchone()
    return row is not None and bool(row[0])


def documents_due(connection: Connection) -> bool:
    """Whether a delivery note can be rendered ahead of its first request."""
    row = connection.execute(
        "SELECT (SELECT true FROM utleverans WHERE note_due ORDER BY id LIMIT 1) IS NOT NULL"
    ).fetchone()
    return row is not None and bool(row[0])
