"""What waits to be picked by hand? Validated orders of a store where a person confirms, in the order of the queue.

`queue_to_pick` finds them for who asks; `read_to_pick` reads what a pick list tells of them, which needs the register
of devices: a process of ours reads that. Lines stand in the order of the shelves, by article number. Next:
pick_list_prints.py, whose lists are printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from config.database import Connection
from workflows.device_choice import choose
from workflows.devices import Device, find_devices, free_devices
from workflows.ledger import OUTSTANDING
from workflows.steps.settling import needs_of, units_needed

FURTHEST = 2_000
"""Orders of the queue that a search for lists not yet printed looks at."""


class LineToPick(NamedTuple):
    """What to take from the shelf for one order line, in units."""

    article: str
    name: str
    quantity: int
    serial_numbers: tuple[str, ...]
    """Which devices a confirmation takes if it names none."""
    by_serial: bool = False
    """Whether its units are known one by one."""


@dataclass(frozen=True, slots=True)
class OrderToPick:
    """One order, with its lines in the order of the shelves."""

    order_id: int
    external_id: str
    store: str
    store_name: str
    created_at: datetime
    order_type: str
    priority: str
    receiver_kind: str
    lines: tuple[LineToPick, ...]


def orders_to_pick(tx: Connection, store: str, limit: int) -> list[OrderToPick]:
    """Up to `limit` orders of `store` that wait for a person's pick, first in the queue first."""
    return read_to_pick(tx, queue_to_pick(tx, store, limit))


def queue_to_pick(
    tx: Connection, store: str, limit: int, *, after: int | None = None, unprinted: bool = False
) -> list[int]:
    """Ids of up to `limit` such orders, from the one behind `after` on; without those whose list has been printed, of
    which it looks at FURTHEST orders. Held ones are left out: nobody picks them until they are released."""
    place = "o.priority, o.received_at, o.id"
    behind = f"AND ({place}) > (SELECT {place} FROM orders o WHERE o.id = %(after)s)"
    rows = tx.execute(
        f"""
        SELECT q.id FROM (
            SELECT o.id, o.priority, o.received_at FROM orders o
            WHERE o.state = 'validated' AND o.due_at IS NULL AND o.held_since IS NULL AND o.sender = %(store)s
            {behind if after is not None else ""}
            ORDER BY {place} LIMIT %(furthest)s) q
        {"WHERE NOT EXISTS (SELECT FROM pick_list_print p WHERE p.order_id = q.id)" if unprinted else ""}
        ORDER BY q.priority, q.received_at, q.id LIMIT %(limit)s
        """.encode(),
        {"store": store, "after": after, "limit": limit, "furthest": FURTHEST if unprinted else limit},
    )
    return [order_id for (order_id,) in rows]


def still_to_pick(tx: Connection, ids: Sequence[int]) -> list[int]:
    """Those of the orders that wait for their pick, in the order of the queue."""
    rows = tx.execute(
        "SELECT id FROM orders WHERE id = ANY(%s::bigint[]) AND state = 'validated' AND held_since IS NULL "
        "ORDER BY priority, received_at, id",
        (list(ids),),
    )
    return [order_id for (order_id,) in rows]


def read_to_pick(tx: Connection, ids: Sequence[int]) -> list[OrderToPick]:
    """What is to be picked for the orders `ids`, in their order."""
    orders = tx.execute(
        "SELECT o.id, o.external_id, o.sender, s.name, o.received_at, o.order_type, "
        "CASE o.priority WHEN 0 THEN 'akut' ELSE 'normal' END, o.receiver_kind "
        "FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN orders o ON o.id = wanted.id "
        "JOIN store s ON s.code = o.sender ORDER BY wanted.place",
        (list(ids),),
    ).fetchall()
    lines: dict[int, list[LineToPick]] = {}
    taken = _devices_to_take(tx, ids)
    for order_id, line_no, article, name, quantity, serials, is_marked in tx.execute(
        f"SELECT l.order_id, l.line_no, l.article, a.name, {OUTSTANDING}, l.serial_numbers, a.individual "
        "FROM order_line l JOIN article a ON a.number = l.article "
        f"WHERE l.order_id = ANY(%s::bigint[]) AND {OUTSTANDING} > 0 ORDER BY l.order_id, l.article, l.line_no",
        (list(ids),),
    ):
        devices = taken.get((order_id, line_no), tuple(serials or ()))
        lines.setdefault(order_id, []).append(
            LineToPick(article, name, quantity, devices, is_marked or serials is not None)
        )
    found: list[list[Any]] = [[*row, tuple(lines.get(row[0], ()))] for row in orders]
    return [OrderToPick(*order) for order in found]


def _devices_to_take(tx: Connection, ids: Sequence[int]) -> dict[tuple[int, int], tuple[str, ...]]:
    """The serial numbers by order and line that a confirmation will take if it names no others."""
    needs = needs_of(tx, ids)
    known = find_devices(tx, [Device(each.article, serial) for each in needs for serial in each.named])
    return choose(needs, known, free_devices(tx, units_needed(needs))).chosen
