"""What may a person do with an order by HTTP? The events that are theirs to send; the others are the system's own.

Each finds the order among what the actor sees, runs the step that the command line runs, and answers with the order as
it is then. Next: workflows/steps/, one file a verb.
"""

from typing import Any

from fastapi import APIRouter, Response

from backoffice.api.answers import order_document
from backoffice.api.arriving import order_of
from backoffice.api.bodies import RawBody, the_fields
from backoffice.api.declared import BODY_OF_CONFIRMATION, BODY_OF_ORDER, BODY_OF_REASON, problems
from backoffice.api.event_bodies import CONFIRMATION, REASON
from backoffice.api.one_order import Asked, Asking, IfMatch, Reference, order_now, version_wanted
from backoffice.api.order_answers import OrderShown, Released
from backoffice.api.problems import Problem
from backoffice.api.refusals import not_allowed
from workflows.cohort import StaleVersion, Step, run_named
from workflows.machines import StepNotAllowed, all_transitions, allowed_events
from workflows.permissions import OF_EVENT, Permission, demand
from workflows.releasing import release_order
from workflows.repeating import delivered_just_so
from workflows.steps import deliver as deliver_step
from workflows.steps import pick as pick_step
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY

router = APIRouter(prefix="/api/v1/orders/{id}/events", tags=["Händelser (events)"])

_REFUSED = problems(400, 404, 409, 412, 413, 415, 422)


@router.post("/amend", response_model=OrderShown, openapi_extra=BODY_OF_ORDER, responses=_REFUSED)
def amend(reference: Reference, asked: Asking, raw: RawBody, if_match: IfMatch = None) -> Response:
    """Rätta en avvisad order, som prövas på nytt (amend a rejected order, which is judged anew).

    Innehållet är hela ordern. (The content is the whole order; it takes the right to create one of its type too.)
    """
    order_id = _found(asked, reference, "amend")
    order = order_of(asked.desk, asked.actor, raw, judged=False)
    return _run(asked, order_id, amend_with(order), if_match)


@router.post("/cancel", response_model=OrderShown, openapi_extra=BODY_OF_REASON, responses=_REFUSED)
def cancel(reference: Reference, asked: Asking, raw: RawBody, if_match: IfMatch = None) -> Response:
    """Makulera en order före utleveransen (cancel an order before its utleverans)."""
    order_id = _found(asked, reference, "cancel")
    return _run(asked, order_id, CANCEL, if_match, reason=the_fields(raw, REASON)["reason"])


@router.post("/pick", response_model=OrderShown, openapi_extra=BODY_OF_CONFIRMATION, responses=_REFUSED)
def pick(reference: Reference, asked: Asking, raw: RawBody, if_match: IfMatch = None) -> Response:
    """Bekräfta att en order är plockad (confirm that an order is picked)."""
    order_id = _found(asked, reference, "pick")
    counted = the_fields(raw, CONFIRMATION)
    return _run(asked, order_id, pick_step.STEP, if_match, short=counted["short"], serials=_devices(counted))


@router.post("/deliver", response_model=OrderShown, openapi_extra=BODY_OF_CONFIRMATION, responses=_REFUSED)
def deliver(reference: Reference, asked: Asking, raw: RawBody, if_match: IfMatch = None) -> Response:
    """Bekräfta att en order är levererad (confirm that an order is delivered).

    Samma bekräftelse igen får samma svar. (The same confirmation again has the same answer.)
    """
    order_id = _found(asked, reference, "deliver")
    counted = the_fields(raw, CONFIRMATION)
    short, serials = counted["short"] or {}, _devices(counted)
    try:
        return _run(asked, order_id, deliver_step.STEP, if_match, short=short, serials=serials)
    except (StepNotAllowed, StaleVersion):
        with asked.desk.database.transaction() as tx:
            version = version_wanted(if_match)
            if not delivered_just_so(tx, order_id, short=short, serials=serials, version=version):
                raise
        return order_document(order_now(asked.desk, order_id))


@router.post("/fail_delivery", response_model=OrderShown, openapi_extra=BODY_OF_REASON, responses=_REFUSED)
def fail_delivery(reference: Reference, asked: Asking, raw: RawBody, if_match: IfMatch = None) -> Response:
    """Bomkörning: godset tillbaka, ordern makuleras (a failed delivery: goods back, order cancelled)."""
    order_id = _found(asked, reference, "fail_delivery")
    return _run(asked, order_id, FAIL_DELIVERY, if_match, reason=the_fields(raw, REASON)["reason"])


@router.post("/release", response_model=Released, responses=problems(404, 409, 412, 422))
def release(reference: Reference, asked: Asking, if_match: IfMatch = None) -> Response:
    """Släpp en hållen order; svaret säger vad som då hände (release a held order, and tell what then happened)."""
    order_id = _found(asked, reference, "release")
    outcome = release_order(asked.desk.database, order_id, version=version_wanted(if_match))
    order = order_now(asked.desk, order_id)
    if outcome is None:
        raise Problem(
            409, "not-held", "Ordern är inte hållen (the order is not held)",
            state=order["state"], allowed_events=order["allowed_events"],
        )  # fmt: skip
    return order_document(order | {"released": outcome._asdict()})


@router.post("/{event}", include_in_schema=False)
def other(reference: Reference, event: str, asked: Asking) -> Response:
    """An event that nobody may send: the system's own, of which there is no step but its; or none at all."""
    demand(asked.actor, Permission.READ_ORDERS)
    if event not in {transition.event for transition in all_transitions()}:
        raise Problem(404, "event-unknown", "Händelsen finns inte (there is no such event)")
    order = order_now(asked.desk, asked.order(reference))
    raise not_allowed(order["state"], allowed_events(order["order_type"], order["state"]))


def _found(asked: Asked, reference: str, event: str) -> int:
    demand(asked.actor, OF_EVENT[event])
    return asked.order(reference)


def _devices(counted: dict[str, Any]) -> dict[str, list[str]]:
    return {article: list(serials) for article, serials in (counted["serial_numbers"] or {}).items()}


def _run(asked: Asked, order_id: int, step: Step, if_match: str | None, **what: Any) -> Response:
    """Run the step, and answer with the order as it is then."""
    run_named(asked.desk.database, step, order_id, actor=asked.actor.name, version=version_wanted(if_match), **what)
    return order_document(order_now(asked.desk, order_id))
