"""How does one order arrive by itself? Judged as it comes in: what breaks a rule is told at once, and not stored.

An order of a file, or of an integration that does not wait, is stored first and judged by the validate step. Next:
intake.py, which stores; steps/validate.py, whose judgement this is.
"""

from collections.abc import Sequence
from dataclasses import replace

from config.database import Connection
from workflows.intake import NewOrder, Stored, store_orders
from workflows.order_types import ReceiverKind
from workflows.steps.validate import judge
from workflows.violations import Violation, violation

_NOWHERE = "–"
"""A code that nothing has: in its place a rule finds what is not there, and tells nothing of what is."""


def receive(
    tx: Connection, order: NewOrder, *, actor: str, kommun: str | None, judged: bool, kept: bool = True
) -> Stored:
    """Store `order` as a draft that is due, if it is well. `unchanged`: it was stored before, and is not judged again.

    `kommun` is whose orders the sender may send, None those of the whole region. `judged`: every rule is asked now;
    otherwise the validate step will ask. `kept` False stores nothing, whatever the verdict. What is refused leaves no
    trace in `tx`, which goes on.
    """
    beyond = _beyond(tx, order, kommun) if kommun is not None else {}
    found = list(beyond.values())
    tx.execute("SAVEPOINT received")
    (answer,) = store_orders(tx, [_hidden(order, beyond)], actor=actor)
    if answer.verdict == "accepted" and answer.order_id is not None:
        if judged:
            verdict = judge(tx, [answer.order_id])[answer.order_id]
            found += [each for each in verdict.violations if each.field not in beyond]
    elif answer.verdict == "refused":
        found += answer.violations
    if found or not kept:
        tx.execute("ROLLBACK TO SAVEPOINT received")
    return Stored("refused", None, tuple(found)) if found else answer


def beyond_kommun(tx: Connection, order: NewOrder, kommun: str | None) -> list[Violation]:
    """Why the order is none of the kommun's: its unit, or the store it goes to, is another's. None is the region."""
    return [] if kommun is None else list(_beyond(tx, order, kommun).values())


def _beyond(tx: Connection, order: NewOrder, kommun: str) -> dict[str, Violation]:
    """By field, what is not there for the kommun. A move between kommuner has two stores, one of which is its own."""
    own_unit = tx.execute(
        "SELECT FROM vardenhet WHERE code = %s AND kommun = %s", (order.orderer_unit, kommun)
    ).fetchone()
    found = {}
    if own_unit is None:
        found["orderer.unit"] = violation("unit-unknown", "orderer.unit", value=order.orderer_unit)
    if order.receiver_kind == ReceiverKind.KOMMUNLAGER and not _has_store(
        tx, kommun, [order.sender, order.receiver_code]
    ):
        found["receiver.id"] = violation("store-unknown", "receiver.id", value=order.receiver_code)
    return found


def _has_store(tx: Connection, kommun: str, codes: Sequence[str | None]) -> bool:
    own = tx.execute("SELECT FROM store WHERE code = ANY(%s::text[]) AND kommun = %s LIMIT 1", (list(codes), kommun))
    return own.fetchone() is not None


def _hidden(order: NewOrder, beyond: dict[str, Violation]) -> NewOrder:
    """The order as the kommun sees it, to be judged and never kept."""
    if "orderer.unit" in beyond:
        order = replace(order, orderer_unit=_NOWHERE)
    return replace(order, receiver_code=_NOWHERE) if "receiver.id" in beyond else order
