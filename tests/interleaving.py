"""How do two processes run in every order? Statement by statement: a gate before each, and one who lets them on.

A schedule is a row of choices: who goes on where both can. One who waits for a lock cannot, so the other does. What
neither sees nor does anything that the other could notice is sent together with the statement after it.
Next: interleaving_schedules.py (which orders), interleaving_pairs.py (which two), integration/test_interleavings.py.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import NamedTuple

import psycopg
from telling import TellingDatabase

from config.database import Connection, Database
from workflows.journal import Worker

ALONE = re.compile(
    r"BEGIN|SAVEPOINT|NOTIFY|SET |(INSERT INTO|DELETE FROM) claim |SELECT (nextval\('worker_|pg_advisory_l)"
)
"""Statements that the other side cannot notice: the frame of a transaction, and a worker's own row and lock."""

Choices = Iterator[int]
"""Which side goes on, for each time that both can; without an end."""


class Run(NamedTuple):
    """What became of a schedule: the two answers (an error is one), the choices, and what was sent in which order."""

    answers: list[object]
    choices: list[int]
    sent: list[str]


Act = Callable[[Database, Worker], object]
"""What a process does: with a database and a journal of its own."""


class _Side:
    """One of the two: a thread with connections of its own, that goes on when it is let."""

    def __init__(self, url: str, turn: Condition) -> None:
        self._turn = turn
        self._let, self._together = False, False
        self.at_gate, self.done = False, True
        self.backend, self.statement = 0, ""
        self.database = TellingDatabase(url, self._stop)
        self.worker = Worker(self.database)

    def _stop(self, connection: Connection, statement: str) -> None:
        if self.done:
            return
        together, self._together = self._together, ALONE.match(statement) is not None
        with self._turn:
            self.backend, self.statement = connection.info.backend_pid, statement
            if not together:
                self.at_gate = True
                self._turn.notify_all()
                assert self._turn.wait_for(lambda: self._let, 60)
                self._let = self.at_gate = False

    def begin(self) -> None:
        """From here on it stops before each statement."""
        self._together, self.at_gate, self.done = False, False, False

    def let_on(self) -> None:
        """It may send the statement that it stands before."""
        with self._turn:
            self._let, self.at_gate = True, False
            self._turn.notify_all()

    def act(self, what: Act) -> object:
        """What it came to, on a thread of its own."""
        try:
            return what(self.database, self.worker)
        except Exception as refusal:
            return refusal
        finally:
            with self._turn:
                self.done = True
                self._turn.notify_all()

    def close(self) -> None:
        self.worker.close()
        self.database.close()


class Explorer:
    """Runs pairs of acts by schedules, on one database."""

    def __init__(self, url: str) -> None:
        self._turn = Condition()
        self._sides = [_Side(url, self._turn) for _ in range(2)]
        self._threads = ThreadPoolExecutor(2)
        self._onlooker = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> "Explorer":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        for side in self._sides:
            side.close()
        self._onlooker.close()

    def run(self, acts: Sequence[Act], choices: Choices) -> Run:
        """Run the two acts, and let them on as `choices` say."""
        for side in self._sides:
            side.begin()
        answers = [self._threads.submit(side.act, what) for side, what in zip(self._sides, acts, strict=True)]
        made: list[int] = []
        sent: list[str] = []
        while can := self._who_can():
            side = can[0]
            if len(can) == 2:
                side = self._sides[next(choices)]
                made.append(self._sides.index(side))
            sent.append(f"{'AB'[self._sides.index(side)]}: {' '.join(side.statement.split())[:90]}")
            side.let_on()
        return Run([answer.result(60) for answer in answers], made, sent)

    def _who_can(self) -> list[_Side]:
        """The sides that stand at their gates, once each stands there, waits for a lock or is done; none: all are done.

        Where both wait for locks, PostgreSQL ends it within a second.
        """
        deadline = time.monotonic() + 60
        while True:
            with self._turn:
                self._turn.wait_for(lambda: not self._under_way(), 0.002)
                under_way = self._under_way()
                can = [side for side in self._sides if side.at_gate]
            if not under_way or (can and self._wait_for_locks(under_way)):
                return can
            assert time.monotonic() < deadline, [side.statement for side in under_way]

    def _under_way(self) -> list[_Side]:
        return [side for side in self._sides if not (side.at_gate or side.done)]

    def _wait_for_locks(self, sides: Sequence[_Side]) -> bool:
        row = self._onlooker.execute(
            "SELECT bool_and(cardinality(pg_blocking_pids(pid)) > 0) FROM unnest(%s::int[]) AS pid",
            ([side.backend for side in sides],),
        ).fetchone()
        return row is not None and bool(row[0])
