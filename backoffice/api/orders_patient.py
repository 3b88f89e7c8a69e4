"""Whose is this order, for the API and for pages? Opened as far as who asks may see, and logged, also where it is not.

Next: workflows/patient_sight.py, who may see what.
"""

from typing import Annotated

from fastapi import Path

from backoffice.api.looks import AskedFor
from backoffice.api.problems import Problem
from workflows.access_log import log_access
from workflows.patient_sight import OrdersPatient, PatientSeen, Sight, open_orders_patient, orders_patient, sight
from workflows.permissions import Permission

OrderId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1, description="Vårt nummer (our number)")]


def open_patient_of(asked: AskedFor, order_id: int, reason: str) -> PatientSeen:
    """The order's patient. Raises NotPermitted, Problem 404 and 403, each after its row in the access log; Problem 503
    where that cannot be written; ReasonMissing, PersonalNumberInText."""
    if not asked.actor.may(Permission.SEE_PATIENT):
        raise asked.denied(reason, Permission.SEE_PATIENT, order_id)
    with asked.logging() as tx:
        order = orders_patient(tx, order_id)
        much = Sight.NOTHING if order is None or order.patient is None else sight(asked.actor, order)
        if order is None or much is Sight.NOTHING:
            patients = [] if order is None or order.patient is None else [order.patient]
            log_access(tx, "denied", asked.look(reason), patients, order_id=order_id, wanted=Permission.SEE_PATIENT)
            seen = None
        else:
            seen = open_orders_patient(tx, order_id, order, much, asked.look(reason, order.orderer_unit))
    if seen is None:
        raise _not_shown(order)
    return seen


def _not_shown(order: OrdersPatient | None) -> Problem:
    """Another kommun's order is no order here; one of ours may have no patient, or one that is not the actor's."""
    if order is None:
        return Problem(404, "order-not-found", "Ordern finns inte (there is no such order)")
    if order.patient is None:
        return Problem(404, "no-patient", "Ordern går inte till en patient (the order is not for a patient)")
    return Problem(403, "not-yours", "Patienten är inte en av dina (the patient is not one of yours)")
