"""Is an incoming order well formed? Fields, formats, quantities, ids: every violation at once.

The tables say what a body may hold; `read_order` runs them. Nothing of the domain's rules belongs here.
Next: shape_check.py (the single checks), incoming/ (the same orders in files).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from exchange.order_request import OrderRequest, RequestLine
from exchange.shape_check import (
    AN_OBJECT,
    Expected,
    Field,
    Findings,
    an_object,
    code,
    codes,
    iso_date,
    one_of,
    quantity,
    read_fields,
    reference,
    source,
    text,
    true_or_false,
)
from workflows.identity import identity_of
from workflows.violations import Violation

MOST_LINES = 1_000
"""Lines of one order: the longest real one seen has 592."""

ILLEGIBLE = "–"
"""In the place of a code that could not be read: a code that nothing has."""


def _as_given(value: object) -> object:
    """No check here: what the value may be depends on another field, or it holds objects of its own."""
    return value


ORDER = {
    "external_id": Field(code(64), required=True),
    "source": Field(source),
    "order_type": Field(one_of("lagerflyttsorder", "bestallning", "forskrivning"), required=True),
    "customer_order_type": Field(code(40)),
    "ordered_on": Field(iso_date),
    "sender": Field(code(64), required=True),
    "receiver": Field(an_object, required=True),
    "orderer": Field(an_object, required=True),
    "prescriber": Field(code(64)),
    "medical_decision": Field(an_object),
    "instruction": Field(an_object),
    "lines": Field(_as_given),
    "priority": Field(one_of("normal", "akut")),
    "partial": Field(true_or_false),
    "accept_equivalent": Field(true_or_false),
    "wanted_date": Field(iso_date),
    "reference": Field(reference(64)),
    "note": Field(text(500)),
}
RECEIVER = {
    "kind": Field(one_of("kommunlager", "vardenhet", "patient"), required=True),
    "id": Field(_as_given, required=True),
    "name": Field(text(120)),
    "address": Field(an_object),
    "phone": Field(text(32)),
    "protected": Field(true_or_false),
}
ADDRESS = {"street": Field(text(120)), "postal_code": Field(text(16)), "city": Field(text(80))}
ORDERER = {"person": Field(code(64), required=True), "unit": Field(code(64), required=True)}
MEDICAL_DECISION = {"date": Field(iso_date, required=True), "reference": Field(reference(64), required=True)}
INSTRUCTION = {"reference": Field(reference(64), required=True), "approved_by": Field(code(64), required=True)}
LINE = {
    "article": Field(code(64), required=True),
    "quantity": Field(quantity, required=True),
    "serial_numbers": Field(codes(64)),
    "accessory_to": Field(code(64)),
}
_CODE_OF_RECEIVER = code(64)
_NUMBER_OF_PATIENT = text(64)
_LIST_OF_LINES = Expected(
    f"ska vara en lista av högst {MOST_LINES} orderrader", f"must be a list of at most {MOST_LINES} lines"
)


def read_order(
    body: object,
    *,
    today: date,
    reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    place: Callable[[str], str] = str,
) -> OrderRequest | list[Violation]:
    """The order in a JSON-shaped `body`, or every violation of its shape.

    `today` is the last day a patient may be born on. `place` turns a path ("lines[3].quantity") into the name
    under which the sender knows it; the rows of a table have other names than a JSON object. Never raises.
    """
    request, found = read_legible_order(body, today=today, reservnummer_patterns=reservnummer_patterns, place=place)
    return found if found or request is None else request


def read_legible_order(
    body: object,
    *,
    today: date,
    reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    place: Callable[[str], str] = str,
) -> tuple[OrderRequest | None, Findings]:
    """The order as far as it can be read, and every violation of its shape; without any it is the order itself.

    What cannot be read is ILLEGIBLE, one piece, or left out, so that what else is wrong with the order can be told at
    the same time. None where not even its type or the kind of its receiver can be read. Never raises.
    """
    found = Findings(place)
    if not isinstance(body, dict):
        found.add_expected("order", AN_OBJECT)
        return None, found
    order = read_fields(body, ORDER, "", found)
    receiver = _nested(order, "receiver", RECEIVER, found)
    address = _nested(receiver, "address", ADDRESS, found, "receiver.")
    orderer = _nested(order, "orderer", ORDERER, found)
    decision = _nested(order, "medical_decision", MEDICAL_DECISION, found)
    instruction = _nested(order, "instruction", INSTRUCTION, found)
    receiver_id, identity_kind = _read_receiver_id(receiver, today, reservnummer_patterns, found)
    lines = _read_lines(order["lines"], found)
    if order["order_type"] is None or receiver["kind"] is None:
        return None, found
    identity = (receiver_id, identity_kind)
    return _request(order, receiver, orderer, decision, instruction, lines, identity, address), found


def _request(
    order: Mapping[str, Any], receiver: Mapping[str, Any], orderer: Mapping[str, Any], decision: Mapping[str, Any],
    instruction: Mapping[str, Any], lines: tuple[RequestLine, ...], identity: tuple[str, str | None],
    address: Mapping[str, Any],
) -> OrderRequest:  # fmt: skip
    return OrderRequest(
        external_id=order["external_id"] or ILLEGIBLE,
        order_type=order["order_type"],
        customer_order_type=order["customer_order_type"],
        ordered_on=order["ordered_on"],
        sender=order["sender"] or ILLEGIBLE,
        receiver_kind=receiver["kind"],
        receiver_id=identity[0],
        receiver_identity_kind=identity[1],
        recipient=_recipient(receiver, address),
        protected=receiver["protected"] or False,
        orderer_person=orderer["person"] or ILLEGIBLE,
        orderer_unit=orderer["unit"] or ILLEGIBLE,
        prescriber=order["prescriber"],
        medical_decision_date=decision["date"],
        medical_decision_reference=decision["reference"],
        instruction_reference=instruction["reference"],
        instruction_approved_by=instruction["approved_by"],
        lines=lines,
        priority=order["priority"] or "normal",
        partial=order["partial"] or False,
        accept_equivalent=order["accept_equivalent"] or False,
        wanted_date=order["wanted_date"],
        reference=order["reference"],
        note=order["note"],
        source=order["source"],
    )


def _nested(
    parent: Mapping[str, Any], name: str, fields: Mapping[str, Field], found: Findings, path: str = ""
) -> dict[str, Any]:
    """The fields of the object `name` in `parent`; all None where it was not given or is no object."""
    given = parent[name]
    return dict.fromkeys(fields) if given is None else read_fields(given, fields, f"{path}{name}.", found)


def _read_receiver_id(
    receiver: Mapping[str, Any], today: date, patterns: Sequence[re.Pattern[str]], found: Findings
) -> tuple[str, str | None]:
    """The receiver's id with the kind of a patient's number; ("", None) where it is missing or refused."""
    given, kind = receiver["id"], receiver["kind"]
    if given is None or kind is None:
        return "", None
    if kind != "patient":
        clean = _CODE_OF_RECEIVER(given)
        if isinstance(clean, Expected):
            found.add_expected("receiver.id", clean)
            return "", None
        return str(clean), None
    number = _NUMBER_OF_PATIENT(given)
    identity = identity_of(number, on=today, reservnummer_patterns=patterns) if isinstance(number, str) else None
    if identity is None:
        found.add("patient-id", "receiver.id")
        return "", None
    return identity.canonical, identity.kind.value


def _recipient(receiver: Mapping[str, Any], address: Mapping[str, Any]) -> dict[str, Any] | None:
    """Name, address and phone, as far as they were given."""
    known = {name: value for name, value in address.items() if value is not None}
    parts = {"name": receiver["name"], "address": known or None, "phone": receiver["phone"]}
    return {name: value for name, value in parts.items() if value is not None} or None


def _read_lines(given: object, found: Findings) -> tuple[RequestLine, ...]:
    """The lines, each with its own violations; no serial number may stand twice in an order."""
    if given is None or given == []:
        found.add("lines-missing", "lines")
        return ()
    if not isinstance(given, list) or len(given) > MOST_LINES:
        found.add_expected("lines", _LIST_OF_LINES)
        return ()
    lines: list[RequestLine] = []
    seen: set[str] = set()
    for position, line in enumerate(given):
        path = f"lines[{position}]"
        if not isinstance(line, dict):
            found.add_expected(path, AN_OBJECT)
            lines.append(RequestLine(ILLEGIBLE, 1))
            continue
        article, pieces, serial_numbers, accessory_to = read_fields(line, LINE, f"{path}.", found).values()
        if serial_numbers:
            distinct = len(set(serial_numbers)) == len(serial_numbers) and seen.isdisjoint(serial_numbers)
            if not distinct or (pieces is not None and len(serial_numbers) > pieces):
                found.add("serial-numbers", f"{path}.serial_numbers")
            seen.update(serial_numbers)
        lines.append(RequestLine(article or ILLEGIBLE, pieces or 1, serial_numbers or (), accessory_to))
    return tuple(lines)
