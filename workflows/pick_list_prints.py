"""Whose pick list has been printed, by whom and when? A print is one file; it can be fetched again.

Next: migrations/sql/0005_picking.sql, the table; picking.py, what waits to be picked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from config.database import Connection

MOST_IN_A_PRINT = 100
"""Orders in one file."""


class Printed(NamedTuple):
    """The latest print of an order's list."""

    print: int
    at: datetime
    by: str


def mark_printed(tx: Connection, order_ids: Sequence[int], by: str) -> int:
    """The orders' lists are printed together; the number of the print."""
    row = tx.execute("SELECT nextval('pick_list_print_number')").fetchone()
    assert row is not None
    tx.execute(
        "INSERT INTO pick_list_print (order_id, print, printed_by) "
        "SELECT id, %s, %s FROM unnest(%s::bigint[]) AS o (id)",
        (row[0], by, list(order_ids)),
    )
    return int(row[0])


def orders_of_print(tx: Connection, number: int) -> list[int]:
    """The orders whose lists were in that print, of those that the transaction sees."""
    rows = tx.execute("SELECT order_id FROM pick_list_print WHERE print = %s ORDER BY order_id", (number,))
    return [order_id for (order_id,) in rows]


def latest_prints(tx: Connection, order_ids: Sequence[int]) -> dict[int, Printed]:
    """The latest print of each of the orders that has been printed."""
    rows = tx.execute(
        "SELECT DISTINCT ON (order_id) order_id, print, printed_at, printed_by FROM pick_list_print "
        "WHERE order_id = ANY(%s::bigint[]) ORDER BY order_id, print DESC",
        (list(order_ids),),
    )
    return {order_id: Printed(*printed) for order_id, *printed in rows}
