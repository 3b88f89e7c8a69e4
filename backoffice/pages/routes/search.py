"""Sök: which thing has the number that somebody typed or scanned? Straight to its page, where there is one alone.

What is somebody's number is neither looked for nor told again: patients are sought on their own page. The field is sent
as a form, so that no address holds what was typed by mistake. Next: workflows/searching.py.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from backoffice.json_text import STOCKHOLM
from backoffice.pages.device_address import device_address
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visit, Visiting
from workflows.identity import holds_personal_number, identity_of, looks_like_personal_number
from workflows.permissions import Permission
from workflows.searching import Found, search, sources_of_orders

router = APIRouter(prefix="/sok", route_class=PageRoute, include_in_schema=False)

LONGEST = 97
"""A source, a colon and an external id."""

_PATIENTS = "patient"


@router.get("")
def found(visit: Visiting, q: Annotated[str, Query()] = "", om: Annotated[str, Query()] = "") -> Response:
    """What has that number; `om=patient` tells that patients are not sought here."""
    visit.demand(Permission.READ_ORDERS)
    if om == _PATIENTS:
        return visit.show("search.html", wanted="", found=[], asked=False, is_patients=True)
    return _answer(visit, q)


@router.post("")
def find(visit: Visiting, form: Form) -> Response:
    """As sent by the field that every page has."""
    visit.demand(Permission.READ_ORDERS)
    return _answer(visit, form.text("q", LONGEST))


def _answer(visit: Visit, typed: str) -> Response:
    wanted = typed.strip()[:LONGEST]
    if _is_somebodys(visit, wanted):
        return visit.go(f"/sok?om={_PATIENTS}")
    things = _search(visit, wanted)
    if len(things) == 1:
        return visit.go(_address_of(things[0]))
    # A number that was mistyped is nobody's, but close to somebody's.
    told = "" if looks_like_personal_number(wanted) else wanted
    rows = [(each, _address_of(each)) for each in things]
    return visit.show(
        "search.html",
        404 if wanted and not rows else 200,
        wanted=told,
        found=rows,
        asked=bool(wanted),
        is_patients=False,
    )


def _is_somebodys(visit: Visit, wanted: str) -> bool:
    patterns = visit.desk.settings.reservnummer_patterns
    today = datetime.now(STOCKHOLM).date()
    return holds_personal_number(wanted) or identity_of(wanted, on=today, reservnummer_patterns=patterns) is not None


def _search(visit: Visit, wanted: str) -> list[Found]:
    with visit.desk.database.transaction() as tx:
        sources = sources_of_orders(tx)
    with visit.seeing() as tx:
        return search(tx, wanted, sources, devices=visit.may(Permission.READ_STOCK))


def _address_of(thing: Found) -> str:
    if thing.kind == "order":
        return f"/ordrar/{thing.name}"
    if thing.kind == "utleverans":
        return f"/utleveranser/{thing.name}"
    assert thing.article is not None
    return device_address(thing.article, thing.name)
