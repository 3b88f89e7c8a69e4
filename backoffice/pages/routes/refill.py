"""Påfyllnad: what would a kommunlager order from lager 10 now, and why? Somebody approves it, and it is ordered once.

What is approved is what was shown: where the need has changed since, the page shows it anew and orders nothing. Next:
workflows/refill.py.
"""

from fastapi import APIRouter, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.store_seen import store_seen, store_to_change
from backoffice.pages.visit import Visit, Visiting
from workflows.order_choices import articles_named
from workflows.permissions import Permission
from workflows.refill import NeedHasChanged, orderer_of, refill_store

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

MOST_SHOWN = 300
"""Lines of a proposal on the page; those beyond are told by their number, and ordered with the others."""


@router.get("/{code}/pafyllnad")
def proposal(visit: Visiting, code: str) -> Response:
    """What the store needs at this moment."""
    visit.demand(Permission.READ_STOCK)
    return _proposal(visit, code)


@router.post("/{code}/pafyllnad")
def approve(visit: Visiting, code: str, form: Form) -> Response:
    """Order what was shown."""
    store = store_to_change(visit, code, Permission.CREATE_LAGERFLYTTSORDER)
    if store["kind"] != "kommun":
        raise _none()
    try:
        refill = refill_store(
            visit.desk.database, code, actor=visit.actor.name, orderer=_orderer(visit, code),
            approved=form.text("forslag", 64),
        )  # fmt: skip
    except NeedHasChanged as changed:
        return _proposal(visit, code, refused=str(changed))
    if not refill.created:
        return _proposal(visit, code, refused="Inget är beställt (nothing is ordered)")
    numbers = ", ".join(str(each.order_id) for each in refill.created)
    return visit.go(f"/lager/{code}/pafyllnad", visit.t(f"Beställt: order {numbers}", f"Ordered: order {numbers}"))


def _proposal(visit: Visit, code: str, *, refused: str = "") -> Response:
    with visit.seeing() as tx:
        store = store_seen(visit, tx, code)
    if store["kind"] != "kommun":
        raise _none()
    refill = refill_store(
        visit.desk.database, code, actor=visit.actor.name, orderer=_orderer(visit, code), dry_run=True
    )
    shown = refill.proposal.lines[:MOST_SHOWN]
    with visit.seeing() as tx:
        articles = articles_named(tx, {line.article for line in shown})
    may = visit.may(Permission.CREATE_LAGERFLYTTSORDER) and refill.orderer is not None
    return visit.show(
        "refill.html", 409 if refused else 200, store=store, refill=refill, shown=shown, articles=articles, may=may,
        refused=refused,
    )  # fmt: skip


def _orderer(visit: Visit, code: str) -> str | None:
    """The visitor, where they may order for the store themselves; else the one whom the store has."""
    with visit.desk.database.transaction() as tx:
        found = orderer_of(tx, code, visit.actor.person)
    return found and found.person


def _none() -> Problem:
    return Problem(404, "not-found", "Bara kommunlager fylls på (only municipal stores are refilled)")
