"""How does a step run? Claim a cohort, journal it, run the step, and find the culprit when it fails.

A step moves up to N orders of one type in one transaction; a single order is a cohort of one. An error rolls
back to the savepoint and splits the cohort inside the same transaction, so that the row locks stay: after a plain
ROLLBACK another worker would take the culprit into a new cohort. Next: steps/, one file a verb.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from config.database import Connection, Database, is_transient
from config.fault_points import fault_point
from workflows import attempts
from workflows.free_text import refuse_personal_number
from workflows.journal import Worker
from workflows.machines import StepNotAllowed, allowed_events

COHORT = 500
"""Orders in a cohort at most: 100 → 6,000, 500 → 13,000 orders a second in the prototype; more gains little."""

DUE = "orderflode_due"
"""The channel of the one NOTIFY a transaction sends when it made orders due; the payload is always empty."""

SYSTEM = "orderflode"
"""The actor of steps that run by themselves."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a step is asked to do: orders of one type, all in a state its event starts from, locked by `tx`."""

    tx: Connection
    order_type: str
    ids: Sequence[int]
    actor: str = SYSTEM
    reason: str | None = None
    short: Mapping[str, int] = field(default_factory=dict)
    """Units missing by article, when a person confirms fewer than expected; for a cohort of one."""
    serials: Mapping[str, Sequence[str]] | None = None
    """Serial numbers by article that a person names; None where the step runs by itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """A verb: the event, the states it starts from, and what is done."""

    event: str
    from_states: tuple[str, ...]
    run: Callable[[Work], None]


class PoisonedOrder(Exception):
    """A pure function failed for one order; the cohort need not be searched."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"order {order_id}")
        self.order_id = order_id


class LowWater(NamedTuple):
    """Where the last claim ended. With an old snapshot open, a claim that begins at the start of the index again
    would step over every order done since (2.3 → 13 ms over 100,000 orders, measured)."""

    priority: int
    due_at: datetime


class Worked(NamedTuple):
    """What one transaction did: how many orders were claimed, how many of them failed, where the claim ended."""

    claimed: int
    failed: int
    low_water: LowWater | None


NOTHING = Worked(0, 0, None)


def run_due(
    database: Database,
    step: Step,
    order_type: str,
    worker: Worker,
    *,
    limit: int = COHORT,
    low_water: LowWater | None = None,
    goes_on: bool = False,
) -> Worked:
    """Claim what is due for `step` and move it, in one transaction. Claims nothing: returns NOTHING.

    An order that must be tried without company goes first, alone. `goes_on`: unless the cohort is full, the caller
    runs the next step itself, and nobody need be told; should it die first, the dispatcher looks within a second.
    Transient errors (deadlock, lost connection) are raised after a rollback: the orders stay due.
    """
    with worker.accountable(), database.transaction() as tx:
        (state,) = step.from_states
        fault_point("step.before_claim")
        ids, reached = _claim(tx, order_type, state, 1, None, alone=True)
        if not ids:
            ids, reached = _claim(tx, order_type, state, limit, low_water, alone=False)
        if not ids:
            return NOTHING
        worker.write(step.event, ids)
        failed = run_searching(step, Work(tx, order_type, ids))
        fault_point("step.worked")
        worker.erase(tx)
        if not goes_on or len(ids) >= limit:
            notify(tx)
        return Worked(len(ids), failed, reached)


def _claim(
    tx: Connection, order_type: str, state: str, limit: int, low_water: LowWater | None, *, alone: bool
) -> tuple[list[int], LowWater | None]:
    """Lock due orders, skipping those that others hold, and say where the claim ended. FOR UPDATE would skip orders
    with an open foreign-key insert as well, hence FOR NO KEY UPDATE. The ids come as one value: a row each is dear."""
    after = "AND (priority, due_at) >= (%(priority)s, %(due_at)s)" if low_water else ""
    row = tx.execute(
        "SELECT array_agg(id), (array_agg(priority))[count(*)], (array_agg(due_at))[count(*)] FROM ("
        f"SELECT id, priority, due_at FROM orders WHERE order_type = %(type)s AND state = %(state)s "
        f"AND due_at <= now() AND held_since IS NULL AND {'alone' if alone else 'NOT alone'} {after} "
        "ORDER BY priority, due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED) due",
        {"type": order_type, "state": state, "limit": limit} | (low_water._asdict() if low_water else {}),
    ).fetchone()
    assert row is not None
    ids, priority, due_at = row
    return (ids, None if alone else LowWater(priority, due_at)) if ids else ([], None)


def run_searching(step: Step, work: Work) -> int:
    """Run `step`; on an error halve the cohort until the culprit stands alone, and count an attempt for it.

    Returns how many orders failed. Raises only what may pass by itself.
    """
    work.tx.execute("SAVEPOINT cohort")
    try:
        step.run(work)
        return 0
    except Exception as error:
        if is_transient(error):
            raise
        work.tx.execute("ROLLBACK TO SAVEPOINT cohort")
        if len(work.ids) == 1:
            attempts.count(work.tx, work.ids[0], attempts.reason_of(error.__cause__ or error))
            return 1
        parts = _split(work.ids, error)
    return sum(
        run_searching(step, Work(work.tx, work.order_type, part, work.actor, work.reason)) for part in parts if part
    )


def _split(ids: Sequence[int], error: Exception) -> list[Sequence[int]]:
    if isinstance(error, PoisonedOrder):
        return [[each for each in ids if each != error.order_id], [error.order_id]]
    middle = len(ids) // 2
    return [ids[:middle], ids[middle:]]


class OrderNotFound(Exception):
    """Ordern finns inte (there is no such order)."""


class StaleVersion(Exception):
    """Ordern har ändrats sedan den lästes (the order has changed since it was read)."""


def run_named(
    database: Database,
    step: Step,
    order_id: int,
    *,
    actor: str,
    reason: str | None = None,
    short: Mapping[str, int] | None = None,
    serials: Mapping[str, Sequence[str]] | None = None,
    version: int | None = None,
) -> str:
    """Run `step` for one order that a person named, waiting for its lock; returns the state it is in then.

    Raises PersonalNumberInText (a reason is stored in clear), OrderNotFound, StaleVersion (with `version`, when the
    order has another), StepNotAllowed (wrong state), and whatever the step itself raises; then nothing has changed.
    """
    refuse_personal_number(reason)
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT order_type, state, version FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,)
        ).fetchone()
        if row is None:
            raise OrderNotFound(OrderNotFound.__doc__)
        order_type, state, now_version = row
        if version is not None and version != now_version:
            raise StaleVersion(StaleVersion.__doc__)
        if state not in step.from_states:
            raise StepNotAllowed(step.event, state, allowed_events(order_type, state))
        step.run(Work(tx, order_type, [order_id], actor, reason, short or {}, serials or {}))
        notify(tx)
        after = tx.execute("SELECT state FROM orders WHERE id = %s", (order_id,)).fetchone()
        assert after is not None
        return str(after[0])


def notify(tx: Connection) -> None:
    """Tell the dispatcher, when this transaction commits, that orders or goods may be due."""
    tx.execute(f"NOTIFY {DUE}")
