"""Order: what of one order is there to see, and to whom does it go? The page, what of it is live, and a look at the
patient, which is asked for with a reason and logged. Next: order_steps.py, what is done with it.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from backoffice.api.event_bodies import LONGEST_REASON
from backoffice.api.looks import AskedFor
from backoffice.api.one_order import Reference
from backoffice.api.orders_patient import OrderId, open_patient_of
from backoffice.api.problems import Problem
from backoffice.pages.counted import typed_again
from backoffice.pages.forms import Form
from backoffice.pages.order_page import Refused, found, show_order
from backoffice.pages.page_route import PageRoute
from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visiting
from workflows.free_text import PersonalNumberInText
from workflows.order_progress import progress
from workflows.permissions import Permission
from workflows.steps.cancel import ReasonMissing

FirstLine = Annotated[int, Query(ge=1, le=1_000)]

router = APIRouter(prefix="/ordrar/{id}", route_class=PageRoute, include_in_schema=False)


@router.get("")
def order(reference: Reference, visit: Visiting, rad: FirstLine = 1) -> Response:
    """The page of one order; `rad` is the first of its lines that is shown."""
    visit.demand(Permission.READ_ORDERS)
    return show_order(visit, found(visit, reference), first_line=rad)


@router.get("/nu")
def order_now(
    reference: Reference,
    visit: Visiting,
    sedd: Annotated[str, Query(max_length=40)] = "",
    version: Annotated[int | None, Query(ge=1, le=1 << 31)] = None,
    rad: FirstLine = 1,
) -> Response:
    """What of the page is live; 204 while it is as `sedd` (seen). `version` is what the page's forms are about."""
    visit.demand(Permission.READ_ORDERS)
    order_id = found(visit, reference)
    with visit.desk.database.transaction() as tx:
        now = progress(tx, order_id)
    if now.seen == sedd and now.moves_by_itself:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return show_order(visit, order_id, template="order_live.html", acting_on=version, first_line=rad)


@router.post("/mottagare")
def show_receiver(order_id: OrderId, visit: Visiting, form: Form) -> Response:
    """Show who the patient is, as far as the visitor may see: with a reason, and logged, also where it is refused."""
    visit.demand(Permission.READ_ORDERS)
    asked = AskedFor(visit.desk, visit.actor, visit.request)
    try:
        patient = open_patient_of(asked, order_id, form.text("orsak", LONGEST_REASON))
    except (ReasonMissing, PersonalNumberInText, Problem) as refusal:
        status = refusal.status if isinstance(refusal, Problem) else 422
        refused = Refused("mottagare", spoken(str(refusal), visit.language), status, typed_again(form))
        return show_order(visit, found(visit, str(order_id)), refused=refused)
    return show_order(visit, order_id, patient=patient)
