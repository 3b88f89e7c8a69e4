"""How does a request become rows? Sealed where it tells of a patient, and ready for workflows/intake.py."""

import json
import uuid
from datetime import date, datetime

from exchange.order_request import OrderRequest, canonical_body
from workflows.intake import NewLine, NewOrder, NewPatient
from workflows.order_types import OrderType, ReceiverKind
from workflows.patients import Keys, patient_row, recipient_row
from workflows.rules import Order, OrderLine

_PRIORITIES = {"akut": 0, "normal": 1}


def new_order(request: OrderRequest, keys: Keys, *, source: str, received_at: datetime, today: date) -> NewOrder:
    """The draft of `request`. `source` holds where the request names none; `today` where it has no date."""
    private = {**(request.recipient or {}), **({"note": request.note} if request.note else {})}
    recipient = uuid.uuid4() if private else None
    body = canonical_body(request)
    is_patient = request.receiver_kind == "patient"
    return NewOrder(
        source=request.source or source,
        external_id=request.external_id,
        body_hash=keys.recognition_of("orders.body", body),
        body_hashes=tuple(keys.recognitions_of("orders.body", body)),
        order_type=request.order_type,
        customer_order_type=request.customer_order_type,
        priority=_PRIORITIES[request.priority],
        received_at=received_at,
        sender=request.sender,
        receiver_kind=request.receiver_kind,
        receiver_code=None if is_patient else request.receiver_id,
        patient=_patient(request, keys) if is_patient else None,
        recipient=recipient,
        recipient_sealed=keys.seal(json.dumps(private).encode(), recipient_row(recipient)) if recipient else None,
        protected=request.protected,
        orderer_person=request.orderer_person,
        orderer_unit=request.orderer_unit,
        prescriber=request.prescriber,
        medical_decision_date=request.medical_decision_date,
        medical_decision_reference=request.medical_decision_reference,
        instruction_reference=request.instruction_reference,
        instruction_approved_by=request.instruction_approved_by,
        partial=request.partial,
        accept_equivalent=request.accept_equivalent,
        ordered_on=request.ordered_on or today,
        wanted_date=request.wanted_date,
        reference=request.reference,
        lines=tuple(
            NewLine(line.article, line.quantity, line.serial_numbers, line.accessory_to) for line in request.lines
        ),
    )


def as_ruled(request: OrderRequest, today: date) -> Order:
    """The order as the rules see it before it is stored; of a patient they know only that it is one."""
    return Order(
        OrderType(request.order_type),
        request.customer_order_type,
        request.ordered_on or today,
        request.sender,
        ReceiverKind(request.receiver_kind),
        None if request.receiver_kind == ReceiverKind.PATIENT else request.receiver_id,
        request.orderer_person,
        request.orderer_unit,
        request.prescriber,
        request.medical_decision_date is not None and request.medical_decision_reference is not None,
        request.instruction_reference,
        request.instruction_approved_by,
        tuple(
            OrderLine(place, line.article, line.quantity, line.serial_numbers, None, line.accessory_to)
            for place, line in enumerate(request.lines, start=1)
        ),
        request.accept_equivalent,
    )


def _patient(request: OrderRequest, keys: Keys) -> NewPatient:
    assert request.receiver_identity_kind is not None
    return new_patient(request.receiver_identity_kind, request.receiver_id, keys)


def new_patient(kind: str, canonical: str, keys: Keys) -> NewPatient:
    """The patient with that number, in its canonical form: indexed and sealed."""
    number = canonical.encode()
    lookup = keys.index_of("patient.number", number)
    return NewPatient(lookup, kind, keys.seal(number, patient_row(lookup)))
