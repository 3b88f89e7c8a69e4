"""Lager: what lies in a store? The stores one may see, and a store's balances, article by article.

Next: shelf.py (one article), workflows/shelves.py (what is read).
"""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Response

from backoffice.pages.order_filters import ELSEWHERE
from backoffice.pages.page_route import PageRoute
from backoffice.pages.store_seen import store_seen
from backoffice.pages.visit import Visiting
from workflows.identity import holds_personal_number
from workflows.permissions import Permission
from workflows.shelves import Wanted, page_of_shelves, stores_here

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

PAGE = 100
"""Articles on a page."""

Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


@router.get("")
def stores(visit: Visiting) -> Response:
    """The stores of the visitor's kommun, or of the region."""
    visit.demand(Permission.READ_STOCK)
    with visit.seeing() as tx:
        found = stores_here(tx, visit.actor.kommun)
    return visit.show("stores.html", stores=found)


@router.get("/{code}")
def shelves(visit: Visiting, code: str, sok: Text = "", under: str = "", efter: Text = "") -> Response:
    """The store's balances; `under`: those at or below their reorder point alone."""
    visit.demand(Permission.READ_STOCK)
    wanted = Wanted(sok.strip(), bool(under), efter)
    with visit.seeing() as tx:
        store = store_seen(visit, tx, code)
        if holds_personal_number(sok):
            # Away from that address, which a browser keeps.
            return visit.go(f"/lager/{quote(code, safe='')}", visit.t(*ELSEWHERE))
        found, following = page_of_shelves(tx, code, wanted, PAGE)
    chosen = {"sok": wanted.search} if wanted.search else {}
    chosen |= {"under": "1"} if wanted.below else {}
    more = f"?{urlencode(chosen | {'efter': following})}" if following else None
    return visit.show("shelves.html", store=store, shelves=found, wanted=wanted, more=more)
