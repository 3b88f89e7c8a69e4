"""Where does a one-time link lead? To a page that asks for a password; the link's secret never reaches a log.

It stands behind the #, which the browser keeps to itself: the page's script (static/link.js) sends it in the body of
POST /api/v1/link. That is why this page alone needs JavaScript, and says so.
"""

from fastapi import APIRouter, Response

from backoffice.pages.page_route import PageRoute
from backoffice.pages.showing import html

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/link")
def page() -> Response:
    """The page, in Swedish with English beside it: nobody knows yet who reads it."""
    return html("link.html", "sv", visit=None, said="")
