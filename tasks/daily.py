"""What are the jobs of the day, by name? The register that the dispatcher and the schedule run from.

A message carries a name; the job runs when the database says that it is due. When, and how a run is claimed:
workflows/schedule.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from config.database import Database
from config.settings import settings
from tasks.app import celery_app
from tasks.working import process
from workflows.cohort import SYSTEM
from workflows.notices import next_try
from workflows.refill import refill_all
from workflows.schedule import NOTICES, REFILL, Outcome, run_if_due


@dataclass(frozen=True, slots=True)
class Job:
    """A job: what it does, and whether it speaks to anybody but the database: then it waits for a worker."""

    run: Callable[[Database], Outcome]
    needs_network: bool = False


def _notices(database: Database) -> Outcome:
    # Not above: what writes mails takes 0.1 s to load, and every worker and the dispatcher load this file.
    from exchange.outgoing.notice import send_notices

    sent = send_notices(database, settings())
    text = f"{sent.sent} skickade, {sent.failed} misslyckade (sent, failed)"
    return Outcome(text, again_at=next_try(database))


def _refill(database: Database) -> Outcome:
    refills = refill_all(database, actor=SYSTEM)
    made = sum(len(each.created) for each in refills)
    idle = [each.store for each in refills if each.nobody_to_order]
    return Outcome(
        f"{made} ordrar (orders)" + (f"; ingen kan beställa för {', '.join(idle)} (nobody orders)" if idle else "")
    )


REGISTER: dict[str, Job] = {
    REFILL: Job(_refill),
    NOTICES: Job(_notices, needs_network=True),
}
"""The jobs by name."""


def run_job(database: Database, name: str) -> Outcome | None:
    """Run the job of that name if it is due; a name that is none (forged, or of another release) does nothing."""
    job = REGISTER.get(name)
    return None if job is None else run_if_due(database, name, lambda: job.run(database))


@celery_app.task(name="daily.run")
def run(name: str) -> None:
    """Run a job whose time has come."""
    run_job(process().database, name)
