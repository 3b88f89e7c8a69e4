"""What happens between the processes and the servers? Delayed, slow, swallowed, refused, cut, half open, unanswered.

The proxies of drill/network.py do it, and count what they did to data of the product: that is the evidence.
"""

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import psycopg
import redis

from drill.fault import Evidence, Fault
from drill.faults.processes import came_true
from drill.faults.turns import turn_at
from drill.proxy_control import Proxy
from drill.world import World

Server = Literal["postgres", "redis"]
PATIENCE = 15.0
"""Seconds until something is said over the broken way, at most."""


def proxy_of(world: World, server: Server) -> Proxy:
    """What stands before the server."""
    return world.network.database if server == "postgres" else world.network.redis


@dataclass(frozen=True, slots=True)
class BrokenWay:
    """The way carries badly for a while. `amount` and `times` are what the proxy's mode takes (drill/proxy.py)."""

    name: str
    server: Server
    mode: str
    counted: str
    seconds: tuple[float, float]
    tells: str
    amount: tuple[float, float] = (0.0, 0.0)
    times: tuple[int, int] = (1, 1)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Break the way, see that it hindered something, and let it carry again."""
        proxy = proxy_of(world, self.server)
        amount, times, seconds = rng.uniform(*self.amount), rng.randint(*self.times), rng.uniform(*self.seconds)
        with turn_at(self.server):
            before = proxy.count(self.counted)
            with proxy.broken(self.mode, amount, times):
                time.sleep(seconds)
                came_true(lambda: proxy.count(self.counted) >= before + times, PATIENCE)
            hindered = proxy.count(self.counted) - before
        return Evidence(hindered > 0, f"{self.mode} before {self.server}: {hindered} {self.counted}")


@dataclass(frozen=True, slots=True)
class NobodyListens:
    """Every connection is cut, and no new one is taken for a while."""

    name: str
    server: Server
    tells: str
    seconds: tuple[float, float] = (1.0, 4.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Refuse, cut, see a connection of our own refused, and listen again."""
        proxy = proxy_of(world, self.server)
        with turn_at(self.server):
            came_true(lambda: proxy.count("live") > 0, PATIENCE)
            return self._refuse(world, proxy, rng)

    def _refuse(self, world: World, proxy: Proxy, rng: random.Random) -> Evidence:
        with proxy.broken("refuse"):
            cut = proxy.cut()
            refused = _is_refused(world, self.server)
            time.sleep(rng.uniform(*self.seconds))
            refused = refused and _is_refused(world, self.server)
        return Evidence(refused and cut > 0, f"{self.server}: {cut} connections cut, new ones refused")


@dataclass(frozen=True, slots=True)
class Cut:
    """Every connection is cut at once, `rounds` times within `seconds`."""

    name: str
    server: Server
    tells: str
    rounds: int = 1
    seconds: tuple[float, float] = (0.0, 0.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Cut, and count the connections that were there."""
        proxy, pause = proxy_of(world, self.server), rng.uniform(*self.seconds) / self.rounds
        cut = 0
        with turn_at(self.server):
            came_true(lambda: proxy.count("live") > 0, PATIENCE)
            for _ in range(self.rounds):
                cut += proxy.cut()
                time.sleep(pause)
        return Evidence(cut > 0, f"{cut} connections to {self.server} cut in {self.rounds} rounds")


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """The server's side of every connection is gone; the clients hear nothing for a while, and are then reset."""

    name: str
    server: Server
    tells: str
    seconds: tuple[float, float] = (2.0, 6.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Halve, and count the connections that were there."""
        proxy = proxy_of(world, self.server)
        with turn_at(self.server):
            came_true(lambda: proxy.count("live") > 0, PATIENCE)
            with proxy.half_open() as struck:
                time.sleep(rng.uniform(*self.seconds))
        return Evidence(struck > 0, f"{struck} connections to {self.server} half open")


def _is_refused(world: World, server: Server) -> bool:
    with suppress(ConnectionError):
        if server == "redis":
            return _redis_is_refused(world)
        try:
            psycopg.connect(world.served_database_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return True
    return False


def _redis_is_refused(world: World) -> bool:
    with redis.Redis.from_url(world.served_redis_url, socket_connect_timeout=2, socket_timeout=2) as client:
        try:
            client.ping()
        except (redis.RedisError, OSError):
            return True
    return False


NETWORK_FAULTS: tuple[Fault, ...] = (
    Cut("postgres-cut", "postgres", "Every connection to PostgreSQL is cut: what was under way is tried again."),
    HalfOpen("postgres-half-open", "postgres", "Connections to PostgreSQL go silent: others do the work meanwhile."),
    BrokenWay(
        "commit-answer-lost", "postgres", "cut-on-commit", "commits_lost", (0.0, 0.0),
        "A COMMIT is done, and its answer lost: nobody knows, and nothing is done twice.", times=(2, 8),
    ),
    BrokenWay(
        "postgres-answer-cut", "postgres", "cut-after", "cut_short", (0.0, 0.0),
        "An answer of PostgreSQL ends in its middle.", amount=(200.0, 20_000.0),
    ),
    BrokenWay(
        "postgres-delay", "postgres", "delay", "delayed", (2.0, 4.0),
        "PostgreSQL answers slowly: everything is later, and nothing lost.", amount=(0.02, 0.2),
    ),
    BrokenWay(
        "postgres-slow", "postgres", "slow", "slowed", (2.0, 4.0),
        "Few bytes a second come through to PostgreSQL.", amount=(4_000.0, 40_000.0),
    ),
    BrokenWay(
        "postgres-blackhole", "postgres", "blackhole", "held", (4.0, 10.0),
        "Nothing comes through to PostgreSQL, and nobody is told: processes wait, and go on.",
    ),
    NobodyListens("postgres-refused", "postgres", "PostgreSQL cannot be reached: processes wait for it."),
    Cut(
        "redis-reset-burst", "redis",
        "Every connection to Redis is reset 20 times in 2-3 s: workers take messages again, or are not needed.",
        rounds=20, seconds=(2.0, 3.0),
    ),
    HalfOpen("redis-half-open", "redis", "Connections to Redis go silent: the orders go on.", (4.0, 12.0)),
    BrokenWay(
        "redis-delay", "redis", "delay", "delayed", (2.0, 4.0), "Redis answers slowly.", amount=(0.1, 1.0),
    ),
    BrokenWay(
        "redis-blackhole", "redis", "blackhole", "held", (4.0, 12.0),
        "Nothing comes through to Redis, and nobody is told: the dispatcher works itself.",
    ),
    NobodyListens("redis-refused", "redis", "Redis cannot be reached: the orders go on without it."),
)  # fmt: skip
