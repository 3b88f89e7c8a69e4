"""Ordrar: which orders are there? A list whose filters are kept in its address, and under names of one's own.

Next: order_filters.py (what is asked for), orders_at_once.py (what is done with many), order.py (one of them).
"""

from typing import Any

from fastapi import APIRouter, Response

from backoffice.pages.forms import Form
from backoffice.pages.order_filters import ELSEWHERE, LIST, Filters, read_filters
from backoffice.pages.order_tasks import tasks_of
from backoffice.pages.page_route import PageRoute
from backoffice.pages.showing import swedish_order
from backoffice.pages.visit import Visit, Visiting
from workflows.free_text import PersonalNumberInText
from workflows.order_rows import order_rows, senders
from workflows.permissions import Permission
from workflows.saved_views import SavedView, TooManyViews, remove_view, save_view, views_of

router = APIRouter(prefix=LIST, route_class=PageRoute, include_in_schema=False)

PAGE = 50


@router.get("")
def orders(visit: Visiting) -> Response:
    """A page of the orders that the visitor sees, the highest number first."""
    visit.demand(Permission.READ_ORDERS)
    filters = read_filters(visit.request.query_params)
    if filters.is_somebodys:
        # Away from that address, which a browser keeps.
        return visit.go(filters.address(), visit.t(*ELSEWHERE))
    return show_list(visit, filters)


@router.post("/vyer")
def save(visit: Visiting, form: Form) -> Response:
    """Keep the filters under a name."""
    visit.demand(Permission.READ_ORDERS)
    filters, name = read_filters(form), form.text("namn", 60)
    refused: Exception | None = None
    if name:
        try:
            with visit.desk.database.transaction() as tx:
                save_view(tx, visit.actor.name, LIST, SavedView(name, filters.query))
        except (PersonalNumberInText, TooManyViews) as refusal:
            refused = refusal
    if refused is not None or not name:
        told = str(refused or visit.t("Skriv ett namn på vyn", "Write a name for the view"))
        return show_list(visit, filters, 422, view_refused=told, view_name=name if refused is None else "")
    return visit.go(filters.address(), visit.t(f"Vyn {name} är sparad", f"The view {name} is saved"))


@router.post("/vyer/ta-bort")
def remove(visit: Visiting, form: Form) -> Response:
    """Forget a name; the list that it meant stays on the screen."""
    visit.demand(Permission.READ_ORDERS)
    with visit.desk.database.transaction() as tx:
        remove_view(tx, visit.actor.name, LIST, form.text("namn", 60))
    return visit.go(read_filters(form).address(), visit.t("Vyn är borttagen", "The view is removed"))


def show_list(visit: Visit, filters: Filters, status: int = 200, **told: str) -> Response:
    """The list, with what was refused about it."""
    ids, is_cut = filters.find(visit, PAGE + 1)
    with visit.seeing() as tx:
        rows = order_rows(tx, ids[:PAGE])
        stores = senders(tx, visit.actor.kommun)
    with visit.desk.database.transaction() as tx:
        views = sorted(views_of(tx, visit.actor.name, LIST), key=lambda view: swedish_order(view.name))
    context: dict[str, Any] = {
        "filters": filters, "is_cut": is_cut, "rows": rows, "stores": stores, "views": views,
        "further": filters.address(ids[PAGE - 1]) if len(ids) > PAGE else None, "view_refused": "", "view_name": "",
        "refused": "", "may_do_with_many": tasks_of(visit),
    }  # fmt: skip
    return visit.show("orders.html", status, **(context | told))
