"""What stands on a pick list (plocklista)?

Stores where a person confirms the pick print one: each order on pages of its own, sorted as given. Of the
receiver only the kind is known here, so nothing on it identifies a patient.
Next: templates/pick_list.typ, which says where on the page it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from exchange.outgoing.barcodes import order_barcode
from exchange.outgoing.printable import without_personal_numbers
from exchange.outgoing.typesetting import Content, Sheet, to_pdf
from exchange.outgoing.wording import ORDER_TYPES, PRIORITIES, RECEIVER_KINDS, worded
from workflows.picking import OrderToPick

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class PickListLine:
    """One article to take from the shelf: how many units, and which ones where they are traced one by one."""

    article: str
    name: str
    quantity: int
    serial_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PickList:
    """What to pick for one order from one store. `created_at` carries its time zone."""

    order_number: int
    external_id: str
    store: str
    store_name: str
    created_at: datetime
    order_type: str
    priority: str
    receiver_kind: str
    lines: tuple[PickListLine, ...]


def pick_list_of(order: OrderToPick) -> PickList:
    """The pick list of an order that waits for its pick."""
    return PickList(
        order.order_id, order.external_id, order.store, order.store_name, order.created_at, order.order_type,
        order.priority, order.receiver_kind,
        tuple(PickListLine(line.article, line.name, line.quantity, line.serial_numbers) for line in order.lines),
    )  # fmt: skip


def render_pick_list(lists: Sequence[PickList]) -> bytes:
    """The pick lists as one PDF (A4, PDF/A-2a), each on pages of its own; the same lists give the same bytes.

    Raises ValueError for no list or a moment without time zone, UnreadableBarcode, TypesettingError.
    """
    return to_pdf(pick_list_sheet(lists))


def pick_list_sheet(lists: Sequence[PickList]) -> Sheet:
    """The pick lists as their template takes them. Raises ValueError, UnreadableBarcode."""
    if not lists:
        raise ValueError("there is no pick list to print")
    if any(pick_list.created_at.tzinfo is None for pick_list in lists):
        raise ValueError("created_at must carry its time zone")
    printed: dict[str, Content] = {"lists": [_pick_list(pick_list) for pick_list in lists]}
    return Sheet("pick_list", max(pick_list.created_at for pick_list in lists), printed)


def _pick_list(pick_list: PickList) -> Content:
    return {
        "order_number": pick_list.order_number,
        "barcode": order_barcode(pick_list.order_number),
        "external_id": without_personal_numbers(pick_list.external_id),
        "store": pick_list.store,
        "store_name": pick_list.store_name,
        "created_at": f"{pick_list.created_at.astimezone(_STOCKHOLM):%Y-%m-%d kl. %H:%M}",
        "order_type": worded(ORDER_TYPES, pick_list.order_type),
        "priority": worded(PRIORITIES, pick_list.priority),
        "urgent": pick_list.priority == "akut",
        "receiver_kind": worded(RECEIVER_KINDS, pick_list.receiver_kind),
        "lines": [
            {
                "article": line.article,
                "name": line.name,
                "quantity": line.quantity,
                "serial_numbers": list(line.serial_numbers),
            }
            for line in pick_list.lines
        ],
    }
