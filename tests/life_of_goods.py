"""What is a life of goods? A small region with two workers, in which things are done, in every way they can be done.

A *deed* is what one person or worker does; the ways are: once, twice, twice at the same moment, beside another deed,
and cut off before its commit. Next: life_orders.py, life_stock.py, life_returns.py (the deeds), life_expectations.py
(what must hold after each), integration/test_life_model.py (what is done how often).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any, TypeVar

import psycopg
from builders import a_world, let_time_pass
from waiting import wait_for

from config.database import Connection, Database
from workflows.cohort import StaleVersion
from workflows.correcting import BelowNothing, StockMovedMeanwhile
from workflows.counting import BeingCounted, CountedByNumber
from workflows.counts.machine import CountEnded
from workflows.counts.opening import AlreadyBeingCounted, NothingToCount
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.intake import NewOrder
from workflows.journal import Worker, recover_crashed
from workflows.machines import StepNotAllowed
from workflows.patients import load_keys
from workflows.reduction import ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown
from workflows.returns.refusals import ReturnRefused
from workflows.steps.main_line import work_all
from workflows.steps.short import ShortTooMuch
from workflows.undoing import AlreadyUndone, OrdersGoneOn

Refused = (
    StepNotAllowed, StaleVersion, StockMovedMeanwhile, BelowNothing, BeingCounted, CountedByNumber, CountEnded,
    AlreadyBeingCounted, NothingToCount, SerialNumberRefused, SerialNumbersMissing, ReduceTooMuch, SerialNumbersNamed,
    SerialNumberUnknown, ReturnRefused, ShortTooMuch, AlreadyUndone, OrdersGoneOn,
)  # fmt: skip
"""What a person is told who may not do it; nothing has changed then."""

Passing = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
"""What may befall one of two at the same moment; nothing has changed then either."""

ARTICLES = ("A1", "A2", "A3")
"""A2 is A1's successor; A3 is individually marked."""
MARKED = "A3"
STORES = ("10", "50301", "50401")

STOCK = {("10", "A1"): 12, ("10", "A3"): 3, ("50301", "A1"): 5, ("50301", "A3"): 2, ("50401", "A2"): 5}
"""What there is at the beginning; the devices among it are in no register yet."""

Deed = Callable[[Database, Worker], object]
Chosen = TypeVar("Chosen")


class Cut(BaseException):
    """The connection was cut before the commit, or the worker died inside its transaction."""


class CutDatabase(Database):
    """A database whose connections are cut when everything is done and the transaction still open."""

    @contextmanager
    def transaction(self, **how: Any) -> Iterator[Connection]:
        with super().transaction(**how) as tx:
            yield tx
            tx.close()
            raise Cut


class DyingWorker(Worker):
    """Dies when its step is done: its session is gone, and its claim stands."""

    def erase(self, _: Connection) -> None:
        """Die."""
        assert self._session is not None
        self._session.close()
        raise Cut


class Life:
    """A region, what chance has chosen in it, and what is remembered of what was done."""

    def __init__(self, database: Database, chance: Random, folder: Path, **policies: str) -> None:
        self.database, self.chance, self.folder = database, chance, folder
        self.beside, self.cut_off = Database(database.url), CutDatabase(database.url)
        self.workers = [Worker(database), Worker(self.beside)]
        self.threads = ThreadPoolExecutor(2)
        self.keys = load_keys(folder / "keys.json")
        self.numbers = count(1)
        self.steps = 0
        self.entered: dict[str, tuple[str, int]] = {}
        """What came into the region: document → (article, units)."""
        self.told: dict[int, NewOrder] = {}
        self.asked: dict[str, int] = {}
        """The returns that were asked for under a reference."""
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        a_world(database, stock=STOCK, **policies)
        self.entered |= {f"stock {store} {article}": (article, units) for (store, article), units in STOCK.items()}
        with database.transaction() as tx:
            tx.execute("UPDATE article SET individual = true WHERE number = %s", (MARKED,))
            tx.execute("UPDATE article SET successor = 'A2' WHERE number = 'A1'")
            tx.execute(
                "INSERT INTO stock_target (store, article, reorder_point, target, shelf) "
                "SELECT s, a, 2, 5, 'H' || right(a, 1) FROM unnest(ARRAY['50301', '50401']) s, "
                "unnest(ARRAY['A1', 'A2', 'A3']) a"
            )

    def close(self) -> None:
        """Leave everything."""
        self.threads.shutdown()
        for worker in self.workers:
            worker.close()
        self.beside.close()
        self.cut_off.close()

    def some(self, choices: Sequence[Chosen]) -> Chosen | None:
        """One of them by chance; None where there is none."""
        return self.chance.choice(choices) if choices else None

    def maybe(self, share: float) -> bool:
        """True in this share of the cases."""
        return self.chance.random() < share

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the query gives."""
        with self.database.transaction() as tx:
            return tx.execute(query.encode(), values or None).fetchall()

    def some_id(self, query: str, *values: object) -> int | None:
        """One of the ids that the query gives, by chance."""
        found = self.some(self.rows(f"{query} ORDER BY 1", *values))
        return None if found is None else int(found[0])

    def some_order(self, *states: str) -> int | None:
        """One of the orders that stand so."""
        return self.some_id("SELECT id FROM orders WHERE state = ANY(%s::text[])", list(states))

    def new_name(self, prefix: str) -> str:
        """A name that nothing has."""
        return f"{prefix}{next(self.numbers)}"

    def once(self, name: str, deed: Deed) -> None:
        """It is done, or refused."""
        self._tell(name, lambda: deed(self.database, self.workers[0]))

    def twice(self, name: str, deed: Deed) -> None:
        """It is done and told again: the message is delivered twice, the person presses twice."""
        self.once(name, deed)
        self._tell("again", lambda: deed(self.beside, self.workers[1]))

    def at_once(self, names: Sequence[str], deeds: Sequence[Deed]) -> None:
        """Two deeds at the same moment; one of them may be refused, or have to be tried again."""
        pairs = zip(deeds, (self.database, self.beside), self.workers, strict=True)
        together = Barrier(2)

        def begin(deed: Deed, database: Database, worker: Worker) -> None:
            together.wait(30)
            deed(database, worker)

        futures = [self.threads.submit(begin, *pair) for pair in pairs]
        for name, future in zip(names, futures, strict=True):
            try:
                self._tell(name, lambda future=future: future.result(60))  # type: ignore[misc]
            except Passing as error:
                self.refused[type(error).__name__] += 1

    def cut(self, _: str, deed: Deed) -> None:
        """It is almost done: the connection is lost before the commit, and the dispatcher gives back what was held."""
        worker = DyingWorker(self.database)
        try:
            self._tell("cut", lambda: deed(self.cut_off, worker))
        except Cut:
            self.done["cut"] += 1
        worker.close()
        # The server may notice a moment later that the session is gone; the dispatcher looks again and again.
        wait_for(self._nothing_is_claimed, what="the dead worker's claim to be given back")
        let_time_pass(self.database)

    def _nothing_is_claimed(self) -> bool:
        recover_crashed(self.database)
        return not self.rows("SELECT FROM claim")

    def work_to_rest(self) -> None:
        """Work until nothing is due."""
        let_time_pass(self.database)
        work_all(self.database, self.workers[0])

    def _tell(self, name: str, deed: Callable[[], object]) -> None:
        try:
            deed()
        except Refused as refusal:
            self.refused[f"{name} {type(refusal).__name__}"] += 1
        else:
            self.done[name] += 1
