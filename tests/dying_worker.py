"""A worker process that dies: run as a program by tests/integration/test_crashes.py, never imported.

`dying_worker.py URL EVENT ORDER_TYPE MOMENT [ORDER_ID]` runs EVENT until nothing is due, and is killed by SIGKILL
`inside` the step's transaction before the commit, or `after` the commit; with ORDER_ID only when it has claimed that
order. Exit 0: nothing killed it.
"""

import os
import signal
import sys
from collections.abc import Sequence

from config.database import Connection, Database
from workflows.journal import Worker
from workflows.steps import resume
from workflows.steps.main_line import work_once


class DyingWorker(Worker):
    """Dies when it is about to erase its claim: the step is done, and the transaction still open."""

    def __init__(self, database: Database, killer: int | None) -> None:
        super().__init__(database)
        self._killer = killer
        self._claimed: Sequence[int] = ()

    def write(self, event: str, order_ids: Sequence[int]) -> None:
        """Note the claim as every worker does."""
        self._claimed = order_ids
        super().write(event, order_ids)

    def erase(self, tx: Connection) -> None:
        """Die, if the order that kills is among the claimed."""
        if self._killer is None or self._killer in self._claimed:
            die()
        super().erase(tx)


def die() -> None:
    """Die as by a power cut: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Work until nothing is due, or until death."""
    url, event, order_type, moment, *killers = sys.argv[1:]
    database = Database(url)
    worker = DyingWorker(database, int(killers[0]) if killers else None) if moment == "inside" else Worker(database)
    while work_once(database, worker, event, None if event == resume.EVENT else order_type).claimed:
        if moment == "after":
            die()


if __name__ == "__main__":
    main()
