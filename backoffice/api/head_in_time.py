"""How long may the head of a request take? Ten seconds from its first byte, or from when the connection was made.

uvicorn bounds how long a head is and how long a connection idles between requests, not how long a head is on its way:
as many clients as there may be connections, each sending a byte now and then, would keep everybody else out for ever.
Next: edges/slow_bodies.py, the same of bodies.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class HeadInTime(H11Protocol):
    """uvicorn's protocol, which also ends a connection whose next request does not begin to be one."""

    seconds = 10.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A connection is made to ask something."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._head_has_come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Between requests, what comes is a part of the next one's head."""
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_head()
        super().data_received(data)

    def handle_events(self) -> None:
        """A head that has come whole begins a cycle of its own."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._head_has_come()

    def _wait_for_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.seconds, self.transport.close)

    def _head_has_come(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
