"""How long does a task work? Cohort after cohort while there are any, for a bounded time; then the next task's turn."""

import gc
import time
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import structlog
from celery.signals import worker_init, worker_shutdown

from config.database import Database, is_transient
from config.settings import settings
from workflows.cohort import COHORT, LowWater
from workflows.journal import Worker
from workflows.order_types import OrderType
from workflows.steps import resume
from workflows.steps.main_line import EVENTS, work_once
from workflows.working_days import is_working_day

log = structlog.get_logger(__name__)

LONGEST = 2.0
"""Seconds after which a task takes no further cohort. Celery's solo pool ignores task_time_limit (measured)."""

TRIES = 3
"""How often a deadlock, a lock timeout or a lost connection is met by trying again at once; then the orders stay due
and the dispatcher hints again."""


@dataclass(frozen=True, slots=True)
class Process:
    """What a worker process keeps: its database and its place in the claim journal."""

    database: Database
    worker: Worker


@lru_cache(maxsize=1)
def process() -> Process:
    """This process's own; made at the first task, after any fork."""
    url = settings().database_url
    assert url is not None, "a worker needs DATABASE_URL"
    database = Database(url)
    return Process(database, Worker(database))


GARBAGE = 50_000
"""Objects made since the last look for garbage before the next: a cohort makes some ten thousand and keeps none."""


@worker_init.connect
def _warm_up(**_: object) -> None:
    """Load what the first order would wait for, and take what is loaded out of the search for garbage: going through
    it again and again took a fifth of a worker's own time (measured)."""
    is_working_day(date.today())  # noqa: DTZ011  any day loads the calendar
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


@worker_shutdown.connect
def _leave(**_: object) -> None:
    """Leave the claim journal in order."""
    if process.cache_info().currsize:
        process().worker.close()


def work_while_due(event: str, order_type: str | None) -> None:
    """Run `event` for cohorts of `order_type` until none is due or the time is up. A message that names what there
    is not (forged, or from another release) does nothing."""
    if event not in EVENTS or (event == resume.EVENT) != (order_type is None):
        return
    if order_type is not None and order_type not in set(OrderType):
        return
    mine = process()
    until = time.monotonic() + LONGEST
    tries = 0
    low_water: LowWater | None = None
    while time.monotonic() < until:
        try:
            worked = work_once(mine.database, mine.worker, event, order_type, COHORT, low_water)
        except Exception as error:
            tries += 1
            if not is_transient(error) or tries >= TRIES:
                log.warning("step.interrupted", event_name=event, order_type=order_type, exc_info=error)
                return
            time.sleep(0.05 * 2**tries)
            continue
        if not worked.claimed:
            return
        low_water = worked.low_water or low_water
