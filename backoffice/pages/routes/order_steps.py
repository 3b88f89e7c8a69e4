"""What does a person do with an order on its page? Each act runs the step that API and command line run.

Every form carries the version of the order that it was about: has it moved on since, nothing is done, and the page
shows it as it is now. Next: counted.py (what was typed), workflows/steps/ (what is done).
"""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Response

from backoffice.api.one_order import Reference
from backoffice.api.problems import Problem
from backoffice.pages.counted import devices_in, reason_in, typed_again, units_in
from backoffice.pages.delivering import delivered
from backoffice.pages.forms import Fields, Form
from backoffice.pages.order_actions import ACTS, NOT_HELD, PERMISSION
from backoffice.pages.order_page import Refused, found, show_order
from backoffice.pages.page_route import PageRoute
from backoffice.pages.step_refused import REFUSALS, refusal_of
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from workflows.cohort import Step, run_named
from workflows.releasing import release_order
from workflows.steps import pick as pick_step
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.reduce import reduce_by

router = APIRouter(prefix="/ordrar/{id}", route_class=PageRoute, include_in_schema=False)


@router.post("/plocka")
def pick(reference: Reference, visit: Visiting, form: Form) -> Response:
    """Confirm that the order is picked: all of it, or without what is missing."""

    def confirm(order_id: int) -> str:
        return _run(visit, order_id, pick_step.STEP, form, units_in(form, "saknas"), devices_in(form))

    return _do(visit, reference, form, "pick", confirm)


@router.post("/leverera")
def deliver(reference: Reference, visit: Visiting, form: Form) -> Response:
    """Confirm that the order is delivered. The same confirmation again is no error."""

    def confirm(order_id: int) -> str:
        short, serials = units_in(form, "saknas"), devices_in(form)
        delivered(visit, order_id, short=short, serials=serials, version=_version(form))
        return _stands(visit, "delivered")

    return _do(visit, reference, form, "deliver", confirm)


@router.post("/bomkorning")
def fail_delivery(reference: Reference, visit: Visiting, form: Form) -> Response:
    """The goods did not arrive and are back; the order is cancelled."""
    return _do(visit, reference, form, "fail_delivery", lambda order_id: _run(visit, order_id, FAIL_DELIVERY, form))


@router.post("/makulera")
def cancel(reference: Reference, visit: Visiting, form: Form) -> Response:
    """Cancel the order, with a reason."""
    return _do(visit, reference, form, "cancel", lambda order_id: _run(visit, order_id, CANCEL, form))


@router.post("/delmakulera")
def reduce(reference: Reference, visit: Visiting, form: Form) -> Response:
    """Cancel a part of the order, with a reason; the rest goes on."""

    def cut(order_id: int) -> str:
        going = [serial for serials in devices_in(form).values() for serial in serials]
        return _run(visit, order_id, reduce_by(units_in(form, "antal"), going), form)

    return _do(visit, reference, form, "reduce", cut)


@router.post("/slapp")
def release(reference: Reference, visit: Visiting, form: Form) -> Response:
    """Release a held order, which is tried at once."""

    def let_go(order_id: int) -> str:
        outcome = release_order(visit.desk.database, order_id, version=_version(form))
        if outcome is None:
            raise Problem(409, "not-held", "{} ({})".format(*NOT_HELD))
        if outcome.failure:
            return visit.t(
                "Ordern är släppt, men steget misslyckades igen; det försöks på nytt",
                "The order is released, but the step failed again; it will be tried anew",
            )
        return _stands(visit, outcome.after)

    return _do(visit, reference, form, "release", let_go)


def _run(
    visit: Visit, order_id: int, step: Step, form: Fields,
    short: Mapping[str, int] | None = None, serials: Mapping[str, Sequence[str]] | None = None,
) -> str:  # fmt: skip
    """Run the step, and say where the order stands then."""
    state = run_named(
        visit.desk.database, step, order_id, actor=visit.actor.name, reason=reason_in(form), short=short,
        serials=serials, version=_version(form),
    )  # fmt: skip
    return _stands(visit, state)


def _do(visit: Visit, reference: str, form: Fields, event: str, act: Callable[[int], str]) -> Response:
    """Find the order, act, and go back to its page; what is refused is told there, with what was typed."""
    visit.demand(PERMISSION[event])
    order_id = found(visit, reference)
    try:
        said = act(order_id)
    except REFUSALS as refusal:
        status, sentence = refusal_of(visit, refusal)
        return show_order(visit, order_id, refused=Refused(ACTS[event][0], sentence, status, typed_again(form)))
    return visit.go(f"/ordrar/{order_id}", said)


def _stands(visit: Visit, state: str) -> str:
    name = word("state", state, visit.language)
    return visit.t(f"Gjort: ordern är nu {name}", f"Done: the order is now {name}")


def _version(form: Fields) -> int | None:
    return form.number("version", 1, 1 << 31)
