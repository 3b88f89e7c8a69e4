"""What does a visitor see who is refused? A page that says so, with the status and sentence that the API would answer.

Pages' routers say `route_class=PageRoute`. Next: refusals.py of the API, the one table of refusals.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.routing import APIRoute

from backoffice.pages.showing import going_to, html
from backoffice.pages.visit import NotLoggedIn, Visit
from backoffice.words import lacking
from workflows.permissions import NotPermitted

LOGIN = "/logga-in"


class PageRoute(APIRoute):
    """A route whose refusals are pages; who has not logged in is sent to do so."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """As FastAPI's, with what it raises told as a page."""
        handle = super().get_route_handler()

        async def handle_and_tell(request: Request) -> Response:
            try:
                answer: Response = await handle(request)
            except NotLoggedIn:
                return _to_the_login(request)
            except Exception as error:
                refusal = await refused_by(request, error)
                if refusal is None:
                    raise
                return as_page(request, refusal, lacking(error.permission) if isinstance(error, NotPermitted) else None)
            return answer

        return handle_and_tell


async def refused_by(request: Request, error: Exception) -> Response | None:
    """What the API answers to that exception; None where nobody expected it."""
    handlers: dict[Any, Any] = request.app.exception_handlers
    handler = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers and kind is not Exception), None)
    if handler is None:
        return None
    answer = handler(request, error)
    refusal: Response = await answer if hasattr(answer, "__await__") else answer
    return refusal


def as_page(request: Request, refusal: Response, title: str | None = None) -> Response:
    """The problem as a page, in the visitor's language where they are known; `title` instead of the API's."""
    visit: Visit | None = getattr(request.state, "visit", None)
    problem = json.loads(bytes(refusal.body))
    problem["title"] = title or problem["title"]
    template = "problem_part.html" if "hx-request" in request.headers else "problem.html"
    page = html(
        template, visit.language if visit else "sv", refusal.status_code,
        visit=visit, said="", problem=problem, violations=problem.get("violations", []),
    )  # fmt: skip
    for name in ("retry-after", "allow"):
        if name in refusal.headers:
            page.headers[name] = refusal.headers[name]
    return page


def _to_the_login(request: Request) -> Response:
    """To the login, and back afterwards; what was sent is sent again by the person, not by us."""
    wanted = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        wanted += f"?{request.url.query}"
    there = LOGIN if wanted == "/" else f"{LOGIN}?sedan={quote(wanted, safe='')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    return going_to(there)
