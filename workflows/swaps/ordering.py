"""Which order brings the device that is sent in another's place? A draft that goes through the main line by itself.

It rests on the order that delivered the old device and is judged on that order's day; where the old one was out before
the first day, on what a person says of it. Its id is `BYTE-{order}-{1, 2, …}`, or `BYTE-INNEHAV-{holding}-{1, 2, …}`.
"""

from dataclasses import dataclass
from datetime import date

from config.database import Connection
from workflows.devices import Device
from workflows.order_types import LAGER_10, CustomerOrderType, OrderType
from workflows.patient_links import person_of
from workflows.steps.restorder import SOURCE


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who orders in place of what was out before the first day, and the medical decision where there is one."""

    person: str
    unit: str
    prescriber: str | None = None
    decision_date: date | None = None
    decision_reference: str | None = None


def _customer_order_type(sender: str) -> str:
    return CustomerOrderType.FORSKRIVNING if sender == LAGER_10 else CustomerOrderType.DIREKTFORSKRIVNING


# Protected in one order, a person is protected in all; an address is the newest that was told. Nothing for a vårdenhet.
_CONTACT = """
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(told.protected), false) AS protected,
               (array_agg(told.recipient ORDER BY told.id DESC) FILTER (WHERE told.recipient IS NOT NULL))[1] AS newest
        FROM orders told WHERE told.patient_id = ANY(%(numbers)s::bigint[])) contact
"""

_AS_BEFORE = f"""
    INSERT INTO orders (
        source, external_id, body_hash, order_type, customer_order_type, priority, received_at, due_at, kommun,
        sender, receiver_kind, receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit,
        prescriber, medical_decision_date, medical_decision_reference, instruction_reference,
        instruction_approved_by, partial, ordered_on, reference, swap_of, created_by)
    SELECT %(source)s,
        'BYTE-' || o.id || '-' || (SELECT count(*) + 1 FROM orders s WHERE s.swap_of = o.id),
        o.body_hash, o.order_type, CASE o.order_type WHEN %(prescribed)s THEN %(customer_order_type)s END, 0,
        clock_timestamp(), clock_timestamp(), o.kommun, %(sender)s, o.receiver_kind, o.receiver_code, o.patient_id,
        coalesce(contact.newest, o.recipient), contact.protected OR o.protected, o.orderer_person, o.orderer_unit,
        o.prescriber, o.medical_decision_date, o.medical_decision_reference, o.instruction_reference,
        o.instruction_approved_by, false, o.ordered_on, o.reference, o.id, %(actor)s
    FROM orders o {_CONTACT} WHERE o.id = %(original)s
    RETURNING id
"""

_FOR_HOLDING = f"""
    INSERT INTO orders (
        source, external_id, body_hash, order_type, customer_order_type, priority, received_at, due_at, kommun,
        sender, receiver_kind, receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit,
        prescriber, medical_decision_date, medical_decision_reference, partial, ordered_on, created_by)
    SELECT %(source)s, swap.external_id, sha256(convert_to(swap.external_id, 'UTF8')),
        CASE WHEN h.unit IS NULL THEN %(prescribed)s ELSE %(ordered)s END,
        CASE WHEN h.unit IS NULL THEN %(customer_order_type)s END,
        0, clock_timestamp(), clock_timestamp(), (SELECT kommun FROM vardenhet WHERE code = %(unit)s), %(sender)s,
        CASE WHEN h.unit IS NULL THEN 'patient' ELSE 'vardenhet' END, h.unit, h.patient_id, contact.newest,
        contact.protected, %(person)s, %(unit)s, %(prescriber)s, %(decision_date)s,
        %(decision_reference)s, false, %(today)s, %(actor)s
    FROM holding h
    CROSS JOIN LATERAL (
        SELECT 'BYTE-INNEHAV-' || h.id || '-' || (
            SELECT count(*) + 1 FROM swap s JOIN return_line x ON x.return_id = s.return_id
            WHERE x.holding = h.id) AS external_id) swap
    {_CONTACT}
    WHERE h.id = %(holding)s
    RETURNING id
"""


def order_as_before(tx: Connection, original: int, line_no: int, sent: Device, sender: str, actor: str) -> int:
    """An order of `sent` from `sender` on the terms of the delivered order `original`, locked; returns its id. A
    patient's goods go where the patient is said to live last."""
    who = tx.execute("SELECT patient_id FROM orders WHERE id = %s", (original,)).fetchone()
    assert who is not None
    row = tx.execute(
        _AS_BEFORE.encode(),
        {
            "source": SOURCE, "prescribed": OrderType.FORSKRIVNING, "sender": sender, "actor": actor,
            "customer_order_type": _customer_order_type(sender), "original": original,
            "numbers": _numbers(tx, who[0]),
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    tied = tx.execute(
        "SELECT accessory_to FROM order_line WHERE order_id = %s AND line_no = %s", (original, line_no)
    ).fetchone()
    return _with_line(tx, int(row[0]), sent, tied[0] if tied else None)


def order_for_holding(
    tx: Connection, holding: int, sent: Device, sender: str, orderer: Orderer, today: date, actor: str
) -> int:
    """An order of `sent` from `sender` for whoever holds `holding`, on the orderer's terms and today's rights; returns
    its id. A patient's goods go to the newest address that was told."""
    held = tx.execute("SELECT patient_id FROM holding WHERE id = %s", (holding,)).fetchone()
    assert held is not None
    row = tx.execute(
        _FOR_HOLDING.encode(),
        {
            "source": SOURCE, "prescribed": OrderType.FORSKRIVNING, "ordered": OrderType.BESTALLNING, "sender": sender,
            "customer_order_type": _customer_order_type(sender), "person": orderer.person, "unit": orderer.unit,
            "prescriber": orderer.prescriber, "decision_date": orderer.decision_date,
            "decision_reference": orderer.decision_reference, "today": today, "actor": actor, "holding": holding,
            "numbers": _numbers(tx, held[0]),
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    return _with_line(tx, int(row[0]), sent, None)


def _numbers(tx: Connection, patient_id: int | None) -> list[int]:
    """The ids of all numbers of the person; none of a vårdenhet."""
    return [] if patient_id is None else sorted(person_of(tx, patient_id))


def _with_line(tx: Connection, order_id: int, sent: Device, accessory_to: str | None) -> int:
    tx.execute(
        "INSERT INTO order_line (order_id, line_no, article, quantity, serial_numbers, accessory_to) "
        "VALUES (%s, 1, %s, 1, ARRAY[%s], %s)",
        (order_id, *sent, accessory_to),
    )
    return order_id
