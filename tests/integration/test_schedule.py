"""Does a job of the day run once, whoever tries it, and again after a crash?"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from at_once import at_once

from config.database import Database
from config.settings import settings
from tasks.daily import REGISTER, run_job
from workflows.schedule import JOBS, RETRY, Outcome, jobs_due, keep_times, next_time, run_if_due, schedule, times_of
from workflows.working_days import STOCKHOLM

AT = time(5)
TIMES = {"refill": AT, "notices": time(7)}


def row(database: Database, name: str = "refill") -> dict[str, Any]:
    with database.transaction() as tx:
        (found,) = [job for job in schedule(tx, TIMES, datetime.now(UTC)) if job["name"] == name]
    return found


def due(database: Database) -> list[str]:
    with database.session() as session:
        return jobs_due(session)


def make_due(database: Database, name: str = "refill") -> None:
    with database.transaction() as tx:
        tx.execute("UPDATE daily_job SET due_at = now() - interval '1 minute' WHERE name = %s", (name,))


@pytest.fixture
def scheduled(database: Database) -> Database:
    keep_times(database, TIMES, datetime.now(UTC))
    return database


def counting(runs: list[str], outcome: Outcome | None = None) -> Callable[[], Outcome]:
    def job() -> Outcome:
        runs.append("run")
        return outcome or Outcome("gjort (done)")

    return job


def test_a_job_is_first_due_at_its_next_time_and_never_at_once(scheduled: Database) -> None:
    assert due(scheduled) == []
    assert abs(row(scheduled)["next"] - next_time(AT, datetime.now(UTC))) < timedelta(days=1)
    assert row(scheduled)["next"] > datetime.now(UTC)
    runs: list[str] = []
    assert run_if_due(scheduled, "refill", counting(runs)) is None
    assert runs == []


def test_a_job_that_is_due_runs_once_and_is_then_due_at_its_next_time(scheduled: Database) -> None:
    make_due(scheduled)
    assert due(scheduled) == ["refill"]
    runs: list[str] = []
    assert run_if_due(scheduled, "refill", counting(runs)) == Outcome("gjort (done)")
    assert run_if_due(scheduled, "refill", counting(runs)) is None
    assert runs == ["run"]
    found = row(scheduled)
    assert found["next"].astimezone(STOCKHOLM).time() == AT
    assert found["last_outcome"] == "gjort (done)"
    assert found["last_started_at"] <= found["last_finished_at"] < found["next"]
    assert due(scheduled) == []


def test_two_that_try_at_the_same_moment_run_it_once(scheduled: Database, database_url: str) -> None:
    make_due(scheduled)
    began, go_on = threading.Event(), threading.Event()
    runs: list[str] = []

    def slow() -> Outcome:
        runs.append("run")
        began.set()
        assert go_on.wait(30)
        return Outcome("gjort (done)")

    def first(database: Database) -> object:
        return run_if_due(database, "refill", slow)

    def second(database: Database) -> object:
        assert began.wait(30)
        # As if RETRY had passed: the one that runs still has the job.
        make_due(database)
        try:
            return run_if_due(database, "refill", slow)
        finally:
            go_on.set()

    assert at_once(database_url, first, second) == [Outcome("gjort (done)"), None]
    assert runs == ["run"]


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours runs after it."""


def test_a_crash_is_tried_again_a_little_later(scheduled: Database) -> None:
    make_due(scheduled)

    def crash() -> Outcome:
        raise Killed

    with pytest.raises(Killed):
        run_if_due(scheduled, "refill", crash)
    found = row(scheduled)
    assert found["last_finished_at"] is None
    assert timedelta(0) < found["next"] - found["last_started_at"] <= RETRY + timedelta(seconds=1)
    assert due(scheduled) == []
    make_due(scheduled)
    assert run_if_due(scheduled, "refill", counting([])) == Outcome("gjort (done)")


def test_a_job_that_fails_says_so_and_is_tried_again(scheduled: Database) -> None:
    make_due(scheduled)

    def fail() -> Outcome:
        raise KeyError("189001019802")

    assert run_if_due(scheduled, "refill", fail) is None
    found = row(scheduled)
    assert found["last_outcome"] == "misslyckades (failed): KeyError"
    assert found["next"] <= datetime.now(UTC) + RETRY


def test_a_job_with_something_left_runs_again_before_its_next_time(scheduled: Database) -> None:
    make_due(scheduled)
    soon = datetime.now(UTC) + timedelta(seconds=90)
    run_if_due(scheduled, "refill", counting([], Outcome("kvar (left)", again_at=soon)))
    assert row(scheduled)["next"] == min(soon, next_time(AT, datetime.now(UTC)))


def test_a_job_that_was_missed_for_days_runs_once(scheduled: Database) -> None:
    with scheduled.transaction() as tx:
        tx.execute("UPDATE daily_job SET due_at = now() - interval '9 days' WHERE name = 'refill'")
    runs: list[str] = []
    run_if_due(scheduled, "refill", counting(runs))
    run_if_due(scheduled, "refill", counting(runs))
    assert runs == ["run"]


def test_another_time_counts_from_then_on_and_the_same_one_changes_nothing(scheduled: Database) -> None:
    make_due(scheduled)
    keep_times(scheduled, TIMES, datetime.now(UTC))
    assert due(scheduled) == ["refill"]
    keep_times(scheduled, TIMES | {"refill": time(6, 30)}, datetime.now(UTC))
    assert due(scheduled) == []
    assert row(scheduled)["next"].astimezone(STOCKHOLM).time() == time(6, 30)
    keep_times(scheduled, TIMES | {"refill": None}, datetime.now(UTC))
    assert (row(scheduled)["at"], row(scheduled)["next"]) == (None, None)


def test_the_schedule_is_told_before_any_dispatcher_has_run(database: Database) -> None:
    with database.transaction() as tx:
        jobs = schedule(tx, TIMES, datetime.now(UTC))
    assert [(job["name"], job["at"]) for job in jobs] == [("refill", "05:00"), ("notices", "07:00")]
    assert all(job["next"] > datetime.now(UTC) and job["last_outcome"] is None for job in jobs)


def test_every_job_of_the_register_is_of_the_schedule_and_a_forged_name_does_nothing(scheduled: Database) -> None:
    assert set(REGISTER) <= set(JOBS) == set(times_of(settings()))
    before = row(scheduled)
    assert run_job(scheduled, "obliterate") is None
    assert row(scheduled) == before


def test_the_notices_run_by_name(scheduled: Database) -> None:
    make_due(scheduled, "notices")
    outcome = run_job(scheduled, "notices")
    assert outcome is not None
    assert outcome.text.startswith("0 skickade")
