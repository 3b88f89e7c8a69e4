"""What do two meet over? Articles and orders of their own for each schedule, many made at once; nothing else is due.

Next: interleaving_pairs.py.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

from builders import CONFIRMED, a_world, receive, states, store
from interleaving import Act

from config.database import Database
from workflows.cohort import Step, Work, Worked, run_due, run_named
from workflows.intake import NewOrder
from workflows.steps.main_line import STEPS

_numbers = count(1)


class Case(NamedTuple):
    """Two acts on what was prepared for them, and what must hold of their answers and of the database then."""

    acts: tuple[Act, Act]
    expect: Callable[[list[object]], None]
    begin: Callable[[], object] = bool
    """What happens just before: something becomes due."""


def a_confirming_world(database: Database) -> None:
    """Persons confirm the pick and the delivery in lager 10, so that an order is due only when a case makes it so."""
    a_world(database, **CONFIRMED)


def articles(database: Database, number: int, units: int) -> list[str]:
    """New articles, so many units of each in lager 10."""
    made = [f"I{next(_numbers)}" for _ in range(number)]
    with database.transaction() as tx:
        tx.execute("INSERT INTO article SELECT unnest(%s::text[]), 'Artikel', '122203', NULL, false, false", (made,))
    receive(database, {("10", article): units for article in made})
    return made


def orders_in(database: Database, state: str, orders: Sequence[NewOrder]) -> list[int]:
    """The orders, brought to `state` by their steps and not due; their ids."""
    ids = store(database, *orders)
    with database.transaction() as tx:
        for step in STEPS.values():
            stands = tx.execute("SELECT state FROM orders WHERE id = %s", (ids[0],)).fetchone()
            if stands == (state,):
                break
            step.run(Work(tx, orders[0].order_type, ids))
        tx.execute("UPDATE orders SET due_at = NULL WHERE id = ANY(%s::bigint[])", (ids,))
    assert states(database, ids) == [state] * len(ids)
    return ids


def now_due(database: Database, *ids: int) -> Callable[[], None]:
    """What makes the orders due, when it is called."""

    def begin() -> None:
        with database.transaction() as tx:
            tx.execute("UPDATE orders SET due_at = received_at WHERE id = ANY(%s::bigint[])", (list(ids),))

    return begin


def works(event: str, order_type: str = "bestallning") -> Act:
    """A worker takes the first order that is due."""
    return lambda database, worker: run_due(database, STEPS[event], order_type, worker, limit=1)


def confirms(step: Step, order_id: int, *, reason: str | None = None, version: int | None = None) -> Act:
    """A person names the order."""
    return lambda database, _: run_named(database, step, order_id, actor="anna", reason=reason, version=version)


def claimed(answer: object) -> int:
    """How many orders the worker took; none of them failed."""
    assert isinstance(answer, Worked) and answer.failed == 0, answer
    return answer.claimed
