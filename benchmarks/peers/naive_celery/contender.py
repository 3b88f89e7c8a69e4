"""How fast is it? Two worker processes on a backlog whose first messages are published before the clock starts."""

import sys
from dataclasses import dataclass

import psycopg
from celery import Celery

from benchmarks.contender import Run
from benchmarks.measuring import Processes, processes, timed
from benchmarks.peers.end_state import check_end_state
from benchmarks.peers.stored_drafts import store_drafts
from benchmarks.servers import Servers

DATABASE = "naive_celery"
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class NaiveCelery:
    """Celery and SQLAlchemy's ORM, a task and a machine per order and transition."""

    name: str = "naive-celery"
    title: str = "Celery + SQLAlchemy ORM, a task and a machine per order and transition"
    favours: str = (
        "Favours it: no rules are checked, the first messages are published before the clock starts, "
        "which it does when both processes have taken work, and a message lost with its worker is lost for good."
    )

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Drain a backlog of `orders` published drafts."""
        url = servers.create(DATABASE)
        servers.flush()
        try:
            store_drafts(url, orders, seed)
            _publish(servers.redis_url, orders)
            with processes() as group, psycopg.connect(url, autocommit=True) as look:
                start_workers(group, servers, url)
                run = timed(servers, group, orders, begun=lambda: _has_begun(look), ended=lambda: _has_ended(look))
            check_end_state(url, orders)
            return run
        finally:
            servers.drop(DATABASE)
            servers.flush()


NAIVE_CELERY = NaiveCelery()


def start_workers(group: Processes, servers: Servers, url: str) -> None:
    """Both worker processes; they begin when they have booted."""
    environment = {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "PYTHONWARNINGS": "ignore:::celery.platforms",
    }
    for number in range(PROCESSES):
        group.start(f"worker{number}", _worker(number), environment)


def _worker(number: int) -> list[str]:
    """A worker of one process: two of them beat prefork with two children, whose parent reads for both (measured)."""
    options = ["--pool", "solo", "--hostname", f"naive{number}@%h", "--loglevel", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "benchmarks.peers.naive_celery.tasks",
        "worker",
        *options,
        *quiet,
    ]


def _publish(redis_url: str, orders: int) -> None:
    with Celery(broker=redis_url) as app, app.producer_pool.acquire() as producer:
        for order_id in range(1, orders + 1):
            app.send_task("benchmarks.peers.naive_celery.tasks.validate", (order_id,), producer=producer)


def _has_begun(look: psycopg.Connection[tuple[bool]]) -> bool:
    """Whether every process has taken its first order: each opens its only connection then."""
    row = look.execute(
        "SELECT count(*) = %s FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        (PROCESSES,),
    ).fetchone()
    return row is not None and row[0]


def _has_ended(look: psycopg.Connection[tuple[bool]]) -> bool:
    row = look.execute("SELECT NOT EXISTS (SELECT FROM orders WHERE ended_at IS NULL)").fetchone()
    return row is not None and row[0]
