"""Who strikes a server now? One strike at a time: two at once would take each other's effect for their own."""

import threading
from contextlib import AbstractContextManager

_TURNS = {"postgres": threading.Lock(), "redis": threading.Lock()}


def turn_at(server: str) -> AbstractContextManager[bool]:
    """The turn to strike `postgres` or `redis`, as long as the block lasts."""
    return _TURNS[server]
