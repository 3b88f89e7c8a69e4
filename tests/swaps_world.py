"""Swaps and accessories in small worlds: a main device with its accessory at a receiver, and another to send.

Next: devices_world.py, whose world it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from builders import TODAY, a_prescription, an_order, own_store_order, run_all, store
from devices_world import a_marked_world, arrive, naming

from config.database import Database
from workflows.cohort import run_named
from workflows.intake import NewLine, NewOrder
from workflows.steps.main_line import STEPS
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


def a_swap(database: Database) -> dict[str, int]:
    """A delivered device that was swapped, with the accessory that followed to the other one."""
    with database.transaction() as tx:
        tx.execute("UPDATE article SET individual = true WHERE number = 'A8'")
    arrive(database, "50301", "W1 W2", article="A8")
    order = with_accessory(naming("W1", order=own_store_order(("A8", 1)), article="A8"), "W1", quantity=1)
    (order_id,) = store(database, order)
    for step in STEPS.values():
        run_named(database, step, order_id, actor="test")
    with database.transaction() as tx:
        made = swap_device(tx, SwapRequest("W1", "W2", "prov"), today=TODAY, actor="anna")
    for step in STEPS.values():
        run_named(database, step, made.order_id, actor="test")
    return {"tied": order_id, "swap": made.order_id, "swap return": made.return_id}


SWAP_BREAKS: dict[str, tuple[Sequence[str], set[str]]] = {
    "swap-has-both-halves": (["UPDATE return_device SET serial_number = 'X' WHERE return_id = {swap return}"], set()),
    "delivery-is-swapped-once": (
        [
            "UPDATE orders SET swap_of = {tied}, receiver_code = '03-05' WHERE id = {own}",
            "UPDATE orders SET source = 'orderflode' WHERE id = {own}",
            "INSERT INTO return_order (store, reason, asked, requested_by) VALUES ('10', 'x', '1', 'x')",
            "INSERT INTO return_line (return_id, line_no, article, order_id, order_line, requested) "
            "SELECT max(id), 1, 'A8', {tied}, 1, 1 FROM return_order",
            "INSERT INTO return_device (return_id, line_no, serial_number) SELECT max(id), 1, 'W1' FROM return_order",
            "INSERT INTO swap (order_id, return_id, article, serial_number, reason, actor) "
            "SELECT {own}, max(id), 'A8', 'W1', 'x', 'x' FROM return_order",
        ],
        {"only-deliveries-are-returned", "return-state-is-last-of-its-history"},
    ),
    "ties-are-logged": (["UPDATE accessory_tie SET serial_number = 'W3' WHERE order_id = {tied}"], set()),
}
"""What breaks the invariants of swaps and ties in the world of `a_swap`, and which others then see it too."""
