"""Did a page of ours send this? Whoever changes something with a cookie shows that it was not another site's page.

A browser sends the cookie along whoever made it ask; SameSite=Lax holds back most of that, and this the rest. Browsers
say where a request comes from in Sec-Fetch-Site, which no page can set, and in Origin. A token is sent by nobody but
its owner's program, and needs no such proof. Next: routes/.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from backoffice.api.cookies import SESSION
from backoffice.api.problems import Problem, answer

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing here."""


class SameOrigin:
    """Refuses what another site's page asks for (CSRF), logging in included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] != "http" or scope["method"] in SAFE or _is_ours(HTTPConnection(scope)):
            await self.app(scope, receive, send)
        else:
            problem = Problem(
                403, "cross-site", "Begäran kom från en annan webbplats (the request came from another site)"
            )
            await answer(problem)(scope, receive, send)


def _is_ours(request: HTTPConnection) -> bool:
    if "authorization" in request.headers:
        return True
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is not None:
        return _is_own_origin(origin, request)
    # Every browser of today says one of the two where it matters: what says neither is no browser, and has no cookie.
    return site is not None or SESSION not in request.cookies


def _is_own_origin(origin: str, request: HTTPConnection) -> bool:
    """Behind a proxy that speaks TLS we are asked by http, and the page was https."""
    parts = urlsplit(origin)
    return parts.netloc.lower() == request.headers.get("host", "").lower() and parts.scheme in (
        "https",
        request.scope["scheme"],
    )
