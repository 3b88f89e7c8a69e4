"""How long may the body of a request take? Half a minute; a file, which may be large, has a deadline of its own.

Next: ../uploads.py, that of files; ../head_in_time.py, that of the head.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST = 30.0
"""Seconds from the whole head to the whole body."""

OWN_DEADLINE = "own_deadline"
"""In the request's state: who reads its body sees to it that it ends."""


class SlowBodies:
    """Refuses with 408 a body that does not come to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; what reads its body is told when that has taken too long."""
        until, is_whole = asyncio.get_running_loop().time() + LONGEST, False

        async def receive_in_time() -> Message:
            nonlocal is_whole
            if is_whole or OWN_DEADLINE in scope["state"]:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                # What is left of it need not come.
                raise HTTPException(408, headers={"Connection": "close"}) from None
            is_whole = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time if scope["type"] == "http" else receive, send)
