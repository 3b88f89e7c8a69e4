"""What do people see of returns? The returns with their lines, devices and history, and what an order got back.

Nothing here tells who a patient is.
"""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.accessories.reading import accessories_with
from workflows.devices import Device
from workflows.returns.machine import allowed_return_events
from workflows.returns.piles import out_of_lines

_LINES = """
    SELECT jsonb_agg(jsonb_build_object(
        'line_no', x.line_no, 'article', x.article, 'order', x.order_id, 'order_line', x.order_line,
        'holding', h.reference, 'requested', x.requested, 'received', x.received, 'restocked', x.restocked,
        'repaired', x.repaired, 'written_off', x.written_off, 'mended', x.mended, 'scrapped', x.scrapped,
        'in_inspection', x.received - x.restocked - x.repaired - x.written_off,
        'in_repair', x.repaired - x.mended - x.scrapped, 'cause', x.cause,
        'devices', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'serial_number', d.serial_number, 'place', coalesce(d.place, 'receiver'))
                        ORDER BY d.serial_number), '[]')
                    FROM return_device d WHERE d.return_id = x.return_id AND d.line_no = x.line_no)
    ) ORDER BY x.line_no) FROM return_line x LEFT JOIN holding h ON h.id = x.holding WHERE x.return_id = r.id
"""


def find_return(text: str) -> int | None:
    """The id in `R-12` or `12`; None for anything else."""
    digits = text.strip().upper().removeprefix("R-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def list_returns(
    tx: Connection, *, state: str | None = None, store: str | None = None, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Returns, newest first; `state` `open` is every one that has not ended."""
    # As the index of the open ones says it.
    is_open = "r.state IN ('requested', 'received')"
    which = is_open if state == "open" else "%(state)s::text IS NULL OR r.state = %(state)s"
    rows = tx.execute(
        f"""
        SELECT id FROM return_order r
        WHERE ({which})
          AND (%(store)s::text IS NULL OR r.store = %(store)s) AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """.encode(),
        {"state": state, "store": store, "before": before, "limit": limit},
    ).fetchall()
    return read_returns(tx, [return_id for (return_id,) in rows])


def read_returns(tx: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The returns `ids`, in that order, with their lines; those that do not exist are left out."""
    with tx.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""
            SELECT r.id, 'R-' || r.id AS number, r.reference, r.state, r.version, r.store, r.reason, r.requested_at,
                r.requested_by, r.ended_at, ({_LINES}) AS lines
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN return_order r ON r.id = wanted.id
            ORDER BY wanted.place
            """,
            (list(ids),),
        ).fetchall()
    return [row | {"allowed_events": list(allowed_return_events(row["state"]))} for row in rows]


def history_of_return(tx: Connection, return_id: int) -> list[dict[str, Any]]:
    """The return's steps, first to last: event, from, to, at, actor, reason, and which units went where."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            'SELECT event, from_state AS "from", to_state AS "to", at, actor, reason, details AS units, version '
            "FROM return_history WHERE return_id = %s ORDER BY version",
            (return_id,),
        ).fetchall()


def returns_of_order(tx: Connection, order_id: int) -> list[dict[str, Any]]:
    """The returns of an order's goods, oldest first."""
    rows = tx.execute(
        "SELECT DISTINCT return_id FROM return_line WHERE order_id = %s ORDER BY 1", (order_id,)
    ).fetchall()
    return read_returns(tx, [return_id for (return_id,) in rows])


def return_events_of_order(tx: Connection, order_id: int) -> list[dict[str, Any]]:
    """What the order's returns add to its history, in the history's shape: the order stays delivered."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT 'return_' || h.event AS event, 'delivered' AS "from", 'delivered' AS "to", h.at, h.actor, h.reason,
                'R-' || h.return_id AS return, h.details AS units
            FROM return_history h
            WHERE h.return_id IN (SELECT x.return_id FROM return_line x WHERE x.order_id = %s)
            ORDER BY h.at, h.return_id, h.version
            """,
            (order_id,),
        ).fetchall()


def accessories_left(tx: Connection, return_id: int) -> list[dict[str, Any]]:
    """What is out with the same receivers and tied to the return's devices, and in no open return: order, line,
    article, units. Asked before the devices are received."""
    rows = tx.execute(
        "SELECT x.article, d.serial_number FROM return_device d JOIN return_line x "
        "ON x.return_id = d.return_id AND x.line_no = d.line_no WHERE d.return_id = %s",
        (return_id,),
    ).fetchall()
    tied = accessories_with(tx, [Device(*row) for row in rows])
    return [
        {"order": pile.source, "line": pile.line_no, "article": pile.article, "units": pile.units}
        for pile in (out_of_lines(tx, tied) if tied else ())
        if pile.units
    ]
