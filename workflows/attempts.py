"""What if a step fails for an order? Count, back off in the database, hold after the fifth, release.

Held is a flag beside the state, with its reason in plain sight: no step touches the order until a person
releases it. Next: cohort.py, which finds the order that fails.
"""

from collections.abc import Sequence

import psycopg

from config.database import Connection
from workflows.devices import wake_beside

MOST_ATTEMPTS = 5
"""An order is held after this many attempts; they back off 1, 2, 4, 8 seconds."""


def count(tx: Connection, order_id: int, reason: str) -> bool:
    """Count a failed attempt of one order: due again later and alone, or held. Returns whether it is held.

    `reason` is shown to people: it may not hold anything of a patient. One that has ended
    meanwhile is left in peace.
    """
    row = tx.execute(
        "UPDATE orders SET attempts = attempts + 1, alone = true, "
        "held_since = CASE WHEN attempts + 1 >= %(most)s THEN clock_timestamp() END, "
        "held_reason = CASE WHEN attempts + 1 >= %(most)s THEN %(reason)s END, "
        "due_at = CASE WHEN due_at IS NOT NULL OR state = 'backordered' "
        "THEN greatest(due_at, clock_timestamp()) + make_interval(secs => power(2, attempts)) END "
        "WHERE id = %(id)s AND held_since IS NULL AND ended_at IS NULL RETURNING held_since IS NOT NULL",
        {"id": order_id, "most": MOST_ATTEMPTS, "reason": reason},
    ).fetchone()
    held = row is not None and bool(row[0])
    if held:
        look_again(tx, order_id)
        wake_beside(tx, [order_id])
    return held


def look_again(tx: Connection, order_id: int) -> None:
    """Let the resume step look at what the order waits for: for itself or, when it is held, for those behind it."""
    tx.execute(
        "INSERT INTO restock (store, article) SELECT store, article FROM waiting_line WHERE order_id = %s", (order_id,)
    )


def isolate(tx: Connection, order_ids: Sequence[int]) -> None:
    """Let orders whose cohort died be tried one by one, so that cohort mates are never held for another's fault."""
    tx.execute("UPDATE orders SET alone = true WHERE id = ANY(%s::bigint[]) AND ended_at IS NULL", (list(order_ids),))


def release(tx: Connection, order_id: int) -> bool:
    """Release a held order: what its state and its store's policy make due is due again. False: it was not held."""
    row = tx.execute(
        "UPDATE orders o SET held_since = NULL, held_reason = NULL, attempts = 0, "
        "due_at = CASE WHEN o.state IN ('draft', 'picked') OR (o.state = 'validated' AND s.picking = 'automatic') "
        "OR (o.state = 'utleverans' AND s.delivery = 'automatic') THEN clock_timestamp() END "
        "FROM orders same LEFT JOIN store s ON s.code = same.sender "
        "WHERE same.id = o.id AND o.id = %s AND o.held_since IS NOT NULL RETURNING o.state",
        (order_id,),
    ).fetchone()
    if row is not None and row[0] == "backordered":
        look_again(tx, order_id)
    return row is not None


def reason_of(error: BaseException) -> str:
    """What may be said of an error: its kind and, from the database, its state and constraint; never its text,
    which may quote a row."""
    if isinstance(error, psycopg.Error):
        constraint = error.diag.constraint_name
        return f"{type(error).__name__} {error.sqlstate or ''}{f' ({constraint})' if constraint else ''}".strip()
    return type(error).__name__
