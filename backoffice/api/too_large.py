"""How is a body over the limit refused? As a problem, like everything else: Starlette's own answer is plain text, and
comes from outside the edges."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.api.edges.security_headers import SecurityHeaders
from backoffice.api.problems import Problem, answer

TITLE = "Innehållet är för stort (the content is too large)"


class TellTooLarge:
    """Puts the problem in the place of a 413 in plain text; one of ours is a problem or a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on; only what follows a 413 in plain text is left out."""
        told = False

        async def tell(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and message["status"] == 413:
                told = dict(message["headers"]).get(b"content-type", b"").startswith(b"text/plain")
                if told:
                    await SecurityHeaders(answer(Problem(413, "too-large", TITLE)))(scope, receive, send)
            if not told:
                await send(message)

        await self.app(scope, receive, tell if scope["type"] == "http" else send)
