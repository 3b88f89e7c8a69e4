"""Patient: which orders does a person have, and what is with them? Asked by number, with a reason, and logged.

The number is sent in a form and told again nowhere: not in an address, a title or the page. Who it is stands on each
order's own page, for those who may see that. Next: workflows/patient_records.py.
"""

from typing import Any

from fastapi import APIRouter, Response

from backoffice.api.looks import AskedFor
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visit, Visiting
from workflows.access_log import log_access
from workflows.free_text import PersonalNumberInText
from workflows.patient_records import NotANumber, is_protected, orders_of, things_held
from workflows.patient_sight import numbers_here
from workflows.permissions import Permission
from workflows.steps.cancel import ReasonMissing

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/patient")
def ask(visit: Visiting) -> Response:
    """The search."""
    visit.demand(Permission.SEARCH_PATIENT)
    return _page(visit)


@router.post("/patient")
def search(visit: Visiting, form: Form) -> Response:
    """What there is of the person, or that there is nothing; either is logged in the same transaction."""
    asked = AskedFor(visit.desk, visit.actor, visit.request)
    reason = form.text("reason")
    if not visit.may(Permission.SEARCH_PATIENT):
        raise asked.denied(reason, Permission.SEARCH_PATIENT)
    try:
        index = visit.desk.index_of(form.text("number", 40))
        with asked.logging() as tx:
            ids = numbers_here(tx, index)
            log_access(tx, "patient_search", asked.look(reason), ids)
            found = {
                "patients": ids, "protected": is_protected(tx, ids), "orders": orders_of(tx, ids),
                "held": things_held(tx, ids),
            }  # fmt: skip
    except NotANumber as refusal:
        return _page(visit, 422, reason=reason, wrong={"number": str(refusal)})
    except ReasonMissing as refusal:
        return _page(visit, 422, wrong={"reason": str(refusal)})
    except PersonalNumberInText as refusal:
        return _page(visit, 422, wrong={"reason": str(refusal)})
    return _page(visit, reason=reason, found=found)


def _page(
    visit: Visit, status: int = 200, *, reason: str = "", wrong: dict[str, str] | None = None,
    found: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    return visit.show("patient.html", status, reason=reason, wrong=wrong or {}, found=found)
