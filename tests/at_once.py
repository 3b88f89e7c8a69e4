"""How do tests let several act at the same moment? Threads, each with connections of its own, stand for processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from config.database import Database
from workflows.cohort import StaleVersion
from workflows.correcting import StockMovedMeanwhile
from workflows.journal import LOCK_CLASS, Worker
from workflows.machines import StepNotAllowed
from workflows.steps.main_line import work_all


@contextmanager
def databases(url: str, number: int) -> Iterator[list[Database]]:
    """As many databases of the same URL, each with connections of its own."""
    opened = [Database(url) for _ in range(number)]
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


def at_once(url: str, *work: Callable[[Database], object]) -> list[object]:
    """What each of `work` came to, begun at the same moment on threads of their own; an error is the answer."""
    barrier = Barrier(len(work))

    def begin(what: Callable[[Database], object], database: Database) -> object:
        barrier.wait(30)
        try:
            return what(database)
        except (StaleVersion, StepNotAllowed, StockMovedMeanwhile) as refusal:
            return refusal

    with databases(url, len(work)) as opened, ThreadPoolExecutor(len(work)) as threads:
        return [each.result(60) for each in [threads.submit(begin, *pair) for pair in zip(work, opened, strict=True)]]


def working(limit: int) -> Callable[[Database], int]:
    """A worker that works until nothing is due."""

    def work(database: Database) -> int:
        worker = Worker(database)
        try:
            return work_all(database, worker, limit)
        finally:
            worker.close()

    return work


def somebody_waits(database: Database, seconds: float = 0) -> bool:
    """Whether a statement waits for a lock, and has done so for so long."""
    with database.session() as session:
        row = session.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > make_interval(secs => %s))",
            (seconds,),
        ).fetchone()
    return row is not None and bool(row[0])


def nobody_is_left(database: Database) -> bool:
    """Whether the server has noticed that every worker and everybody else's transaction is gone."""
    with database.session() as session:
        row = session.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND l.classid = %s AND d.datname = current_database()) "
            "AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND xact_start IS NOT NULL AND pid <> pg_backend_pid())",
            (LOCK_CLASS,),
        ).fetchone()
    return row is not None and bool(row[0])
