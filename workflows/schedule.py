"""When does a job of the day run? Its row in the database says when it is due; a run is claimed, done and booked.

A job runs at its time on working days. First started, it is due at its *next* time. A run holds a lock that ends with
its process, and puts itself off before it begins: a crash is tried again after RETRY, and nobody runs it beside it.
What the jobs do: tasks/daily.py.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from psycopg.rows import dict_row

from config.database import Connection, Database
from config.fault_points import fault_point
from config.settings import Settings
from workflows.working_days import STOCKHOLM, working_day_from

log = structlog.get_logger(__name__)

REFILL, NOTICES = "refill", "notices"

JOBS = (REFILL, NOTICES)
"""The jobs there are, in the order of their day."""

RETRY = timedelta(minutes=5)
"""How long after a run that failed or crashed the next one begins."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to, in words; and when it is to run again before its next time, if something is left."""

    text: str
    again_at: datetime | None = None


def times_of(current: Settings) -> dict[str, time | None]:
    """When each job runs, as configured; None is never."""
    return {REFILL: current.refill_at, NOTICES: current.notices_at}


def next_time(at: time, after: datetime) -> datetime:
    """The first moment after `after` at which the clock in Sweden shows `at` on a working day."""
    day = working_day_from(after.astimezone(STOCKHOLM).date())
    moment = datetime.combine(day, at, STOCKHOLM)
    if moment <= after:
        moment = datetime.combine(working_day_from(day + timedelta(days=1)), at, STOCKHOLM)
    return moment


def keep_times(database: Database, times: Mapping[str, time | None], now: datetime) -> None:
    """Let the jobs be due by `times` (None: never). One whose time is as it was stays due as it was."""
    with database.transaction() as tx:
        for name, at in times.items():
            tx.execute(
                "INSERT INTO daily_job AS j (name, at, due_at) VALUES (%s, %s, %s) "
                "ON CONFLICT (name) DO UPDATE SET at = excluded.at, due_at = excluded.due_at "
                "WHERE j.at IS DISTINCT FROM excluded.at",
                (name, at, at and next_time(at, now)),
            )


def jobs_due(connection: Connection) -> list[str]:
    """The jobs whose time has come."""
    return [name for (name,) in connection.execute("SELECT name FROM daily_job WHERE due_at <= now() ORDER BY due_at")]


def run_if_due(database: Database, name: str, job: Callable[[], Outcome]) -> Outcome | None:
    """Run the job unless it is not due, or runs elsewhere (None). An error of the job is booked, not raised."""
    with closing(database.session()) as session:
        row = session.execute("SELECT pg_try_advisory_lock(hashtextextended('daily ' || %s, 0))", (name,)).fetchone()
        if row is None or not row[0] or not _begin(database, name):
            return None
        try:
            fault_point("daily.claimed")
            outcome = job()
        except Exception as error:
            log.warning("daily.failed", job=name, exc_info=error)
            _finish(database, name, Outcome(f"misslyckades (failed): {type(error).__name__}"), failed=True)
            return None
        _finish(database, name, outcome, failed=False)
        return outcome


def _begin(database: Database, name: str) -> bool:
    with database.transaction() as tx:
        row = tx.execute(
            "UPDATE daily_job SET last_started_at = clock_timestamp(), last_finished_at = NULL, last_outcome = NULL, "
            "due_at = clock_timestamp() + %s WHERE name = %s AND due_at <= now() RETURNING name",
            (RETRY, name),
        ).fetchone()
    return row is not None


def _finish(database: Database, name: str, outcome: Outcome, *, failed: bool) -> None:
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT at, clock_timestamp() FROM daily_job WHERE name = %s AND at IS NOT NULL FOR NO KEY UPDATE", (name,)
        ).fetchone()
        due_at = None
        if row is not None:
            regular = next_time(row[0], row[1])
            again_at = row[1] + RETRY if failed else outcome.again_at
            due_at = regular if again_at is None else min(regular, again_at)
        tx.execute(
            "UPDATE daily_job SET last_finished_at = clock_timestamp(), last_outcome = %s, due_at = %s WHERE name = %s",
            (outcome.text, due_at, name),
        )


def schedule(tx: Connection, times: Mapping[str, time | None], now: datetime) -> list[dict[str, Any]]:
    """Each job: its time, when it ran last and what it came to, and when it is due next.

    One that no dispatcher has seen yet is due at its next time.
    """
    with tx.cursor(row_factory=dict_row) as cursor:
        known = {
            row["name"]: row
            for row in cursor.execute(
                "SELECT name, at, due_at, last_started_at, last_finished_at, last_outcome FROM daily_job"
            )
        }
    jobs = []
    for name in JOBS:
        at = times[name]
        row = known.get(name) or dict.fromkeys(("due_at", "last_started_at", "last_finished_at", "last_outcome"))
        jobs.append(
            {
                "name": name,
                "at": row.get("at", at) and f"{row.get('at', at):%H:%M}",
                "next": row["due_at"] if name in known else at and next_time(at, now),
                "last_started_at": row["last_started_at"],
                "last_finished_at": row["last_finished_at"],
                "last_outcome": row["last_outcome"],
            }
        )
    return jobs
