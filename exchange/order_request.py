"""What is an incoming order, and when are two the same? The well-formed request, whatever format it came in.

Who may order what is asked later, by the rules. Next: order_shape.py, which reads a request out of a body.
"""

from dataclasses import dataclass, field, fields
from datetime import date
from json import JSONEncoder
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One article and how many of it; `serial_numbers` where single devices are asked for."""

    article: str
    quantity: int
    serial_numbers: tuple[str, ...] = ()
    accessory_to: str | None = None
    """The serial number of the main device that an accessory belongs to."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A well-formed order as somebody asked for it. Who the patient is stays out of its repr (P7)."""

    external_id: str
    order_type: str
    customer_order_type: str | None
    ordered_on: date | None
    """None means the day it was received."""
    sender: str
    receiver_kind: str
    receiver_id: str = field(repr=False)
    """A store's or vårdenhet's code, or a patient's number in its canonical form."""
    receiver_identity_kind: str | None
    """For a patient: `personnummer`, `samordningsnummer` or `reservnummer`."""
    recipient: dict[str, Any] | None = field(repr=False)
    """`name`, `address` {`street`, `postal_code`, `city`} and `phone`, those that were given."""
    protected: bool
    """True: nothing that identifies is printed."""
    orderer_person: str
    orderer_unit: str
    prescriber: str | None
    medical_decision_date: date | None
    medical_decision_reference: str | None
    instruction_reference: str | None
    instruction_approved_by: str | None
    lines: tuple[RequestLine, ...]
    priority: str
    partial: bool
    accept_equivalent: bool
    """True: the article's successor may be sent in its place."""
    wanted_date: date | None
    reference: str | None
    note: str | None = field(repr=False)
    source: str | None


_FIELDS_OF_BODY = tuple(sorted({one.name for one in fields(OrderRequest)} - {"source", "lines"}))
_CANONICAL = JSONEncoder(sort_keys=True, separators=(",", ":"), default=date.isoformat)


def canonical_body(request: OrderRequest) -> bytes:
    """The same bytes for the same order, whatever the key order, format or writing of the patient's number.

    Left out are `source`, part of the key an order is known by, and what has no value, so that a field more
    in a later version does not change old bodies. Holds the patient's number: to be hashed with a key.
    """
    given = {name: getattr(request, name) for name in _FIELDS_OF_BODY}
    given["lines"] = [_line(line) for line in request.lines]
    return _CANONICAL.encode({name: value for name, value in given.items() if value}).encode()


def _line(line: RequestLine) -> list[object]:
    tied: list[object] = [{"accessory_to": line.accessory_to}] if line.accessory_to else []
    return [line.article, line.quantity, *line.serial_numbers, *tied]
