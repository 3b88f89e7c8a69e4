"""How is an import undone? Every order of it is cancelled, or none: once goods of one have been picked, none is.

The orders give up their external_id (`B-1` becomes `B-1~undone-7`), so that the mended file brings them anew; what
was cancelled before keeps its own. Locks: the batch, its orders in id order, devices, then balances in key order.
Next: steps/cancel.py; migrations/sql/0002_intake.sql, the door.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.database import TRANSIENT, Connection, Database
from workflows.allocation import Goods
from workflows.cohort import Work, notify
from workflows.devices import devices_of, lock_devices
from workflows.free_text import refuse_personal_number
from workflows.ledger import lock_free
from workflows.steps.cancel import CANCEL, ReasonMissing

COHORT = 5_000
"""Orders cancelled by one round of statements."""

_PATIENCE_MS = 10_000
_ATTEMPTS = 5
_GONE_ON = frozenset({"picked", "utleverans", "delivered"})


class BatchNotFound(Exception):
    """Importen finns inte (there is no such import)."""


class AlreadyUndone(Exception):
    """The import has been undone before; nothing was done this time."""

    def __init__(self, at: datetime, by: str, reason: str) -> None:
        day = at.astimezone(ZoneInfo("Europe/Stockholm")).strftime("%Y-%m-%d %H:%M")
        super().__init__(f"Importen är redan ångrad {day} av {by}: {reason} (the import is undone already)")


class BatchOrder(NamedTuple):
    """One order of a batch, as it stands."""

    id: int
    order_type: str
    state: str
    source: str
    external_id: str
    is_rest: bool


class OrdersGoneOn(Exception):
    """Orders of the import are picked, on their way out or delivered: nothing was undone."""

    def __init__(self, orders: Sequence[BatchOrder]) -> None:
        super().__init__(
            f"{len(orders)} av importens ordrar är redan plockade; inget ångrades "
            f"({len(orders)} orders of the import are picked already; nothing was undone)"
        )
        self.orders = orders


class Undone(NamedTuple):
    """How many orders were cancelled, and how many were left as they were cancelled before."""

    cancelled: int
    left: int


def undo_import(
    database: Database,
    batch: int,
    *,
    actor: str,
    reason: str,
    dry_run: bool = False,
    progress: Callable[[int, int], object] = lambda *_: None,
) -> Undone:
    """Undo the import `batch`; a dry run is the same, rolled back. `progress` is told (cancelled so far, of how many).

    Raises ReasonMissing, PersonalNumberInText, BatchNotFound, AlreadyUndone, OrdersGoneOn; then nothing has changed.
    A deadlock with workers, or a lock they hold long, is tried again.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    refuse_personal_number(reason)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with database.transaction(lock_timeout_ms=_PATIENCE_MS, statement_timeout_ms=0) as tx:
                tx.execute("SAVEPOINT undoing")
                undone = _undo(tx, batch, actor, reason, progress)
                tx.execute("ROLLBACK TO SAVEPOINT undoing" if dry_run else "RELEASE SAVEPOINT undoing")
                if not dry_run:
                    notify(tx)
                return undone
        except TRANSIENT:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def _undo(tx: Connection, batch: int, actor: str, reason: str, progress: Callable[[int, int], object]) -> Undone:
    _lock_batch(tx, batch)
    orders = _lock_orders(tx, batch)
    gone_on = [order for order in orders if order.state in _GONE_ON]
    if gone_on:
        raise OrdersGoneOn(gone_on)
    open_orders = [order for order in orders if order.state != "cancelled"]
    _lock_goods(tx, [order.id for order in open_orders])
    done = 0
    for order_type in sorted({order.order_type for order in open_orders}):
        ids = [order.id for order in open_orders if order.order_type == order_type]
        for begin in range(0, len(ids), COHORT):
            cohort = ids[begin : begin + COHORT]
            CANCEL.run(Work(tx, order_type, cohort, actor, reason))
            done += len(cohort)
            progress(done, len(open_orders))
    named = [order.id for order in open_orders if not order.is_rest]
    tx.execute("SELECT undo_batch(%s, %s::bigint[], %s, %s)", (batch, named, actor, reason))
    return Undone(len(open_orders), len(orders) - len(open_orders))


def _lock_batch(tx: Connection, batch: int) -> None:
    """FOR UPDATE waits for the chunk that an import is storing, and lets no further one in."""
    row = tx.execute(
        "SELECT undone_at, undone_by, undone_reason FROM intake_batch WHERE id = %s FOR UPDATE", (batch,)
    ).fetchone()
    if row is None:
        raise BatchNotFound(BatchNotFound.__doc__)
    if row[0] is not None:
        raise AlreadyUndone(*row)


def _lock_orders(tx: Connection, batch: int) -> list[BatchOrder]:
    """The batch's orders, all locked: looked for again until none has a rest that came while they were waited for."""
    locked: list[BatchOrder] = []
    while True:
        found = [
            BatchOrder(*row)
            for row in tx.execute(
                "SELECT o.id, o.order_type, o.state, o.source, o.external_id, o.rest_of IS NOT NULL FROM orders o "
                "WHERE o.id IN (SELECT order_id FROM orders_of_batch(%s)) ORDER BY o.id FOR NO KEY UPDATE",
                (batch,),
            )
        ]
        if len(found) == len(locked):
            return found
        locked = found


def _lock_goods(tx: Connection, ids: list[int]) -> None:
    """Lock every device and balance that cancelling will touch, in key order, before the first of it is."""
    lock_devices(tx, devices_of(tx, ids))
    goods = tx.execute(
        "SELECT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id "
        "WHERE o.id = ANY(%(ids)s::bigint[]) AND o.state = 'validated' "
        "UNION SELECT store, article FROM waiting_line WHERE order_id = ANY(%(ids)s::bigint[])",
        {"ids": ids},
    )
    lock_free(tx, {Goods(*each) for each in goods})
