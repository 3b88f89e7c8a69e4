"""What does a list of orders show of each? A row an order, light to read; and which orders begin with a number.

Nothing here tells who a patient is. Next: queries.py, which orders a list has.
"""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.queries import OF_KOMMUN, OrderFilter
from workflows.searching import sources_of_orders

MOST_FOUND = 200
"""Orders that a search by number looks at: who sees so many writes more of it."""


def order_rows(tx: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The orders `ids` that the transaction sees, in that order: what a list tells of them. `standing_since` is None
    where they have ended."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT o.id, o.source, o.external_id, o.order_type, o.customer_order_type, o.state, o.version,
                o.held_since IS NOT NULL AS held, o.held_reason, o.priority = 0 AS urgent, o.sender, o.receiver_kind,
                o.receiver_code, CASE o.receiver_kind
                    WHEN 'kommunlager' THEN (SELECT s.name FROM store s WHERE s.code = o.receiver_code)
                    WHEN 'vardenhet' THEN (SELECT u.name FROM vardenhet u WHERE u.code = o.receiver_code)
                END AS receiver_name,
                o.received_at, o.promised_by, o.ended_at IS NULL AND o.promised_by < now() AS late,
                CASE WHEN o.ended_at IS NULL THEN coalesce(o.state_since, o.received_at) END AS standing_since,
                (SELECT u.number FROM utleverans u WHERE u.order_id = o.id) AS utleverans,
                (SELECT count(*) FROM order_line l WHERE l.order_id = o.id) AS lines
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN orders o ON o.id = wanted.id
            ORDER BY wanted.place
            """,
            (list(ids),),
        ).fetchall()


def begin_with(tx: Connection, number: str) -> list[int]:
    """The ids of up to MOST_FOUND orders whose number is this one, or whose external_id begins with it: of any source,
    or of the one before its colon. Whoever asks for somebody asks `those_seen` next, in their name."""
    if "\x00" in number:
        return []
    own = [int(number)] if number.isascii() and number.isdigit() and len(number) < 19 else []
    named, colon, rest = number.partition(":")
    wanted = [(source, number) for source in sources_of_orders(tx)] + ([(named, rest)] if colon else [])
    rows = tx.execute(
        # Of a source at a time, by the index of (source, external_id). What begins with a text stands between it and
        # the same text followed by the last character there is; in another collation than C others may stand there too.
        """
        SELECT found.id FROM unnest(%(sources)s::text[], %(numbers)s::text[]) AS w (source, number)
        CROSS JOIN LATERAL (
            SELECT o.id FROM orders o WHERE o.source = w.source
            AND o.external_id >= w.number AND o.external_id < w.number || chr(1114111)
            AND o.external_id ^@ w.number
            ORDER BY o.external_id LIMIT %(most)s) found
        LIMIT %(most)s
        """,
        {"sources": [source for source, _ in wanted], "numbers": [each for _, each in wanted], "most": MOST_FOUND},
    ).fetchall()
    return list(dict.fromkeys(own + [order_id for (order_id,) in rows]))


def those_seen(tx: Connection, ids: Sequence[int], wanted: OrderFilter) -> list[int]:
    """Of the orders `ids` those that the transaction sees and the filter wants, the highest number first."""
    rows = tx.execute(
        f"""
        SELECT o.id FROM orders o WHERE o.id = ANY(%(ids)s::bigint[])
        AND (%(state)s::text IS NULL OR o.state = %(state)s) AND (%(type)s::text IS NULL OR o.order_type = %(type)s)
        AND (%(store)s::text IS NULL OR o.sender = %(store)s) AND (NOT %(held)s OR o.held_since IS NOT NULL)
        AND (%(before)s::bigint IS NULL OR o.id < %(before)s) AND {OF_KOMMUN} ORDER BY o.id DESC
        """,
        {
            "ids": list(ids), "state": wanted.state, "type": wanted.order_type, "store": wanted.store,
            "held": wanted.held, "before": wanted.before, "kommun": wanted.kommun,
        },
    ).fetchall()  # fmt: skip
    return [order_id for (order_id,) in rows]


def senders(tx: Connection, kommun: str | None) -> list[tuple[str, str]]:
    """(code, name) of the stores that send a kommun's orders, its own and the region's; all where none is given."""
    return tx.execute(
        "SELECT code, name FROM store WHERE %(kommun)s::text IS NULL OR kommun = %(kommun)s OR kind = 'hms' "
        "ORDER BY code",
        {"kommun": kommun},
    ).fetchall()
