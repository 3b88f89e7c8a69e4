"""Differenser: where did the goods of a store and its balance differ, and who has found out why?

Next: workflows/differences.py.
"""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.store_seen import store_seen, store_to_change
from backoffice.pages.visit import Visit, Visiting
from workflows.differences import (
    AlreadySettled,
    DifferenceFilter,
    NoDifference,
    NoteMissing,
    is_difference_of,
    page_of_differences,
    settle,
)
from workflows.free_text import PersonalNumberInText
from workflows.permissions import Permission

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

PAGE = 50

Number = Annotated[int | None, Query(ge=1, lt=1 << 63)]


@router.get("/{code}/differenser")
def differences(visit: Visiting, code: str, alla: str = "", fore: Number = None) -> Response:
    """The differences to look into, newest first; `alla`: those that are settled too."""
    visit.demand(Permission.READ_STOCK)
    return _differences(visit, code, everything=bool(alla), before=fore)


@router.post("/{code}/differenser/{difference}")
def settled(visit: Visiting, code: str, difference: Annotated[int, Path(ge=1, lt=1 << 63)], form: Form) -> Response:
    """Note what was found out about a difference, once."""
    store_to_change(visit, code)
    with visit.seeing() as tx:
        if not is_difference_of(tx, difference, code):
            raise Problem(404, "not-found", str(NoDifference.__doc__))
    note = form.text("utrett", 500)
    try:
        settle(visit.desk.database, difference, note=note, actor=visit.actor.name)
    except (AlreadySettled, NoteMissing, PersonalNumberInText) as refusal:
        return _differences(visit, code, refused=(difference, str(refusal)), typed=note)
    return visit.go(f"/lager/{code}/differenser", visit.t("Differensen är utredd", "The difference is settled"))


def _differences(
    visit: Visit,
    code: str,
    *,
    everything: bool = False,
    before: int | None = None,
    refused: tuple[int, str] | None = None,
    typed: str = "",
) -> Response:
    with visit.seeing() as tx:
        store = store_seen(visit, tx, code)
        found = page_of_differences(tx, DifferenceFilter(code, settled=everything), before, PAGE)
    chosen = {"alla": "1"} if everything else {}
    return visit.show(
        "differences.html", 422 if refused else 200,
        store=store, differences=found, everything=everything, refused=refused, typed=typed,
        more=f"?{urlencode(chosen | {'fore': found[-1]['id']})}" if len(found) == PAGE else None,
    )  # fmt: skip
