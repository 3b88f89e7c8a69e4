"""Plocklistor: many printed in one file, and marked as printed, by whom and when.

What is printed is marked first and is then an address of its own, where the file can be fetched again. Next:
exchange/outgoing/pick_list.py, the paper; workflows/pick_list_prints.py, the marks.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.pdf_answer import pdf_answer
from backoffice.pages.routes.picking import place_of, show_list
from backoffice.pages.visit import Visiting
from exchange.outgoing.pick_list import pick_list_of, render_pick_list
from workflows.permissions import Permission
from workflows.pick_list_prints import MOST_IN_A_PRINT, mark_printed, orders_of_print
from workflows.picking import queue_to_pick, read_to_pick, still_to_pick

router = APIRouter(prefix="/plock/utskrift", route_class=PageRoute, include_in_schema=False)

_NOTHING = "Inga ordrar valda som väntar på plock (no orders chosen that wait to be picked)"
_TOO_MANY = f"Högst {MOST_IN_A_PRINT} plocklistor i en utskrift (at most {MOST_IN_A_PRINT} pick lists in one print)"


@router.post("")
def print_lists(visit: Visiting, form: Form) -> Response:
    """Mark the lists of the chosen orders as printed, or of all that are not (`alla`); the page has their file."""
    visit.demand(Permission.PICK)
    visit.demand(Permission.PRINT)
    place = place_of(visit, form.text("lager", 64) or None, form.text("visa", 20))
    chosen = [int(each) for each in form.texts("order", 18) if each.isascii() and each.isdigit()]
    with visit.seeing() as tx:
        if not form.has("alla"):
            ids = still_to_pick(tx, chosen)
        elif place.store is not None:
            ids = queue_to_pick(tx, place.store.code, MOST_IN_A_PRINT, unprinted=True)
        else:
            ids = []
    if not 0 < len(ids) <= MOST_IN_A_PRINT:
        return show_list(visit, place, 422, refused=_TOO_MANY if ids else _NOTHING)
    with visit.desk.database.transaction() as tx:
        number = mark_printed(tx, ids, visit.actor.name)
    n = len(ids)
    return visit.go(
        place.address(utskrift=number),
        visit.t(f"{n} plocklista är märkt som utskriven" if n == 1 else f"{n} plocklistor är märkta som utskrivna",
                f"{n} pick list is marked as printed" if n == 1 else f"{n} pick lists are marked as printed"),
    )  # fmt: skip


@router.get("/{number}.pdf")
def printed_lists(visit: Visiting, number: Annotated[int, Path(ge=1, lt=1 << 63)]) -> Response:
    """The print's file: the lists of those of its orders that still wait for their pick."""
    visit.demand(Permission.PICK)
    visit.demand(Permission.PRINT)
    with visit.seeing() as tx:
        printed = orders_of_print(tx, number)
        ids = still_to_pick(tx, printed)
    if not printed:
        raise Problem(404, "not-found", "Utskriften finns inte (there is no such print)")
    if not ids:
        raise Problem(409, "all-picked", "Alla ordrar i utskriften är redan plockade (all its orders are picked)")
    with visit.desk.database.transaction() as tx:
        orders = read_to_pick(tx, ids)
    return pdf_answer(render_pick_list([pick_list_of(each) for each in orders]), f"plocklista-{number}")
