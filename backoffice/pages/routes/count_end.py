"""En inventering: what differs, and how does it end? Closed it books the differences, cancelled it books nothing.

Next: workflows/counts/closing.py.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Response

from backoffice.pages.count_seen import CountSeen, count_seen, count_to_change
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.count import PAGE
from backoffice.pages.routes.stock import Text
from backoffice.pages.visit import Visit, Visiting
from workflows.correcting import BelowNothing, StockMovedMeanwhile
from workflows.counts.closing import ClosedCount, cancel_count, close_count
from workflows.counts.machine import CountEnded
from workflows.counts.sheet_pages import devices_so_far, page_of_lines, standing_of
from workflows.free_text import PersonalNumberInText
from workflows.permissions import Permission
from workflows.steps.cancel import ReasonMissing

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

_REFUSALS = (BelowNothing, StockMovedMeanwhile, CountEnded, PersonalNumberInText, ReasonMissing)


@router.get("/{code}/inventering/{name}/skillnader")
def differing(visit: Visiting, code: str, name: str, efter: Text = "") -> Response:
    """The lines whose entry is not what was expected when it was counted; of a closed count, what it booked."""
    visit.demand(Permission.READ_STOCK)
    with visit.seeing() as tx:
        seen = count_seen(visit, tx, code, name)
    return _differing(visit, seen, after=efter)


@router.post("/{code}/inventering/{name}/stang")
def close(visit: Visiting, code: str, name: str, form: Form) -> Response:
    """Book the differences, once, with their cause."""
    seen = count_to_change(visit, code, name)
    cause = form.text("orsak")
    try:
        outcome = close_count(visit.desk.database, seen.number, cause=cause, actor=visit.actor.name)
    except _REFUSALS as refusal:
        return _differing(visit, seen, refused=str(refusal), typed=cause)
    return visit.go(f"{seen.address}/skillnader", visit.t(*_told(outcome)))


@router.post("/{code}/inventering/{name}/avbryt")
def cancel(visit: Visiting, code: str, name: str, form: Form) -> Response:
    """End the count without booking anything."""
    seen = count_to_change(visit, code, name)
    reason = form.text("orsak")
    try:
        cancel_count(visit.desk.database, seen.number, reason=reason, actor=visit.actor.name)
    except _REFUSALS as refusal:
        return _differing(visit, seen, refused=str(refusal), typed=reason)
    sv, en = f"{seen.count['id']} är avbruten, inget är bokfört", f"{seen.count['id']} is cancelled, nothing is booked"
    return visit.go(f"/lager/{code}/inventering", visit.t(sv, en))


def _differing(visit: Visit, seen: CountSeen, *, after: str = "", refused: str = "", typed: str = "") -> Response:
    with visit.seeing() as tx:
        lines, following = page_of_lines(tx, seen.number, "differing", after, PAGE)
        standing = standing_of(tx, seen.number)
        is_open = seen.count["state"] == "open"
        devices = devices_so_far(tx, seen.number, seen.store["code"]) if is_open else []
    return visit.show(
        "count_end.html", 422 if refused else 200,
        store=seen.store, count=seen.count, address=seen.address, lines=lines, standing=standing, devices=devices,
        refused=refused, typed=typed, is_open=is_open, can_end=is_open and visit.may(Permission.ADJUST_STOCK),
        more=f"?{urlencode({'efter': following})}" if following else None,
    )  # fmt: skip


def _told(outcome: ClosedCount) -> tuple[str, str]:
    """What the close did, beside what the page shows: orders that wait again, devices that are elsewhere."""
    sv, en = "Inventeringen är stängd", "The count is closed"
    if outcome.gave_up:
        orders = ", ".join(map(str, outcome.gave_up[:10])) + (" …" if len(outcome.gave_up) > 10 else "")
        sv, en = f"{sv}. Väntar igen på gods: order {orders}", f"{en}. These orders wait for goods again: {orders}"
    return sv, en
