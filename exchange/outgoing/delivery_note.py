"""What stands on a delivery note (följesedel)?

It goes with the goods of one utleverans. A receiver with protected identity never reaches the template:
nothing that identifies is printed, and what the orderer wrote stays out with it.
Next: templates/delivery_note.typ, which says where on the page it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from exchange.outgoing.barcodes import order_barcode, utleverans_barcode
from exchange.outgoing.printable import without_personal_numbers
from exchange.outgoing.typesetting import Content, Sheet, to_pdf
from exchange.outgoing.wording import CUSTOMER_ORDER_TYPES, ORDER_TYPES, PRIORITIES, worded


@dataclass(frozen=True, slots=True)
class DeliveryNoteLine:
    """One order line, in units: what was ordered, what this utleverans brings, what is outstanding (rest)."""

    line_no: int
    article: str
    name: str
    ordered: int
    delivered: int
    outstanding: int
    serial_numbers: tuple[str, ...]
    sent_instead_of: str | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends or receives; a receiver may be a patient, so a repr shows nothing of it."""

    name: str = field(repr=False)
    address_lines: tuple[str, ...] = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """A delivery note's content, with no place for a personnummer. `receiver` None: a protected identity."""

    utleverans_number: str
    order_number: int
    source: str
    external_id: str
    order_type: str
    customer_order_type: str | None
    created_on: date
    sender: Party
    receiver: Party | None
    orderer_unit: str
    reference: str | None = field(repr=False)
    priority: str
    lines: tuple[DeliveryNoteLine, ...]


def render_delivery_note(note: DeliveryNote) -> bytes:
    """The note as PDF (A4, PDF/A-2a); the same note gives the same bytes.

    Raises UnreadableBarcode when a number is not proven to scan, TypesettingError when no page can be set.
    """
    return to_pdf(delivery_note_sheet(note))


def render_delivery_notes(notes: Sequence[DeliveryNote]) -> bytes:
    """The notes as one PDF, each on pages of its own. Raises as render_delivery_note."""
    return to_pdf(delivery_note_sheet(*notes))


def delivery_note_sheet(*notes: DeliveryNote) -> Sheet:
    """The notes, one at least, as their template takes them. Raises UnreadableBarcode."""
    created = max(note.created_on for note in notes)
    return Sheet("delivery_note", datetime.combine(created, time(), UTC), {"notes": [_note(note) for note in notes]})


def _note(note: DeliveryNote) -> Content:
    return {
        "utleverans_number": note.utleverans_number,
        "order_number": note.order_number,
        "barcodes": {
            "utleverans": utleverans_barcode(note.utleverans_number),
            "order": order_barcode(note.order_number),
        },
        "created_on": note.created_on.isoformat(),
        "order_type": worded(ORDER_TYPES, note.order_type),
        "customer_order_type": note.customer_order_type and worded(CUSTOMER_ORDER_TYPES, note.customer_order_type),
        "priority": worded(PRIORITIES, note.priority),
        "urgent": note.priority == "akut",
        "sender": _party(note.sender),
        "receiver": _party(note.receiver) if note.receiver else None,
        "ordered_by": _ordered_by(note) if note.receiver else None,
        "lines": [_line(line) for line in note.lines],
        "totals": {
            "ordered": sum(line.ordered for line in note.lines),
            "delivered": sum(line.delivered for line in note.lines),
            "outstanding": sum(line.outstanding for line in note.lines),
        },
    }


def _party(party: Party) -> Content:
    return {
        "name": without_personal_numbers(party.name),
        "address_lines": [without_personal_numbers(line) for line in party.address_lines],
        "phone": party.phone,
    }


def _ordered_by(note: DeliveryNote) -> Content:
    """What the orderer wrote: left out for a protected identity: it may name the person or the place."""
    return {
        "unit": note.orderer_unit,
        "external_id": without_personal_numbers(note.external_id),
        "source": note.source,
        "reference": note.reference and without_personal_numbers(note.reference),
    }


def _line(line: DeliveryNoteLine) -> Content:
    return {
        "line_no": line.line_no,
        "article": line.article,
        "name": line.name,
        "ordered": line.ordered,
        "delivered": line.delivered,
        "outstanding": line.outstanding,
        "serial_numbers": list(line.serial_numbers),
        "sent_instead_of": line.sent_instead_of,
    }
