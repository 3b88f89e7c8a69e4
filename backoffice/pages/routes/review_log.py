"""Åtkomstloggen: who looked at whose data, and why? By days, person, kind, order and patient; the newest first.

A patient is asked for by number in a form, with a reason, and that is logged too; the address then holds our id of the
number. Next: review_sample.py; workflows/log_search.py.
"""

from dataclasses import replace
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from backoffice.api.looks import AskedFor
from backoffice.pages.asked_period import asked_period
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import REVIEW, first_part, parts_for
from backoffice.pages.visit import Visit, Visiting
from workflows.access_log import Action, log_access
from workflows.free_text import PersonalNumberInText
from workflows.identity import holds_personal_number
from workflows.log_reading import DECISIONS
from workflows.log_search import LookFilter, decisions_of, search_looks
from workflows.patient_records import NotANumber
from workflows.patient_sight import numbers_here
from workflows.permissions import Permission
from workflows.queries import find_order
from workflows.steps.cancel import ReasonMissing

router = APIRouter(prefix="/granskning", route_class=PageRoute, include_in_schema=False)

LOG = "/granskning/atkomst"
ON_A_PAGE = 100
DAYS = 30
"""Of these many days, unless others are asked for."""

_IN_ITS_FIELD = (
    "Ett personnummer söks i fältet för patientens nummer, där sökningen loggas",
    "A personal identity number is searched for in its own field, where the search is logged",
)

Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Number = Annotated[int, Query(ge=1, le=2**63 - 1)]


@router.get("")
def first(visit: Visiting) -> Response:
    """The first part that the visitor may open."""
    return visit.go(first_part(visit, REVIEW))


@router.get("/atkomst")
def search(
    visit: Visiting,
    vem: Word = "",
    vad: Word = "",
    order: Word = "",
    fran: Word = "",
    till: Word = "",
    patient: Annotated[list[Number] | None, Query(max_length=50)] = None,
    fore: Number | None = None,
) -> Response:
    """The rows, a page at a time."""
    visit.demand(Permission.REVIEW_LOOKS)
    if any(map(holds_personal_number, (vem, order))):
        # Away from that address, which a browser keeps.
        return visit.go(LOG, visit.t(*_IN_ITS_FIELD))
    asked = {"vem": vem.strip(), "vad": vad, "order": order.strip(), "fran": fran, "till": till}
    return _page(visit, asked, tuple(patient or ()), fore)


@router.post("/atkomst/patient")
def of_a_patient(visit: Visiting, form: Form) -> Response:
    """Look for a patient's rows by number: the looking is logged, and the address holds our ids of the number alone."""
    asked = AskedFor(visit.desk, visit.actor, visit.request)
    reason = form.text("reason")
    if not visit.may(Permission.REVIEW_LOOKS):
        raise asked.denied(reason, Permission.REVIEW_LOOKS)
    try:
        index = visit.desk.index_of(form.text("number", 40))
        with asked.logging() as tx:
            ids = numbers_here(tx, index)
            if ids:
                log_access(tx, "log_extract", asked.look(reason), ids)
            else:
                log_access(tx, "patient_search", asked.look(reason), [], not_found=["number"])
    except NotANumber as refusal:
        return _page(visit, {}, (), None, 422, reason=reason, wrong={"number": str(refusal)})
    except (ReasonMissing, PersonalNumberInText) as refusal:
        return _page(visit, {}, (), None, 422, wrong={"reason": str(refusal)})
    if not ids:
        return visit.go(LOG, visit.t("Ingen sådan patient. Sökningen är loggad.", "No such patient. It is logged."))
    return visit.go(f"{LOG}?{urlencode({'patient': ids}, doseq=True)}")


def _page(
    visit: Visit, asked: dict[str, str], patients: tuple[int, ...], before: int | None, status: int = 200,
    *, reason: str = "", wrong: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    period = asked_period(asked.get("fran", ""), asked.get("till", ""), DAYS)
    wanted = LookFilter(
        period.begins, period.ends, actor=asked.get("vem") or None, patients=patients or None,
        action=asked.get("vad") or None, kommun=visit.actor.kommun, before=before,
    )  # fmt: skip
    number, is_known = _order_asked(visit, asked.get("order", ""))
    with visit.desk.database.transaction() as tx:
        rows = search_looks(tx, replace(wanted, order=number), ON_A_PAGE) if is_known else []
        decisions = decisions_of(tx, [row["id"] for row in rows])
    fields: dict[str, Any] = {name: value for name, value in asked.items() if value} | {"patient": list(patients)}
    more = ""
    if len(rows) == ON_A_PAGE:
        more = f"{LOG}?{urlencode(fields | {'fore': rows[-1]['id']}, doseq=True)}"
    return visit.show(
        "review_log.html", status, parts_of=parts_for(visit, REVIEW), asked=asked, patients=patients, period=period,
        kinds=get_args(Action), rows=rows, decisions=decisions, decided=DECISIONS, more=more, is_known=is_known,
        reason=reason, wrong=wrong or {},
    )  # fmt: skip


def _order_asked(visit: Visit, reference: str) -> tuple[int | None, bool]:
    """The order of that number or `source:external_id`, and whether what was asked for is one that the visitor sees."""
    if not reference:
        return None, True
    with visit.seeing() as tx:
        number = find_order(tx, reference, visit.actor.kommun)
    return number, number is not None
