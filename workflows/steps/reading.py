"""What do the steps need to know of a cohort's orders? The order as the rules see it, and its place and policies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.database import Connection
from workflows.allocation import Demand, Place
from workflows.ledger import OUTSTANDING
from workflows.master_queries import master_data_for
from workflows.rules import Order, OrderLine
from workflows.rules.equivalent import equivalents


@dataclass(frozen=True, slots=True)
class CohortOrder:
    """One order of a cohort."""

    order: Order
    place: Place
    partial: bool


def read_orders(tx: Connection, ids: Sequence[int]) -> dict[int, CohortOrder]:
    """The orders `ids` with their lines, by id."""
    lines: dict[int, list[OrderLine]] = {}
    for order_id, line_no, article, quantity, serial_numbers, *beside in tx.execute(
        "SELECT order_id, line_no, article, quantity, serial_numbers, ordered_article, accessory_to FROM order_line "
        "WHERE order_id = ANY(%s::bigint[]) ORDER BY order_id, line_no",
        (list(ids),),
    ):
        line = OrderLine(line_no, article, quantity, tuple(serial_numbers or ()), *beside)
        lines.setdefault(order_id, []).append(line)
    rows = tx.execute(
        "SELECT id, priority, received_at, partial, order_type, customer_order_type, ordered_on, sender, "
        "receiver_kind, receiver_code, orderer_person, orderer_unit, prescriber, "
        "medical_decision_date IS NOT NULL AND medical_decision_reference IS NOT NULL, instruction_reference, "
        "instruction_approved_by, accept_equivalent FROM orders WHERE id = ANY(%s::bigint[])",
        (list(ids),),
    )
    orders = {}
    for order_id, priority, received_at, partial, *facts, accept_equivalent in rows:
        facts += [tuple(lines.get(order_id, ())), accept_equivalent]
        orders[order_id] = CohortOrder(Order(*facts), Place(priority, received_at, order_id), partial)
    return orders


def read_equivalents(tx: Connection, ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """What may be sent instead, for those of the orders `ids` that accept an equivalent: order → line_no → article."""
    accepting = tx.execute(
        "SELECT id FROM orders WHERE id = ANY(%s::bigint[]) AND accept_equivalent ORDER BY id", (list(ids),)
    ).fetchall()
    return _equivalents(tx, [order_id for (order_id,) in accepting])


def _equivalents(tx: Connection, accepting: Sequence[int]) -> dict[int, dict[int, str]]:
    if not accepting:
        return {}
    orders = read_orders(tx, accepting)
    master = master_data_for(tx, [each.order for each in orders.values()])
    return {order_id: equivalents(each.order, master) for order_id, each in orders.items()}


def read_demands(tx: Connection, ids: Sequence[int]) -> list[Demand]:
    """What the orders `ids` ask of their senders, with their stores' and their own policies.

    A store that books differences does so for own-store orders alone: a lagerflytt from it waits.
    """
    demands: dict[int, Demand] = {}
    lines: dict[int, list[tuple[int, str, int]]] = {}
    naming: set[int] = set()
    for order_id, line_no, article, quantity, names_devices in tx.execute(
        f"SELECT l.order_id, l.line_no, l.article, {OUTSTANDING}, l.serial_numbers IS NOT NULL FROM order_line l "
        f"WHERE l.order_id = ANY(%s::bigint[]) AND {OUTSTANDING} > 0 ORDER BY l.order_id, l.line_no",
        (list(ids),),
    ):
        lines.setdefault(order_id, []).append((line_no, article, quantity))
        if names_devices:
            naming.add(order_id)
    accepting = []
    for order_id, priority, received_at, sender, partial, books_difference, accepts in tx.execute(
        "SELECT o.id, o.priority, o.received_at, o.sender, o.partial, "
        "s.shortage = 'difference' AND o.order_type <> 'lagerflyttsorder', o.accept_equivalent "
        "FROM orders o JOIN store s ON s.code = o.sender WHERE o.id = ANY(%s::bigint[])",
        (list(ids),),
    ):
        place = Place(priority, received_at, order_id)
        demands[order_id] = Demand(
            place, sender, tuple(lines[order_id]), partial, books_difference, names_devices=order_id in naming
        )
        if accepts:
            accepting.append(order_id)
    for order_id, others in _equivalents(tx, accepting).items():
        demands[order_id] = replace(demands[order_id], equivalents=others)
    return [demands[order_id] for order_id in ids]
