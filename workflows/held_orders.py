"""Which orders does no step touch until a person releases them, and which are tried again alone? Why, and since when.

An order that failed five times is held (attempts.py); one that failed fewer times is tried again by itself, so that it
takes none with it. Both are few, and each list has an index of its own. Next: releasing.py.
"""

from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.queries import OF_KOMMUN

_LISTED = """
    SELECT o.id, o.source, o.external_id, o.order_type, o.state, o.version, o.sender, o.kommun, o.attempts,
           o.held_since, o.held_reason, o.due_at
    FROM orders o WHERE {which} AND {here} AND (%(before)s::bigint IS NULL OR o.id < %(before)s)
    ORDER BY o.id DESC LIMIT %(limit)s
"""


def held_orders(tx: Connection, kommun: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Held orders of the kommun (None: of all), the highest number first, after `before`: id, source, external_id,
    order_type, state, version, sender, kommun, attempts, held_since, held_reason, due_at."""
    return _listed(tx, "o.held_since IS NOT NULL", kommun, before, limit)


def retrying_orders(tx: Connection, kommun: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Orders that failed and are tried again at `due_at`, in the same shape."""
    return _listed(tx, "o.attempts > 0 AND o.held_since IS NULL", kommun, before, limit)


def _listed(tx: Connection, which: str, kommun: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            _LISTED.format(which=which, here=OF_KOMMUN).encode(),
            {"kommun": kommun, "before": before, "limit": limit},
        ).fetchall()
