"""Which accessories are out with a device, and which main device does an accessory have? Read from the order lines.

Nothing here tells who a patient is. Next: tying.py; returns/, by which accessories come back with their device.
"""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.devices import Device
from workflows.ledger import OUTSTANDING

OUT = f"({OUTSTANDING} - l.short_delivered - l.returned)"
"""SQL: the units of a delivered line that have not come back."""

_RECEIVER = "receiver_of(o.receiver_code, o.patient_id)"


def main_devices_with_receivers(tx: Connection, order_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """For orders with accessories: the main devices that their receivers have, or that are on their way to them."""
    if not order_ids:
        return {}
    rows = tx.execute(
        f"""
        SELECT o.id, l.accessory_to FROM orders o JOIN order_line l ON l.order_id = o.id
        WHERE o.id = ANY(%s::bigint[]) AND o.receiver_kind <> 'kommunlager' AND EXISTS (
            SELECT FROM device_with w WHERE w.serial_number = l.accessory_to AND w.receiver = {_RECEIVER})
        """,
        (list(order_ids),),
    ).fetchall()
    return {order_id: frozenset(serial for whose, serial in rows if whose == order_id) for order_id in order_ids}


def accessories_out(tx: Connection, serial_number: str) -> list[dict[str, Any]]:
    """What is out and tied to the device with that number: order, line, article, units; by order and line."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT l.order_id AS "order", l.line_no AS line, l.article, {OUT} AS units
            FROM order_line l JOIN orders o ON o.id = l.order_id
            WHERE l.accessory_to = %s AND o.state = 'delivered' AND o.receiver_kind <> 'kommunlager' AND {OUT} > 0
            ORDER BY 1, 2
            """,
            (serial_number,),
        ).fetchall()


def accessories_with(tx: Connection, devices: Sequence[Device]) -> list[tuple[int, int]]:
    """The lines (order, line) with something out that is tied to one of `devices` and with the same receiver."""
    return tx.execute(
        f"""
        SELECT l.order_id, l.line_no FROM order_line l JOIN orders o ON o.id = l.order_id
        WHERE o.state = 'delivered' AND o.receiver_kind <> 'kommunlager' AND {OUT} > 0 AND EXISTS (
            SELECT FROM device_with w
            WHERE (w.article, w.serial_number) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
              AND w.serial_number = l.accessory_to AND w.receiver = {_RECEIVER})
        ORDER BY 1, 2
        """,
        ([each.article for each in devices], [each.serial_number for each in devices]),
    ).fetchall()


def ties_of(tx: Connection, serial_number: str) -> list[dict[str, Any]]:
    """The changes of what is tied to the device with that number, first to last, in the shape of a device's life."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT CASE serial_number WHEN %(serial)s THEN 'tie' ELSE 'untie' END AS event, NULL AS place,
                NULL AS store, order_id AS "order", line_no AS line, at, actor, reason
            FROM accessory_tie WHERE serial_number = %(serial)s OR was = %(serial)s ORDER BY id
            """,
            {"serial": serial_number},
        ).fetchall()
