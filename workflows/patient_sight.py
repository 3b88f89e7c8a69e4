"""What of an order's patient may somebody see? Everything, what a delivery needs, or nothing; and each look is logged.

The order is one that the actor's kommun sees (another's is not there at all). Then: HMS sees every patient, who
prescribes their own and their unit's, lagerpersonal and tekniker what an open delivery needs, a token those it sent.
Protected identity is nobody's to see here: the way to the person is whoever ordered. Next: access_log.py.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from config.database import Connection
from workflows.access_log import Look, log_access, open_patients, open_recipient
from workflows.master_data import Role
from workflows.patients import patient_row, recipient_row
from workflows.permissions import Actor


class Sight(StrEnum):
    """How much of a patient is seen."""

    ALL = "all"
    DELIVERY = "delivery"
    """Name, address, telephone and note: what is needed to bring the goods."""
    NOTHING = "nothing"


class OrdersPatient(NamedTuple):
    """What decides who may see an order's patient."""

    patient: int | None
    protected: bool
    ended_at: datetime | None
    source: str
    orderer_unit: str
    orderer_person: str
    prescriber: str | None


@dataclass(frozen=True, slots=True)
class PatientSeen:
    """A patient as one order tells of them; None where that is not seen, or not known."""

    id: int
    protected: bool
    kind: str | None = None
    number: str | None = None
    name: str | None = None
    address: dict[str, Any] | None = None
    phone: str | None = None
    note: str | None = None


def orders_patient(tx: Connection, order_id: int) -> OrdersPatient | None:
    """The order's, among those the transaction sees; None where it is not there."""
    row = tx.execute(
        "SELECT patient_id, protected, ended_at, source, orderer_unit, orderer_person, prescriber "
        "FROM orders WHERE id = %s",
        (order_id,),
    ).fetchone()
    return None if row is None else OrdersPatient(*row)


def sight(actor: Actor, order: OrdersPatient) -> Sight:
    """How much of the order's patient the actor may see, given the permission to see any."""
    if actor.source is not None:
        return Sight.ALL if order.source == actor.source else Sight.NOTHING
    if Role.HMS in actor.roles:
        return Sight.ALL
    own = actor.person is not None and actor.person in (order.prescriber, order.orderer_person)
    if Role.PRESCRIBER in actor.roles and (own or order.orderer_unit in actor.units):
        return Sight.ALL
    if actor.roles & {Role.LAGERPERSONAL, Role.TEKNIKER} and order.ended_at is None:
        return Sight.DELIVERY
    return Sight.NOTHING


def open_orders_patient(tx: Connection, order_id: int, order: OrdersPatient, much: Sight, look: Look) -> PatientSeen:
    """The order's patient, opened as far as `much` says; the look is logged first, by the same doors.

    Raises ReasonMissing, PersonalNumberInText, KeysUnusable.
    """
    assert order.patient is not None
    if order.protected:
        log_access(tx, "patient_open", look, [order.patient], order_id=order_id, shown="protected")
        return PatientSeen(order.patient, protected=True)
    kind = number = None
    if much is Sight.ALL:
        opened = open_patients(tx, "patient_open", look, [order.patient], order_id=order_id, shown="number")
        for each in opened:
            kind = each.kind
            if each.sealed:
                number = look.keys.unseal(each.sealed, patient_row(each.lookup)).decode()
    told: dict[str, Any] = {}
    found = open_recipient(tx, "patient_open", look, [order.patient], order_id=order_id, shown="recipient")
    if found is not None:
        told = json.loads(look.keys.unseal(found[1], recipient_row(found[0])))
    return PatientSeen(
        order.patient, protected=False, kind=kind, number=number,
        name=told.get("name"), address=told.get("address"), phone=told.get("phone"), note=told.get("note"),
    )  # fmt: skip


def numbers_here(tx: Connection, index: bytes) -> list[int]:
    """Our ids of the numbers of the person with that keyed index, where the transaction sees an order of theirs."""
    return [number for (number,) in tx.execute("SELECT id FROM numbers_here(%s)", (index,))]
