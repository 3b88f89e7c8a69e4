"""What happens to goods at random, and what must hold after each thing that happens? The world of the model test.

`Life` is one small region with two workers. Its methods are what people and workers do; `check` compares what the
database says with what this file remembers. Next: integration/test_life_model.py, which chooses what happens.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import psycopg
from builders import a_world, let_time_pass, receive, store

from config.database import Connection, Database
from workflows.cohort import StaleVersion
from workflows.intake import NewOrder
from workflows.journal import Worker, recover_crashed
from workflows.machines import StepNotAllowed
from workflows.steps import resume
from workflows.steps.main_line import work_all, work_once
from workflows.verify.checking import verify
from workflows.verify.invariants import INVARIANTS

Refused = (StepNotAllowed, StaleVersion)
"""What a person is told when the order stands elsewhere; nothing has changed then."""


class Died(Exception):
    """A worker died inside its transaction."""


class CrashingWorker(Worker):
    """Dies when its step is done and the transaction still open: its session is gone, and its claim stands."""

    def erase(self, _: Connection) -> None:
        """Die."""
        assert self._session is not None
        self._session.close()
        raise Died


class Known(NamedTuple):
    """An order as it was last seen."""

    state: str
    version: int
    utleverans: int | None


class Life:
    """A region, and what is remembered of it."""

    def __init__(self, database: Database, **policies: str) -> None:
        self.database = database
        self.beside = Database(database.url)
        self.workers = [Worker(database), Worker(self.beside)]
        self.threads = ThreadPoolExecutor(2)
        self.orders: dict[int, Known] = {}
        self.entered: Counter[str] = Counter()
        a_world(database, **policies)

    def close(self) -> None:
        """Leave everything."""
        self.threads.shutdown()
        for worker in self.workers:
            worker.close()
        self.beside.close()

    def order(self, order: NewOrder, *, again: bool) -> None:
        """Somebody orders; some send the same order twice."""
        (order_id,) = store(self.database, order)
        if again:
            assert store(self.database, order) == [order_id]
        self.orders[order_id] = Known("draft", 1, None)

    def receive(self, place: str, article: str, units: int) -> None:
        """Goods come from the supplier."""
        receive(self.database, {(place, article): units})
        self.entered[article] += units

    def work(self, who: int, event: str, order_type: str, limit: int) -> None:
        """A worker is told to look, as often as the hint is delivered."""
        work_once(self.database, self.workers[who], event, None if event == resume.EVENT else order_type, limit)

    def crash(self, event: str, order_type: str) -> None:
        """A worker dies inside its step, and the dispatcher gives back what it held."""
        worker = CrashingWorker(self.database)
        with suppress(Died):
            work_once(self.database, worker, event, None if event == resume.EVENT else order_type)
        worker.close()
        recover_crashed(self.database)
        let_time_pass(self.database)

    def both_at_once(
        self, left: Callable[[Database, Worker], object], right: Callable[[Database, Worker], object]
    ) -> None:
        """Two act at the same moment; a lock that was not given in time changes nothing."""
        pairs = zip((left, right), (self.database, self.beside), self.workers, strict=True)
        for future in [self.threads.submit(act, database, worker) for act, database, worker in pairs]:
            with suppress(*Refused, psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                future.result(60)

    def work_to_rest(self) -> None:
        """Work until nothing is due; then nobody waits who could go on."""
        let_time_pass(self.database)
        work_all(self.database, self.workers[0])
        self._nobody_waits_in_vain()

    def person(self, act: Callable[[Database], object], *refusals: type[Exception]) -> bool:
        """A person does something; whether it was done, or refused for one of the reasons it may be."""
        try:
            act(self.database)
        except (*Refused, *refusals):
            return False
        return True

    def hint(self, event: str, order_type: str) -> Callable[[Database, Worker], object]:
        """A worker that was told to look."""
        return lambda database, worker: work_once(
            database, worker, event, None if event == resume.EVENT else order_type
        )

    def some_order(self, states: Iterable[str], which: int) -> int | None:
        """One of the orders that stood in `states` when last seen."""
        wanted = set(states)
        found = [order_id for order_id, known in self.orders.items() if known.state in wanted]
        return found[which % len(found)] if found else None

    def check(self) -> None:
        """Compare what is with what was: after every step."""
        with self.database.transaction() as tx:
            self._orders_go_forward(tx)
            self._goods_are_somewhere(tx)
            broken = tx.execute(_CHEAP.encode()).fetchall()
        assert not broken

    def check_all(self) -> None:
        """Every invariant of `verify`."""
        assert verify(self.database).broken == ()

    def _orders_go_forward(self, tx: Connection) -> None:
        """No order is lost, goes back, ends twice, or changes its utleverans."""
        found = {
            order_id: Known(*facts)
            for order_id, *facts in tx.execute("SELECT id, state, version, utleverans FROM orders").fetchall()
        }
        assert self.orders.keys() <= found.keys(), "an order is lost"
        for order_id, was in self.orders.items():
            now = found[order_id]
            assert now.version >= was.version
            assert (now.state == was.state) or now.version > was.version
            assert was.state not in ("delivered", "cancelled") or now == was
            assert was.utleverans in (None, now.utleverans)
        self.orders = found

    def _goods_are_somewhere(self, tx: Connection) -> None:
        """What has come from outside is on a shelf, on its way, with somebody, or known to be missing."""
        there: Counter[str] = Counter()
        for article, units in tx.execute(_WHERE_GOODS_ARE.encode()).fetchall():
            there[article] += units
        assert +there == +self.entered

    def _nobody_waits_in_vain(self) -> None:
        """First in the queue for all it lacks, with enough there of everything: it would have gone on."""
        with self.database.transaction() as tx:
            waiting = tx.execute(_WAITS_IN_VAIN.encode()).fetchall()
        assert not waiting


_EVERY_STEP = (
    "balance-is-sum-of-movements", "never-oversold", "reserved-for-validated-orders", "outbound-belongs-to-orders",
    "state-is-last-of-history", "no-delivery-without-utleverans",
)  # fmt: skip
_CHEAP = " UNION ALL ".join(
    f"SELECT '{each.name}', b.broken FROM ({each.broken}) AS b (broken)"
    for each in INVARIANTS
    if each.name in _EVERY_STEP
)
assert _CHEAP.count("SELECT '") == len(_EVERY_STEP)

_WHERE_GOODS_ARE = """
    SELECT article, sum(on_hand + outbound) FROM stock_balance GROUP BY 1
    UNION ALL
    SELECT l.article, sum(l.quantity - l.on_rest - l.cancelled - l.short_delivered - l.returned)
    FROM order_line l JOIN orders o ON o.id = l.order_id
    WHERE o.state = 'delivered' AND o.receiver_kind <> 'kommunlager' GROUP BY 1
    UNION ALL
    SELECT article, sum(CASE 'difference' WHEN to_place THEN quantity WHEN from_place THEN -quantity ELSE 0 END)
    FROM movement GROUP BY 1
"""
"""Units by article: in the stores, with the receivers as the orders say it, and missing less found."""

_WAITS_IN_VAIN = """
    SELECT o.id FROM orders o
    WHERE o.state = 'backordered' AND o.held_since IS NULL
      AND NOT EXISTS (
        SELECT FROM (SELECT article, sum(quantity - on_rest - cancelled) AS units FROM order_line
                     WHERE order_id = o.id GROUP BY article) l
        LEFT JOIN stock_balance b ON b.store = o.sender AND b.article = l.article
        WHERE l.units > coalesce(b.on_hand - b.reserved, 0)
           OR EXISTS (SELECT FROM waiting_line w WHERE w.store = o.sender AND w.article = l.article
                      AND (w.priority, w.received_at, w.order_id) < (o.priority, o.received_at, o.id)))
"""
