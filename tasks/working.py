"""How long does a task work? Cohort after cohort while there are any, for a bounded time; then the next task's turn."""

import time
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import structlog
from celery.signals import worker_init, worker_shutdown

from config.database import Database, is_transient
from config.garbage import look_seldom
from config.settings import settings
from workflows.cohort import COHORT, LowWater
from workflows.journal import Worker
from workflows.order_types import OrderType
from workflows.steps import resume
from workflows.steps.main_line import EVENTS, from_here, work_once
from workflows.working_days import is_working_day

log = structlog.get_logger(__name__)

LONGEST = 2.0
"""Seconds after which a task takes no further cohort. Celery's solo pool ignores task_time_limit (measured)."""

TRIES = 3
"""How often a deadlock, a lock timeout or a lost connection is met by trying again at once; then the orders stay due
and the dispatcher hints again."""

SEVERAL = 2
"""Orders in a cohort from which on more are expected soon."""
LINGER = 0.01
"""Seconds that a worker lets orders gather before it claims, where its last cohort had several: larger cohorts cost
less. The order that comes alone is never waited for."""


@dataclass(slots=True)
class Process:
    """What a worker process keeps: its database, its place in the claim journal, and how large its last cohort was."""

    database: Database
    worker: Worker
    last_cohort: int = 0


@lru_cache(maxsize=1)
def process() -> Process:
    """This process's own; made at the first task, after any fork."""
    url = settings().database_url
    assert url is not None, "a worker needs DATABASE_URL"
    database = Database(url)
    return Process(database, Worker(database))


@worker_init.connect
def _warm_up(**_: object) -> None:
    """Load what the first order would wait for."""
    is_working_day(date.today())  # noqa: DTZ011  any day loads the calendar
    look_seldom()


@worker_shutdown.connect
def _leave(**_: object) -> None:
    """Leave the claim journal in order."""
    if process.cache_info().currsize:
        process().worker.close()


def work_while_due(event: str, order_type: str | None) -> None:
    """Run `event` for cohorts of `order_type` until none is due or the time is up. A message that names what there
    is not (forged, or from another release) does nothing.

    A small cohort is brought to the end of its line at once: a lone order waits for no further message. Where a cohort
    was full there is a backlog, and the later steps have hints and workers of their own.
    """
    if event not in EVENTS or (event == resume.EVENT) != (order_type is None):
        return
    if order_type is not None and order_type not in set(OrderType):
        return
    if SEVERAL <= process().last_cohort < COHORT:
        time.sleep(LINGER)
    until = time.monotonic() + LONGEST
    for each in from_here(event):
        claimed = _work(each, order_type, until)
        if each == event:
            process().last_cohort = claimed
        if not claimed or claimed >= COHORT:
            return


def _work(event: str, order_type: str | None, until: float) -> int:
    """Run `event` until a cohort is not full or the time is up; returns the size of the largest cohort."""
    mine = process()
    tries = largest = 0
    low_water: LowWater | None = None
    while time.monotonic() < until:
        # After a full cohort others go on, and are told.
        goes_on = event != from_here(event)[-1] and largest < COHORT
        try:
            worked = work_once(mine.database, mine.worker, event, order_type, COHORT, low_water, goes_on=goes_on)
        except Exception as error:
            tries += 1
            if not is_transient(error) or tries >= TRIES:
                log.warning("step.interrupted", event_name=event, order_type=order_type, exc_info=error)
                return 0
            time.sleep(0.05 * 2**tries)
            continue
        low_water = worked.low_water or low_water
        largest = max(largest, worked.claimed)
        # What is due by then has a hint of its own. Resume and orders that are tried alone do not tell by their number.
        if not worked.claimed or (worked.low_water and worked.claimed < COHORT):
            break
    return largest
