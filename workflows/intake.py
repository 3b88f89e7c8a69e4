"""How is an order stored? Well-formed orders become drafts, each once per source and external id.

One function for one order and for thousands: set-based, in the order it is given. Sorted by external id, two
imports that overlap wait for each other and do not deadlock. Next: steps/validate.py takes the drafts on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from config.database import Connection
from config.fault_points import fault_point
from workflows.cohort import notify
from workflows.violations import Violation, violation


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient as stored: the keyed index of the number, its kind, and the number sealed."""

    lookup: bytes
    kind: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class NewLine:
    """One order line; its number is its place, from 1."""

    article: str
    quantity: int
    serial_numbers: tuple[str, ...]
    accessory_to: str | None = None
    """The serial number of the main device that an accessory belongs to."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """The columns of a draft, in the order of the table's; sealed where they tell of a patient."""

    source: str
    external_id: str
    body_hash: bytes
    order_type: str
    customer_order_type: str | None
    priority: int
    received_at: datetime
    sender: str
    receiver_kind: str
    receiver_code: str | None
    patient: NewPatient | None
    recipient: UUID | None
    recipient_sealed: bytes | None
    protected: bool
    orderer_person: str
    orderer_unit: str
    prescriber: str | None
    medical_decision_date: date | None
    medical_decision_reference: str | None
    instruction_reference: str | None
    instruction_approved_by: str | None
    partial: bool
    ordered_on: date
    wanted_date: date | None
    reference: str | None
    lines: tuple[NewLine, ...]
    accept_equivalent: bool = False
    body_hashes: tuple[bytes, ...] = ()
    """Every form of `body_hash`, where keys were changed since an order was stored or are being changed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one order: `accepted` (stored), `unchanged` (seen before), `refused` (its id has another body)."""

    verdict: Literal["accepted", "unchanged", "refused"]
    order_id: int | None
    violations: tuple[Violation, ...] = ()


# Column → its SQL array type; everything else of NewOrder goes to tables of its own.
_COLUMNS = {
    "source": "text", "external_id": "text", "body_hash": "bytea", "order_type": "text",
    "customer_order_type": "text", "priority": "smallint", "received_at": "timestamptz", "sender": "text",
    "receiver_kind": "text", "receiver_code": "text", "recipient": "uuid", "protected": "boolean",
    "orderer_person": "text", "orderer_unit": "text", "prescriber": "text", "medical_decision_date": "date",
    "medical_decision_reference": "text", "instruction_reference": "text", "instruction_approved_by": "text",
    "partial": "boolean", "accept_equivalent": "boolean", "ordered_on": "date", "wanted_date": "date",
    "reference": "text",
}  # fmt: skip
_BESIDE = {"patient", "recipient_sealed", "lines", "body_hashes"}
assert set(_COLUMNS) | _BESIDE == {field.name for field in fields(NewOrder)}

PATIENT_BY_LOOKUP = """
    SELECT known.id FROM patient known WHERE known.lookup = {0}
    UNION ALL SELECT known.id FROM patient known WHERE known.other_lookup = {0} LIMIT 1"""
"""The patient with a keyed index; while keys are changed (rotating.py) each has two."""

_BETWEEN_SERIALS = "\x1f"
"""The unit separator: no text of an order holds a control character."""

_ARRAYS = ", ".join(f"%({column})s::{kind}[]" for column, kind in _COLUMNS.items())
_NAMES = ", ".join(_COLUMNS)


def store_orders(
    tx: Connection, orders: Sequence[NewOrder], *, actor: str, batch_id: int | None = None
) -> list[Stored]:
    """Store `orders` as drafts that are due; the answers stand in their order.

    An external id that is known with the same body is `unchanged`, with another body `refused`
    (external-id-reused), also within `orders`. Acknowledge only after the commit.
    """
    if not orders:
        return []
    store_patients(tx, [order.patient for order in orders if order.patient])
    inserted = _insert(tx, orders, actor, batch_id)
    # Of equal ids within `orders` the database takes the first.
    new: dict[tuple[str, str], int] = {}
    for place, order in enumerate(orders):
        key = (order.source, order.external_id)
        if key in inserted:
            new.setdefault(key, place)
    places = set(new.values())
    known = _known(tx, [order for place, order in enumerate(orders) if place not in places])
    answers = []
    for place, order in enumerate(orders):
        key = (order.source, order.external_id)
        if new.get(key) == place:
            answers.append(Stored("accepted", inserted[key]))
        else:
            answers.append(_seen_before(order, *known[key]))
    accepted = [(order, inserted[key]) for key, place in new.items() for order in [orders[place]]]
    _insert_lines(tx, accepted)
    _insert_recipients(tx, [order for order, _ in accepted])
    notify(tx)
    fault_point("intake.stored")
    return answers


def _seen_before(order: NewOrder, order_id: int, body_hash: bytes) -> Stored:
    if bytes(body_hash) in (order.body_hash, *order.body_hashes):
        return Stored("unchanged", order_id)
    return Stored("refused", None, (violation("external-id-reused", "external_id", external_id=order.external_id),))


