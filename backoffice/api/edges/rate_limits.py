"""Does somebody ask so much that nothing is left for others? Then 429, and when to come back.

A token or session that has proved good has a bucket of its own; everything else, invented tokens included, is taken
from its address's, so that inventing them gains nothing. Guessing passwords has a pace of its own, in the database
(workflows/login_pace.py). Next: same_origin.py.
"""

import math

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.api.address import address_of
from backoffice.api.cookies import SESSION
from backoffice.api.edges.buckets import Buckets
from backoffice.api.problems import Problem, answer
from backoffice.api.who import ACTOR_FOUND
from workflows.tokens import digest_of


class RateLimits:
    """Refuses with 429 whoever asks faster than their bucket fills. `known` are credentials, `unknown` addresses."""

    def __init__(self, app: ASGIApp, known: Buckets, unknown: Buckets) -> None:
        self.app = app
        self.known = known
        self.unknown = unknown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        shown = request.headers.get("authorization") or request.cookies.get(SESSION)
        credential = digest_of(shown) if shown else None
        is_known = credential is not None and credential in self.known
        wait = self.known.take(credential) if is_known else self.unknown.take(address_of(request))
        if wait:
            problem = Problem(
                429, "too-many-requests", "För många anrop; vänta (too many requests; wait)",
                headers={"Retry-After": str(math.ceil(wait))},
            )  # fmt: skip
            await answer(problem)(scope, receive, send)
        elif credential is None or is_known:
            await self.app(scope, receive, send)
        else:
            state = scope.setdefault("state", {})

            async def note_what_proves_good(message: Message) -> None:
                if message["type"] == "http.response.start" and state.get(ACTOR_FOUND):
                    self.known.take(credential)
                await send(message)

            await self.app(scope, receive, note_what_proves_good)
