"""Begär åter: what of a delivered order is asked back now, and to which store? Reached from the order's page.

Next: one_return.py (what becomes of it), workflows/returns/requesting.py.
"""

from secrets import token_hex
from typing import Any

from fastapi import APIRouter, Response

from backoffice.pages.forms import Fields, Form
from backoffice.pages.order_page import found
from backoffice.pages.page_route import PageRoute
from backoffice.pages.return_picks import picks_of
from backoffice.pages.return_refused import REFUSALS, refusal_of_return
from backoffice.pages.routes.stock import Text
from backoffice.pages.visit import Visit, Visiting
from config.database import Connection
from workflows.kommun_places import is_store_of
from workflows.order_choices import articles_named
from workflows.permissions import Permission
from workflows.queries import read_orders
from workflows.returns.piles import seen_out_of_order
from workflows.returns.reading import returns_of_order
from workflows.returns.refusals import StoreUnknown
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.shelves import receiving_stores

router = APIRouter(prefix="/returer", route_class=PageRoute, include_in_schema=False)


MOST_LINES = 150
"""Lines of an order in the form; when they are asked back the others are shown."""


@router.get("/ny")
def new_return(visit: Visiting, order: Text = "") -> Response:
    """What is out of the order, to choose from; without an order, a field for its number."""
    visit.demand(Permission.HANDLE_RETURNS)
    if not order.strip():
        return visit.show("return_of_which.html")
    return _form(visit, found(visit, order), Fields(), f"kontor-{token_hex(8)}")


@router.post("/ny")
def ask_back(visit: Visiting, form: Form) -> Response:
    """Ask back what was chosen. The same form sent again is the same return."""
    visit.demand(Permission.HANDLE_RETURNS)
    order_id, reference = found(visit, form.text("order", 100)), form.text("nyckel", 64)
    try:
        wanted = ReturnRequest(
            form.text("lager", 64), form.text("orsak"), order_id, picks=tuple(picks_of(form)),
            reference=reference or None, with_accessories=form.has("tillbehor"),
        )  # fmt: skip
        with visit.seeing() as tx:
            if wanted.store not in {each["code"] for each in receiving_stores(tx, visit.actor.kommun)}:
                raise StoreUnknown
        with visit.desk.database.transaction() as tx:
            number = request_return(tx, wanted, actor=visit.actor.name)
    except REFUSALS as refusal:
        return _form(visit, order_id, form, reference, refusal_of_return(visit, refusal))
    with visit.seeing() as tx:
        is_seen = is_store_of(tx, wanted.store, visit.actor.kommun)
    there = f"/returer/R-{number}" if is_seen else f"/ordrar/{order_id}"
    return visit.go(there, visit.t(f"Retur R-{number} är begärd", f"Return R-{number} is requested"))


def _form(
    visit: Visit, order_id: int, typed: Fields, reference: str, refused: tuple[int, str] | None = None
) -> Response:
    with visit.desk.database.transaction() as tx:
        out = _out(tx, order_id)
    with visit.seeing() as tx:
        stores = receiving_stores(tx, visit.actor.kommun)
        articles = articles_named(tx, {pile.article for pile in out["piles"][:MOST_LINES]})
    return visit.show(
        "return_new.html", refused[0] if refused else 200,
        **out, articles=articles, most=MOST_LINES, stores=stores, typed=typed, reference=reference,
        refused=refused[1] if refused else "",
    )  # fmt: skip


def _out(tx: Connection, order_id: int) -> dict[str, Any]:
    (order,) = read_orders(tx, [order_id])
    is_out = order["state"] == "delivered" and order["receiver_kind"] != "kommunlager"
    piles = [each for each in seen_out_of_order(tx, order_id) if each.units > 0] if is_out else []
    return {"order": order, "piles": piles, "returns": returns_of_order(tx, order_id)}
