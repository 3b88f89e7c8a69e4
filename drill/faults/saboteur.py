"""What if somebody else works in the database? Holds hot rows, locks in the wrong order, lets transactions fail.

A session of the drill's own does it. Its goods move by nobody's hand: it only locks, and lets fail.
"""

import random
import time
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from config.database import Connection
from drill.fault import Evidence, Fault
from drill.faults.postgres_server import with_retries
from drill.faults.processes import came_true
from drill.faults.turns import turn_at
from drill.world import World

BLOCKED_SECONDS = 15.0
"""How long somebody is waited for who meets our locks."""


@dataclass(frozen=True, slots=True)
class HoldHotRows:
    """The balances of some of the articles of lager 10 are locked for seconds."""

    name: str = "hot-rows-held"
    tells: str = "Hot balances are held for seconds: who needs them waits, is refused the lock, and tries again."
    seconds: tuple[float, float] = (3.0, 8.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Lock, see somebody wait for us, and let go."""
        with turn_at("postgres"), world.session() as watcher, world.session() as holder:
            articles = _articles(watcher)
            hot = rng.sample(articles, max(1, len(articles) // 3))
            holder.execute("BEGIN")
            _lock(holder, hot)
            met = came_true(lambda: waiting_for(watcher, holder), BLOCKED_SECONDS)
            seconds = rng.uniform(*self.seconds)
            time.sleep(seconds)
            holder.execute("ROLLBACK")
        return Evidence(met, f"{len(hot)} balances held for {seconds:.1f} s, somebody waited")


@dataclass(frozen=True, slots=True)
class ReversedOrder:
    """Balances are locked in the reverse of the order that everybody keeps: deadlocks."""

    name: str = "deadlocks"
    tells: str = "Somebody locks balances in reversed order: a deadlock's victim tries again."
    tries: int = 12

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Lock the last ones, wait until somebody who has others waits for us, then ask for those."""
        with turn_at("postgres"), world.session() as watcher, world.session() as holder:
            # The other one notices first, and is the victim.
            holder.execute("SET deadlock_timeout = '20s'")
            before, articles = _deadlocks(watcher), _articles(watcher)
            for _ in range(self.tries):
                half = rng.randint(1, max(1, len(articles) - 1))
                with suppress(psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                    self._cross(watcher, holder, articles[:half], articles[half:])
                holder.execute("ROLLBACK")
                if came_true(lambda: _deadlocks(watcher) > before, 1.5):
                    break
            number = _deadlocks(watcher) - before
        return Evidence(number > 0, f"{number} deadlocks")

    def _cross(self, watcher: Connection, holder: Connection, first: list[str], last: list[str]) -> None:
        holder.execute("BEGIN")
        holder.execute("SET LOCAL lock_timeout = '4s'")
        _lock(holder, last)
        if came_true(lambda: waiting_for(watcher, holder), BLOCKED_SECONDS / 3):
            _lock(holder, first)


@dataclass(frozen=True, slots=True)
class FailSerialization:
    """Transactions that move orders fail at random as if they could not be serialized."""

    name: str = "serialization-failures"
    tells: str = "One of five transactions that move orders fails with 40001: it is tried again."
    seconds: tuple[float, float] = (3.0, 6.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Set a trigger that fails, count how often it did, and take it away."""
        with turn_at("postgres"):
            try:
                with_retries(lambda: _execute(world, *_SET_TRIGGER))
                time.sleep(rng.uniform(*self.seconds))
                came_true(lambda: _failures(world) > 0, BLOCKED_SECONDS)
                number = _failures(world)
            finally:
                with_retries(lambda: _execute(world, *_TAKE_TRIGGER_AWAY))
        return Evidence(number > 0, f"{number} transactions failed with 40001")


# What nextval counts is not rolled back with the transaction that failed.
_SET_TRIGGER = (
    "CREATE SEQUENCE IF NOT EXISTS drill_failures",
    "GRANT USAGE ON SEQUENCE drill_failures TO PUBLIC",
    "CREATE OR REPLACE FUNCTION drill_fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF random() < 0.2 THEN PERFORM nextval('public.drill_failures'); "
    "RAISE EXCEPTION 'drill' USING ERRCODE = 'serialization_failure'; END IF; RETURN NULL; END $$",
    "CREATE OR REPLACE TRIGGER drill_fail AFTER UPDATE OF state ON orders EXECUTE FUNCTION drill_fail()",
)
_TAKE_TRIGGER_AWAY = (
    "DROP TRIGGER IF EXISTS drill_fail ON orders",
    "DROP FUNCTION IF EXISTS drill_fail",
    "DROP SEQUENCE IF EXISTS drill_failures",
)


def _execute(world: World, *statements: str) -> None:
    with world.session() as session:
        session.execute("SET lock_timeout = '2s'")
        for statement in statements:
            session.execute(statement.encode())


def _failures(world: World) -> int:
    with world.session() as session:
        row = session.execute("SELECT last_value, is_called FROM drill_failures").fetchone()
    return int(row[0]) if row is not None and row[1] else 0


def _articles(session: Connection) -> list[str]:
    """The articles of lager 10, in the order in which their balances are locked."""
    return [
        article for (article,) in session.execute("SELECT article FROM stock_balance WHERE store = '10' ORDER BY 1")
    ]


def _lock(session: Connection, articles: list[str]) -> None:
    session.execute(
        "SELECT FROM stock_balance WHERE store = '10' AND article = ANY(%s) ORDER BY article FOR UPDATE", (articles,)
    )


def waiting_for(watcher: Connection, holder: Connection) -> bool:
    """Whether a transaction stands still because of a lock that `holder` has."""
    query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)))"
    row = watcher.execute(query, (holder.info.backend_pid,)).fetchone()
    return row is not None and bool(row[0])


def _deadlocks(session: Connection) -> int:
    row = session.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


SABOTEUR_FAULTS: tuple[Fault, ...] = (HoldHotRows(), ReversedOrder(), FailSerialization())
