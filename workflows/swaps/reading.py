"""Which swaps has a device been in? As the old one or as the one sent, with what became of the order and the return.

Nothing here tells who a patient is.
"""

from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.devices import Device


def swaps_of_device(tx: Connection, device: Device) -> list[dict[str, Any]]:
    """The swaps of a device, first to last: role (`replaced` or `sent`), other {article, serial_numbers}, order,
    external_id, order_state, violations, return, return_state, at, actor, reason."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            WITH mine AS (
                SELECT order_id, 'replaced' AS role FROM swap
                WHERE article = %(article)s AND serial_number = %(serial)s
                UNION ALL
                SELECT s.order_id, 'sent' FROM swap s JOIN order_line l ON l.order_id = s.order_id
                WHERE l.article = %(article)s AND %(serial)s = ANY (l.serial_numbers))
            SELECT m.role, CASE m.role
                    WHEN 'sent' THEN jsonb_build_object(
                        'article', s.article, 'serial_numbers', jsonb_build_array(s.serial_number))
                    ELSE (SELECT jsonb_build_object(
                              'article', l.article, 'serial_numbers', coalesce(to_jsonb(l.serial_numbers), '[]'))
                          FROM order_line l WHERE l.order_id = s.order_id AND l.line_no = 1) END AS other,
                s.order_id AS "order", o.external_id, o.state AS order_state,
                coalesce(o.violations, '[]') AS violations, 'R-' || s.return_id AS return, r.state AS return_state,
                s.at, s.actor, s.reason
            FROM mine m JOIN swap s USING (order_id) JOIN orders o ON o.id = s.order_id
            JOIN return_order r ON r.id = s.return_id ORDER BY s.at, s.order_id
            """,
            {"article": device.article, "serial": device.serial_number},
        ).fetchall()


def swap_in_life(swap: dict[str, Any]) -> dict[str, Any]:
    """The swap in the shape of a device's life."""
    return {
        "event": "swap", "place": None, "store": None, "order": swap["order"], "line": None, "at": swap["at"],
        "actor": swap["actor"], "reason": swap["reason"],
    }  # fmt: skip
