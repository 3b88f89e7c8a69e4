"""A worker process that dies: run as a program by tests/integration/test_crashes.py, never imported.

`dying_worker.py URL EVENT ORDER_TYPE MOMENT [ORDER_ID]` runs EVENT until nothing is due, and is killed by SIGKILL
`inside` the step's transaction before the commit, or `after` the commit; with ORDER_ID only in a cohort that
holds that order. Exit 0: nothing killed it.
"""

import os
import signal
import sys
from dataclasses import replace

from config.database import Database
from workflows.cohort import Step, Work
from workflows.journal import Worker
from workflows.steps import resume
from workflows.steps.main_line import STEPS, work_once


def dying_inside(step: Step, killer: int | None) -> Step:
    """The step, followed by the death of the process."""

    def run(work: Work) -> None:
        step.run(work)
        if killer is None or killer in work.ids:
            die()

    return replace(step, run=run)


def die() -> None:
    """Die as by a power cut: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Work until nothing is due, or until death."""
    url, event, order_type, moment, *killers = sys.argv[1:]
    if moment == "inside":
        killer = int(killers[0]) if killers else None
        if event == resume.EVENT:
            resume.STEP = dying_inside(resume.STEP, killer)
        else:
            STEPS[event] = dying_inside(STEPS[event], killer)
    database = Database(url)
    worker = Worker(database)
    while work_once(database, worker, event, None if event == resume.EVENT else order_type).claimed:
        if moment == "after":
            die()


if __name__ == "__main__":
    main()
