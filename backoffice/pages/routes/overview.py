"""Översikt: how does the whole stand, and what needs somebody? Next: ../overview_numbers.py."""

from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from backoffice.pages.navigation import first_page
from backoffice.pages.overview_numbers import LIST, numbers_for
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visiting
from workflows.order_types import OrderType
from workflows.permissions import Permission

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def overview(visit: Visiting) -> Response:
    """The first page, or of it what changes; who may not see it is sent to the first that they may."""
    if not visit.may(Permission.READ_STATUS):
        return visit.go(first_page(visit))
    whole = "hx-request" not in visit.request.headers
    return visit.show(
        "overview.html" if whole else "overview_now.html",
        now=numbers_for(visit), types=list(OrderType), lists=visit.may(Permission.READ_ORDERS), list_of=_list_of,
        lists_of=lambda order_type: partial(_list_of, order_type),
    )  # fmt: skip


def _list_of(order_type: str, state: str) -> str:
    return f"{LIST}?{urlencode({'type': order_type, 'state': state})}"
