"""What happens to PostgreSQL itself? It stops, crashes, loses a backend, or ends connections.

The keeper starts it again. That it happened is seen by a session of the drill's own, or in the list of sessions.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from config.database import Connection
from drill.fault import Evidence, Fault
from drill.faults.processes import came_true
from drill.faults.turns import turn_at
from drill.world import World

EFFECT_SECONDS = 10.0
RECOVERY_SECONDS = 60.0
"""A crashed server replays its log first."""
PRODUCT = "pid <> pg_backend_pid() AND application_name NOT IN ('drill', '') AND backend_type = 'client backend'"
"""SQL: sessions of the drilled processes and of their clients; the drill's own and the keeper's are not among them."""


@dataclass(frozen=True, slots=True)
class EndServer:
    """A signal to PostgreSQL's first process: SIGQUIT is an immediate stop, SIGKILL a crash."""

    name: str
    number: signal.Signals
    tells: str

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Signal it, see every session end, and wait until another server answers on the same data."""
        with turn_at("postgres"), world.session() as watcher:
            before = world.postmaster()
            before.send_signal(self.number)
            lost = came_true(lambda: is_lost(watcher), EFFECT_SECONDS)
            again = came_true(lambda: answers(world) and world.postmaster().pid != before.pid, RECOVERY_SECONDS)
        return Evidence(lost and again, f"postmaster {before.pid}: {self.number.name}, sessions lost, another answers")


@dataclass(frozen=True, slots=True)
class CrashBackend:
    """SIGKILL to the server process of one session: PostgreSQL then ends all of them and recovers."""

    name: str = "postgres-backend-crash"
    tells: str = "A backend crashes: every session ends, the server recovers, and nothing committed is missing."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Kill a backend of the product, see our own session end as well, and wait until the server answers."""
        with turn_at("postgres"), world.session() as watcher:
            backends = sessions(watcher)
            if not backends:
                return Evidence(observed=False, what="the product had no session")
            victim = rng.choice(backends)
            os.kill(victim, signal.SIGKILL)
            lost = came_true(lambda: is_lost(watcher), EFFECT_SECONDS)
            again = came_true(lambda: answers(world), RECOVERY_SECONDS)
        return Evidence(lost and again, f"backend {victim}: SIGKILL, all sessions lost, the server answers again")


@dataclass(frozen=True, slots=True)
class TerminateBackends:
    """Sessions are ended at random, one every 0.2 s, wherever they are in their transactions."""

    name: str = "postgres-backends-terminated"
    tells: str = "Sessions are ended at random every 0.2 s: what was under way is tried again."
    rounds: tuple[int, int] = field(default=(8, 16))

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """End sessions of the product, and see that they are gone."""
        ended: set[int] = set()
        with turn_at("postgres"), world.session() as watcher:
            for _ in range(rng.randint(*self.rounds)):
                if backends := sessions(watcher):
                    victim = rng.choice(backends)
                    watcher.execute("SELECT pg_terminate_backend(%s)", (victim,))
                    ended.add(victim)
                time.sleep(0.2)
            gone = came_true(lambda: not ended & set(sessions(watcher)), EFFECT_SECONDS)
        return Evidence(bool(ended) and gone, f"{len(ended)} sessions ended")


def sessions(watcher: Connection) -> list[int]:
    """The process ids of the product's sessions."""
    rows = watcher.execute(f"SELECT pid FROM pg_stat_activity WHERE {PRODUCT} ORDER BY pid".encode())
    return [pid for (pid,) in rows]


def is_lost(session: Connection) -> bool:
    """Whether a session has ended."""
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


def answers(world: World) -> bool:
    """Whether the server takes connections and writes."""
    with suppress(psycopg.OperationalError, LookupError), world.session() as session:
        return session.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    return False


def with_retries(change: Callable[[], object], seconds: float = RECOVERY_SECONDS) -> None:
    """Make a change that heals, however often the server is lost meanwhile. Raises what was raised last."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            change()
        except psycopg.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


POSTGRES_FAULTS: tuple[Fault, ...] = (
    EndServer("postgres-stop", signal.SIGQUIT, "PostgreSQL stops at once: what was acknowledged is there."),
    EndServer("postgres-crash", signal.SIGKILL, "PostgreSQL is killed: what was acknowledged is there."),
    CrashBackend(),
    TerminateBackends(),
)
