"""What waits to be picked by hand? Validated orders of a store where a person confirms, in the order of the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.database import Connection
from workflows.device_choice import choose
from workflows.devices import Device, find_devices, free_devices
from workflows.ledger import OUTSTANDING
from workflows.steps.settling import needs_of, units_needed


@dataclass(frozen=True, slots=True)
class OrderToPick:
    """One order; lines are (article, name, quantity, serial_numbers)."""

    order_id: int
    external_id: str
    store: str
    store_name: str
    created_at: datetime
    order_type: str
    priority: str
    receiver_kind: str
    lines: tuple[tuple[str, str, int, tuple[str, ...]], ...]


def orders_to_pick(tx: Connection, store: str, limit: int) -> list[OrderToPick]:
    """Up to `limit` orders of `store` that wait for a person's pick, first in the queue first."""
    orders = tx.execute(
        "SELECT o.id, o.external_id, o.sender, s.name, o.received_at, o.order_type, "
        "CASE o.priority WHEN 0 THEN 'akut' ELSE 'normal' END, o.receiver_kind "
        "FROM orders o JOIN store s ON s.code = o.sender "
        "WHERE o.state = 'validated' AND o.due_at IS NULL AND o.sender = %s "
        "ORDER BY o.priority, o.received_at, o.id LIMIT %s",
        (store, limit),
    ).fetchall()
    lines: dict[int, list[tuple[str, str, int, tuple[str, ...]]]] = {}
    taken = _devices_to_take(tx, [row[0] for row in orders])
    for order_id, line_no, article, name, quantity, serials in tx.execute(
        f"SELECT l.order_id, l.line_no, l.article, a.name, {OUTSTANDING}, l.serial_numbers FROM order_line l "
        f"JOIN article a ON a.number = l.article WHERE l.order_id = ANY(%s::bigint[]) AND {OUTSTANDING} > 0 "
        "ORDER BY l.order_id, l.line_no",
        ([row[0] for row in orders],),
    ):
        devices = taken.get((order_id, line_no), tuple(serials or ()))
        lines.setdefault(order_id, []).append((article, name, quantity, devices))
    found = []
    for row in orders:
        values = [*row, tuple(lines.get(row[0], ()))]
        found.append(OrderToPick(*values))
    return found


def _devices_to_take(tx: Connection, ids: Sequence[int]) -> dict[tuple[int, int], tuple[str, ...]]:
    """The serial numbers by order and line that a confirmation will take if it names no others."""
    needs = needs_of(tx, ids)
    known = find_devices(tx, [Device(each.article, serial) for each in needs for serial in each.named])
    return choose(needs, known, free_devices(tx, units_needed(needs))).chosen
