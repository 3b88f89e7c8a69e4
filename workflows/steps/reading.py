"""What do the steps need to know of a cohort's orders? The order as the rules see it, and its demand on its sender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from config.database import Connection
from workflows.allocation import Demand, Place
from workflows.ledger import OUTSTANDING
from workflows.master_data import Confirmation, MasterData, ShortagePolicy
from workflows.master_queries import master_data_for
from workflows.order_types import OrderType, ReceiverKind
from workflows.rules import Order, OrderLine, Verdict
from workflows.rules.equivalent import equivalents


@dataclass(frozen=True, slots=True)
class CohortOrder:
    """One order of a cohort."""

    order: Order
    place: Place
    partial: bool
    wanted: date | None


def read_orders(tx: Connection, ids: Sequence[int]) -> dict[int, CohortOrder]:
    """The orders `ids` with their lines, by id."""
    lines: dict[int, list[OrderLine]] = {}
    for order_id, line_no, article, quantity, serial_numbers, ordered_article, accessory_to in tx.execute(
        "SELECT order_id, line_no, article, quantity, serial_numbers, ordered_article, accessory_to FROM order_line "
        "WHERE order_id = ANY(%s::bigint[]) ORDER BY order_id, line_no",
        (list(ids),),
    ).fetchall():
        serials = tuple(serial_numbers) if serial_numbers else ()
        line = OrderLine(line_no, article, quantity, serials, ordered_article, accessory_to)
        lines.setdefault(order_id, []).append(line)
    rows = tx.execute(
        "SELECT id, priority, received_at, partial, wanted_date, order_type, customer_order_type, "
        "ordered_on, sender, receiver_kind, receiver_code, orderer_person, orderer_unit, prescriber, "
        "medical_decision_date IS NOT NULL AND medical_decision_reference IS NOT NULL, instruction_reference, "
        "instruction_approved_by, accept_equivalent FROM orders WHERE id = ANY(%s::bigint[])",
        (list(ids),),
    ).fetchall()
    orders = {}
    for order_id, priority, received_at, partial, wanted, *facts, accept_equivalent in rows:
        facts += [tuple(lines.get(order_id, ())), accept_equivalent]
        orders[order_id] = CohortOrder(Order(*facts), Place(priority, received_at, order_id), partial, wanted)
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


def demands_of_drafts(
    tx: Connection, orders: Mapping[int, CohortOrder], verdicts: Mapping[int, Verdict], master: MasterData
) -> list[Demand]:
    """What drafts that obey the rules ask of their senders: of what is read already, since nothing is outstanding of a
    draft but its lines. The same as `read_demands` would say of them."""
    demands = {order_id: _demand_of_draft(each, verdicts[order_id], master) for order_id, each in orders.items()}
    accepting = [order_id for order_id, each in orders.items() if each.order.accept_equivalent]
    for order_id, others in _equivalents(tx, accepting).items():
        demands[order_id] = replace(demands[order_id], equivalents=others)
    return list(demands.values())


def _demand_of_draft(each: CohortOrder, verdict: Verdict, master: MasterData) -> Demand:
    order, replaced = each.order, verdict.replaced
    sender = master.stores[order.sender]
    toured = order.receiver_code if order.receiver_kind == ReceiverKind.VARDENHET else order.orderer_unit
    unit = None if order.receiver_kind == ReceiverKind.KOMMUNLAGER else master.units.get(toured or "")
    return Demand(
        each.place,
        order.sender,
        tuple([(line.line_no, replaced.get(line.line_no, line.article), line.quantity) for line in order.lines]),
        may_split=each.partial,
        books_difference=_books_difference(sender.shortage, order.order_type),
        names_devices=any(line.serial_numbers for line in order.lines),
        picked_by_itself=sender.picking == Confirmation.AUTOMATIC,
        wanted=each.wanted,
        tour=unit.tour_days if unit else frozenset(),
    )


def _books_difference(shortage: str, order_type: str) -> bool:
    """A store that books differences does so for own-store orders alone: a lagerflytt from it waits."""
    return shortage == ShortagePolicy.DIFFERENCE and order_type != OrderType.LAGERFLYTTSORDER


def read_demands(tx: Connection, ids: Sequence[int]) -> list[Demand]:
    """What is outstanding of the orders `ids`, with their stores' and their own policies."""
    lines: dict[int, list[tuple[int, str, int]]] = {}
    naming: set[int] = set()
    for order_id, line_no, article, quantity, names_devices in tx.execute(
        f"SELECT l.order_id, l.line_no, l.article, {OUTSTANDING}, l.serial_numbers IS NOT NULL FROM order_line l "
        f"WHERE l.order_id = ANY(%s::bigint[]) AND {OUTSTANDING} > 0 ORDER BY l.order_id, l.line_no",
        (list(ids),),
    ).fetchall():
        lines.setdefault(order_id, []).append((line_no, article, quantity))
        if names_devices:
            naming.add(order_id)
    others = read_equivalents(tx, ids)
    demands: dict[int, Demand] = {}
    for order_id, priority, received_at, sender, partial, shortage, order_type, picking, wanted, tour in tx.execute(
        "SELECT o.id, o.priority, o.received_at, o.sender, o.partial, s.shortage, o.order_type, s.picking, "
        "o.wanted_date, nullif(u.tour_days, '{}')::text FROM orders o JOIN store s ON s.code = o.sender "
        "LEFT JOIN vardenhet u ON u.code = CASE o.receiver_kind WHEN 'vardenhet' THEN o.receiver_code "
        "WHEN 'patient' THEN o.orderer_unit END WHERE o.id = ANY(%s::bigint[])",
        (list(ids),),
    ).fetchall():
        demands[order_id] = Demand(
            Place(priority, received_at, order_id),
            sender,
            tuple(lines[order_id]),
            may_split=partial,
            books_difference=_books_difference(shortage, order_type),
            equivalents=others.get(order_id, {}),
            names_devices=order_id in naming,
            picked_by_itself=picking == Confirmation.AUTOMATIC,
            wanted=wanted,
            tour=_weekdays(tour),
        )
    return [demands[order_id] for order_id in ids]


@lru_cache(maxsize=256)
def _weekdays(tour: str | None) -> frozenset[int]:
    """ "{1,4}" as numbers: arrays are dear to read for each order."""
    return frozenset(int(day) for day in (tour or "").strip("{}").split(",") if day)
