"""Översikt: how does the whole stand? Next: workflows/overview.py."""

from fastapi import APIRouter, Response

from backoffice.pages.navigation import first_page
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visiting
from workflows.permissions import Permission

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def overview(visit: Visiting) -> Response:
    """The first page; who may not see it is sent to the first that they may."""
    if not visit.may(Permission.READ_STATUS):
        return visit.go(first_page(visit))
    return visit.show("overview.html")