def store_patients(tx: Connection, patients: Sequence[NewPatient]) -> None:
    """Store the patients that are not known yet, in the order of their keys."""
    distinct = sorted({patient.lookup: patient for patient in patients}.items())
    tx.execute(
        "INSERT INTO patient (lookup, kind, sealed) "
        "SELECT * FROM unnest(%s::bytea[], %s::text[], %s::bytea[]) AS p (lookup, kind, sealed) "
        "WHERE NOT EXISTS (SELECT FROM patient known WHERE known.lookup = p.lookup) "
        "AND NOT EXISTS (SELECT FROM patient known WHERE known.other_lookup = p.lookup) ON CONFLICT DO NOTHING",
        (
            [lookup for lookup, _ in distinct],
            [patient.kind for _, patient in distinct],
            [patient.sealed for _, patient in distinct],
        ),
    )


def _insert(tx: Connection, orders: Sequence[NewOrder], actor: str, batch_id: int | None) -> dict[tuple[str, str], int]:
    values: dict[str, Any] = {column: [getattr(order, column) for order in orders] for column in _COLUMNS}
    lookups = [order.patient.lookup if order.patient else None for order in orders]
    rows = tx.execute(
        f"""
        INSERT INTO orders ({_NAMES}, patient_id, kommun, due_at, batch_id, created_by)
        SELECT {", ".join("n." + column for column in _COLUMNS)}, p.id, u.kommun, n.received_at, %(batch)s, %(actor)s
        FROM unnest({_ARRAYS}, %(lookups)s::bytea[]) WITH ORDINALITY AS n ({_NAMES}, lookup, place)
        LEFT JOIN LATERAL ({PATIENT_BY_LOOKUP.format("n.lookup")}) p ON true
        LEFT JOIN vardenhet u ON u.code = n.orderer_unit
        ORDER BY n.place
        ON CONFLICT (source, external_id) DO NOTHING
        RETURNING source, external_id, id
        """,
        values | {"lookups": lookups, "batch": batch_id, "actor": actor},
    )
    return {(source, external_id): order_id for source, external_id, order_id in rows}


def _known(tx: Connection, orders: Sequence[NewOrder]) -> dict[tuple[str, str], tuple[int, bytes]]:
    rows = tx.execute(
        "SELECT source, external_id, id, body_hash FROM orders WHERE (source, external_id) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))",
        ([order.source for order in orders], [order.external_id for order in orders]),
    )
    return {(source, external_id): (order_id, body_hash) for source, external_id, order_id, body_hash in rows}


def _insert_lines(tx: Connection, accepted: Sequence[tuple[NewOrder, int]]) -> None:
    # Not COPY: PostgreSQL has none into a table whose rows are kept apart.
    lines = [
        (order_id, line_no, line) for order, order_id in accepted for line_no, line in enumerate(order.lines, start=1)
    ]
    tx.execute(
        "INSERT INTO order_line (order_id, line_no, article, quantity, serial_numbers, accessory_to) "
        "SELECT order_id, line_no, article, quantity, string_to_array(serials, %s), accessory_to "
        "FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::integer[], %s::text[], %s::text[]) "
        "AS l (order_id, line_no, article, quantity, serials, accessory_to)",
        (
            _BETWEEN_SERIALS,
            [order_id for order_id, _, _ in lines],
            [line_no for _, line_no, _ in lines],
            [line.article for _, _, line in lines],
            [line.quantity for _, _, line in lines],
            [_BETWEEN_SERIALS.join(line.serial_numbers) or None for _, _, line in lines],
            [line.accessory_to for _, _, line in lines],
        ),
    )


def _insert_recipients(tx: Connection, orders: Sequence[NewOrder]) -> None:
    sealed = [(order.recipient, order.recipient_sealed) for order in orders if order.recipient_sealed]
    if sealed:
        tx.execute(
            "INSERT INTO recipient (id, sealed) SELECT * FROM unnest(%s::uuid[], %s::bytea[])",
            ([recipient for recipient, _ in sealed], [content for _, content in sealed]),
        )


def amend_order(tx: Connection, order_id: int, order: NewOrder) -> None:
    """Put another body in the place of a rejected order's; the caller moves it back to draft (steps/amend.py).

    The hash stays that of what was sent: the sender's repetition is recognised.
    """
    if order.patient:
        store_patients(tx, [order.patient])
    columns = [column for column in _COLUMNS if column not in {"source", "external_id", "body_hash", "received_at"}]
    tx.execute(
        f"""
        UPDATE orders SET {", ".join(f"{column} = %({column})s" for column in columns)},
            patient_id = ({PATIENT_BY_LOOKUP.format("%(lookup)s")}),
            kommun = (SELECT kommun FROM vardenhet WHERE code = %(orderer_unit)s)
        WHERE id = %(id)s
        """,
        {column: getattr(order, column) for column in columns}
        | {"id": order_id, "lookup": order.patient.lookup if order.patient else None},
    )
    tx.execute("DELETE FROM order_line WHERE order_id = %s", (order_id,))
    _insert_lines(tx, [(order, order_id)])
    _insert_recipients(tx, [order])
