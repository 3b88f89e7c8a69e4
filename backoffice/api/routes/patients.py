"""How is a patient asked for by HTTP? By number in a body, never in an address; with a reason; and it is logged.

Looking comes in two: searching tells which orders a person has, opening an order tells whose it is. Every answer,
hit, miss and denial has its row in the access log before it leaves. Next:
../orders_patient.py, how an order is opened; workflows/patient_sight.py, who may see what.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from backoffice.api.answers import document
from backoffice.api.bodies import RawBody, malformed, the_fields
from backoffice.api.declared import BODY_OF_LOOK, BODY_OF_SEARCH, problems
from backoffice.api.event_bodies import REASON
from backoffice.api.looks import Asked
from backoffice.api.order_answers import State
from backoffice.api.orders_patient import OrderId, open_patient_of
from exchange.shape_check import Field as FieldRead
from exchange.shape_check import Findings, text
from workflows.access_log import log_access
from workflows.patient_records import NotANumber, orders_of
from workflows.patient_sight import numbers_here
from workflows.permissions import Permission

router = APIRouter(prefix="/api/v1", tags=["Patienter (patients)"])

_SEARCH: Mapping[str, FieldRead] = {"number": FieldRead(text(40), required=True), **REASON}


class OrderOfPatient(BaseModel):
    """En av personens ordrar (one of the person's orders)."""

    id: int
    source: str
    external_id: str
    order_type: Literal["lagerflyttsorder", "bestallning", "forskrivning"]
    customer_order_type: str | None
    state: State
    ordered_on: date
    patient: int
    swap_of: int | None
    utleveranser: list[str]


class PersonFound(BaseModel):
    """Personens nummer som våra id:n, och de ordrar ni ser (our ids of the person's numbers; the orders you see)."""

    patients: list[int]
    orders: list[OrderOfPatient]


class PatientOpened(BaseModel):
    """Orderns patient; null är vad du inte ser, eller som inte är känt (null: not seen by you, or not known)."""

    id: int
    protected: bool = Field(description="Skyddad identitet: inget annat visas (nothing else is shown)")
    kind: Literal["personnummer", "samordningsnummer", "reservnummer"] | None
    number: str | None
    name: str | None
    address: dict[str, Any] | None
    phone: str | None
    note: str | None


@router.post(
    "/patients/search",
    response_model=PersonFound,
    openapi_extra=BODY_OF_SEARCH,
    responses=problems(400, 413, 415),
)
def search(asked: Asked, raw: RawBody) -> Response:
    """Sök en person med nummer; svaret nämner inte numret (search a person by number, which no answer repeats).

    En person som ingen av era ordrar gäller finns inte här. (One that no order of yours is for is not here.)
    """
    given = the_fields(raw, _SEARCH)
    if not asked.actor.may(Permission.SEARCH_PATIENT):
        raise asked.denied(given["reason"], Permission.SEARCH_PATIENT)
    try:
        index = asked.desk.index_of(given["number"])
    except NotANumber:
        found = Findings()
        found.add("patient-id", "number")
        raise malformed(found) from None
    with asked.logging() as tx:
        ids = numbers_here(tx, index)
        log_access(tx, "patient_search", asked.look(given["reason"]), ids)
        orders = orders_of(tx, ids)
    return document({"patients": ids, "orders": orders})


@router.post(
    "/orders/{id}/patient",
    response_model=PatientOpened,
    openapi_extra=BODY_OF_LOOK,
    responses=problems(400, 404, 413, 415),
)
def open_patient(order_id: OrderId, asked: Asked, raw: RawBody) -> Response:
    """Öppna en orders patient: vem det är, så långt du får se (open an order's patient, as far as you may see).

    Den som har skyddad identitet visas inte här. (One with protected identity is not shown here.)
    """
    return document(asdict(open_patient_of(asked, order_id, the_fields(raw, REASON)["reason"])))
