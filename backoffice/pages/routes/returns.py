"""Returer: what is to come back to the stores, and what stands there to be judged or mended? Next: asking_back.py."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.stock import Text
from backoffice.pages.visit import Visiting
from workflows.permissions import Permission
from workflows.returns.reading import list_returns

router = APIRouter(prefix="/returer", route_class=PageRoute, include_in_schema=False)

PAGE = 50


@router.get("")
def returns(
    visit: Visiting, alla: str = "", lager: Text = "", fore: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None
) -> Response:
    """Returns to the stores that the visitor sees, newest first; `alla`: those that have ended too."""
    visit.demand(Permission.READ_ORDERS)
    with visit.seeing() as tx:
        shown = list_returns(tx, state=None if alla else "open", store=lager or None, before=fore, limit=PAGE)
    chosen = ({"alla": "1"} if alla else {}) | ({"lager": lager} if lager else {})
    more = f"?{urlencode(chosen | {'fore': shown[-1]['id']})}" if len(shown) == PAGE else None
    return visit.show("returns.html", returns=shown, everything=bool(alla), store=lager, more=more)
