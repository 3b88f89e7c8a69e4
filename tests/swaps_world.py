"""Swaps and accessories in small worlds: a main device with its accessory at a receiver, and another to send.

Next: devices_world.py, whose world it is.
"""

from dataclasses import replace
from typing import Any

from builders import TODAY, a_prescription, an_order, run_all, store
from devices_world import a_marked_world, naming

from config.database import Database
from workflows.intake import NewLine, NewOrder
from workflows.swaps.swapping import Swapped, SwapRequest, swap_device


def a_swap_world(database: Database, *, patient: bool = True, **policies: str) -> int:
    """S1 and two A1 tied to it are with a patient (or vårdenhet 03-05), S2 and S3 free in lager 10; the order's id."""
    a_marked_world(database, {"10": "S1 S2 S3"}, **policies)
    (order_id,) = store(database, with_accessory(naming("S1", order=a_prescription() if patient else an_order()), "S1"))
    run_all(database)
    return order_id


def with_accessory(order: NewOrder, serial: str, article: str = "A1", quantity: int = 2) -> NewOrder:
    """The order with a line more: accessories of the device with that number."""
    return replace(order, lines=(*order.lines, NewLine(article, quantity, (), serial)))


def swapped(database: Database, old: str = "S1", new: str = "S2", **changes: Any) -> Swapped:
    """One device swapped for another, not yet worked on."""
    with database.transaction() as tx:
        return swap_device(tx, SwapRequest(old, new, "trasig", **changes), today=TODAY, actor="anna")


def tied(database: Database, order_id: int) -> list[str | None]:
    """What each line of the order is an accessory of."""
    with database.transaction() as tx:
        rows = tx.execute("SELECT accessory_to FROM order_line WHERE order_id = %s ORDER BY line_no", (order_id,))
        return [serial for (serial,) in rows]
