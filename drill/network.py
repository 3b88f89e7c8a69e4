"""Through what do the processes reach PostgreSQL and Redis? Through addresses that the drill can break."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses that the processes and the clients use."""

    database_url: str
    redis_url: str


@contextmanager
def network_before(database_url: str, redis_url: str) -> Iterator[Network]:
    """The network in front of the two servers, as long as the block lasts."""
    yield Network(database_url, redis_url)
