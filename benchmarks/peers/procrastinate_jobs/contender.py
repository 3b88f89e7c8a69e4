"""How fast is it? Two asynchronous workers, each with four jobs at a time, on jobs deferred before the clock starts."""

import sys
from dataclasses import dataclass

import psycopg
from procrastinate import App, SyncPsycopgConnector

from benchmarks.contender import Run
from benchmarks.measuring import processes, timed
from benchmarks.peers.end_state import check_end_state
from benchmarks.peers.stored_drafts import store_drafts
from benchmarks.servers import Servers

DATABASE = "procrastinate_jobs"
JOBS = "benchmarks.peers.procrastinate_jobs.jobs"
PROCESSES = 2
CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class ProcrastinateJobs:
    """procrastinate, a job per order and transition."""

    name: str = "procrastinate"
    title: str = "procrastinate, a job per order and transition"
    favours: str = (
        "Favours it: no rules or machine are asked, the first jobs are deferred before the clock starts, "
        "and it starts when both processes have taken work."
    )

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Work a backlog of `orders` deferred drafts."""
        url = servers.create(DATABASE)
        try:
            store_drafts(url, orders, seed)
            _defer(url, orders)
            with processes() as group, psycopg.connect(url, autocommit=True) as look:
                for number in range(PROCESSES):
                    group.start(f"worker{number}", _worker(number), {"DATABASE_URL": url})
                run = timed(servers, group, orders, begun=lambda: _has_begun(look), ended=lambda: _has_ended(look))
            check_end_state(url, orders)
            return run
        finally:
            servers.drop(DATABASE)


PROCRASTINATE = ProcrastinateJobs()


def _worker(number: int) -> list[str]:
    options = ["--name", f"worker{number}", "--concurrency", str(CONCURRENCY)]
    return [sys.executable, "-m", "procrastinate", "--app", f"{JOBS}.app", "--log-level", "warning", "worker", *options]


def _defer(url: str, orders: int) -> None:
    """Make procrastinate's own tables, and the first job of each order."""
    with App(connector=SyncPsycopgConnector(conninfo=url)).open() as app:
        app.schema_manager.apply_schema()
        app.configure_task(f"{JOBS}.validate").batch_defer(*({"order_id": each} for each in range(1, orders + 1)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _has_begun(look: psycopg.Connection[tuple[bool]]) -> bool:
    """Whether every process has taken its first job."""
    row = look.execute("SELECT count(DISTINCT worker_id) = %s FROM procrastinate_jobs", (PROCESSES,)).fetchone()
    return row is not None and row[0]


def _has_ended(look: psycopg.Connection[tuple[bool]]) -> bool:
    row = look.execute("SELECT NOT EXISTS (SELECT FROM orders WHERE ended_at IS NULL)").fetchone()
    return row is not None and row[0]
