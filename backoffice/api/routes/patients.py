"""How is a patient asked for by HTTP? By number in a body, never in an address; with a reason; and it is logged.

Looking comes in two: searching tells which orders a person has, opening an order tells whose it is. Every answer,
hit, miss and denial has its row in the access log before it leaves, or there is no answer (503). What is told goes to
nobody's cache. Next: workflows/patient_sight.py, who may see what.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from fastapi import APIRouter, Depends, Path, Request, Response
from psycopg_pool import PoolTimeout

from backoffice.api.desk import Desk, DeskOf
from backoffice.api.problems import Problem
from backoffice.api.who import Who
from config.database import Connection
from exchange.shape_check import Expected, Field, Findings, read_fields, reference, text
from exchange.strict_json import parse_object
from workflows.access_log import Look, log_access
from workflows.patient_records import NotANumber, index_of_number, orders_of
from workflows.patient_sight import OrdersPatient, Sight, numbers_here, open_orders_patient, orders_patient, sight
from workflows.permissions import Actor, Permission
from workflows.violations import violation

router = APIRouter(prefix="/api/v1", tags=["Patienter (patients)"])

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_NO_STORE = "no-store"

_REASON: Mapping[str, Field] = {"reason": Field(reference(500), required=True)}
_SEARCH: Mapping[str, Field] = {"number": Field(text(40), required=True), **_REASON}

OrderId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]


class _Asked(NamedTuple):
    """Who asks, at which desk, in which request."""

    desk: Desk
    actor: Actor
    request: Request

    def look(self, reason: str, unit: str | None = None) -> Look:
        """The look as the log tells it. `unit` is the one acted for, where the actor has several."""
        return self.desk.look(self.actor, reason, self.request, unit)

    @contextmanager
    def logging(self) -> Iterator[Connection]:
        """A transaction that logs and reads; where it cannot be committed there is no answer. Raises Problem 503."""
        try:
            with self.desk.seen_by(self.actor) as tx:
                yield tx
        except (psycopg.Error, PoolTimeout) as error:
            raise Problem(
                503, "not-logged",
                "Åtkomsten kunde inte loggas, och därför visas inget; försök igen "
                "(the look could not be logged, so that nothing is shown; try again)",
                headers={"Retry-After": "1"},
            ) from error  # fmt: skip


def _asked(request: Request, desk: DeskOf, actor: Who) -> _Asked:
    return _Asked(desk, actor, request)


Asked = Annotated[_Asked, Depends(_asked)]


@router.post("/patients/search")
def search(asked: Asked, raw: Raw, response: Response) -> dict[str, Any]:
    """Sök en person med nummer; svaret nämner inte numret (search a person by number, which no answer repeats).

    En person som ingen av era ordrar gäller finns inte här. (One that no order of yours is for is not here.)
    """
    given = _fields(raw, _SEARCH)
    if not asked.actor.may(Permission.SEARCH_PATIENT):
        raise _denied(asked, given["reason"], Permission.SEARCH_PATIENT)
    try:
        index = index_of_number(
            given["number"], asked.desk.keys, today=datetime.now(_STOCKHOLM).date(),
            reservnummer_patterns=asked.desk.settings.reservnummer_patterns,
        )  # fmt: skip
    except NotANumber:
        raise _malformed([violation("patient-id", "number").as_json()]) from None
    with asked.logging() as tx:
        ids = numbers_here(tx, index)
        log_access(tx, "patient_search", asked.look(given["reason"]), ids)
        orders = orders_of(tx, ids)
    response.headers["Cache-Control"] = _NO_STORE
    return {"patients": ids, "orders": orders}


@router.post("/orders/{id}/patient")
def open_patient(order_id: OrderId, asked: Asked, raw: Raw, response: Response) -> dict[str, Any]:
    """Öppna en orders patient: vem det är, så långt du får se (open an order's patient, as far as you may see).

    Den som har skyddad identitet visas inte här. (One with protected identity is not shown here.)
    """
    reason = _fields(raw, _REASON)["reason"]
    if not asked.actor.may(Permission.SEE_PATIENT):
        raise _denied(asked, reason, Permission.SEE_PATIENT, order_id)
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
    response.headers["Cache-Control"] = _NO_STORE
    return asdict(seen)


def _denied(asked: _Asked, reason: str, permission: Permission, order_id: int | None = None) -> Problem:
    """403, once the denial is logged."""
    with asked.logging() as tx:
        log_access(tx, "denied", asked.look(reason), [], order_id=order_id, wanted=permission)
    return Problem(403, "not-permitted", f"Behörigheten {permission} saknas (the permission {permission} is missing)")


def _not_shown(order: OrdersPatient | None) -> Problem:
    """Another kommun's order is no order here; one of ours may have no patient, or one that is not the actor's."""
    if order is None:
        return Problem(404, "order-not-found", "Ordern finns inte (there is no such order)")
    if order.patient is None:
        return Problem(404, "no-patient", "Ordern går inte till en patient (the order is not for a patient)")
    return Problem(403, "not-yours", "Patienten är inte en av dina (the patient is not one of yours)")


def _fields(raw: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The body's fields, clean. Raises Problem 400 and 422, which repeat nothing of it."""
    body = parse_object(raw)
    if isinstance(body, Expected):
        raise Problem(400, "malformed-json", f"Innehållet {body.sv} (the content {body.en})")
    found = Findings()
    clean = read_fields(body, fields, "", found)
    if found:
        raise _malformed([each.as_json() for each in found])
    return clean


def _malformed(violations: list[dict[str, str]]) -> Problem:
    return Problem(
        422, "malformed-content", "Innehållet har fel form (the content has the wrong form)", violations=violations
    )
