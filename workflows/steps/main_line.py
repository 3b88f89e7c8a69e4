"""Which steps run by themselves, and in which order? The index of an order's journey."""

from config.database import Database
from workflows.cohort import COHORT, NOTHING, LowWater, Step, Worked, run_due
from workflows.journal import Worker
from workflows.order_types import OrderType
from workflows.steps import create_utleverans, deliver, pick, resume, validate

STEPS: dict[str, Step] = {step.event: step for step in (validate.STEP, pick.STEP, create_utleverans.STEP, deliver.STEP)}
"""The steps of the main line by event, in life order."""

EVENTS = (*STEPS, resume.EVENT)
"""Everything that runs by itself; each has a queue and a task of its name."""


def from_here(event: str) -> tuple[str, ...]:
    """The event and those that come after it on the main line; resume stands alone, since it spans the order types."""
    line = tuple(STEPS)
    return line[line.index(event) :] if event in line else (event,)


def work_once(
    database: Database,
    worker: Worker,
    event: str,
    order_type: str | None,
    limit: int = COHORT,
    low_water: LowWater | None = None,
    *,
    goes_on: bool = False,
) -> Worked:
    """Run `event` for one cohort that is due. `order_type` is None for resume, which spans them.

    `goes_on`: the caller runs the next step itself where the cohort is not full.
    """
    if event == resume.EVENT:
        return resume.run_restocked(database, worker, limit=limit)
    assert order_type is not None
    return run_due(database, STEPS[event], order_type, worker, limit=limit, low_water=low_water, goes_on=goes_on)


def work_all(database: Database, worker: Worker, limit: int = COHORT) -> int:
    """Run everything that is due until nothing is, without Celery; returns how many orders were claimed."""
    total = 0
    while True:
        before = total
        for event in EVENTS:
            for order_type in (None,) if event == resume.EVENT else OrderType:
                while (worked := work_once(database, worker, event, order_type, limit)) != NOTHING:
                    total += worked.claimed
        if total == before:
            return total
