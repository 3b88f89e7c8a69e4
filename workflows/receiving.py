"""How does one order arrive by itself? Judged as it comes in: what breaks a rule is told at once, and not stored.

An order of a file, or of an integration that does not wait, is stored first and judged by the validate step. Next:
intake.py, which stores; steps/validate.py, whose judgement this is.
"""

from collections.abc import Collection
from dataclasses import replace

from config.database import Connection
from workflows.cohort import OrderNotFound
from workflows.intake import NewOrder, Stored, amend_order, store_orders
from workflows.machines import StepNotAllowed, allowed_events
from workflows.master_queries import master_data_for
from workflows.rules import Order, check
from workflows.steps.validate import judge, rule_policy
from workflows.violations import Violation

_NOWHERE = "–"
"""A code that nothing has."""


def receive(tx: Connection, order: NewOrder, *, actor: str, judged: bool, kept: bool = True) -> Stored:
    """Store `order` as a draft that is due, if it is well. `unchanged`: it was stored before, and is not judged again.

    `judged`: every rule is asked now; otherwise the validate step will ask. `kept` False stores nothing, whatever the
    verdict. What is refused leaves no trace in `tx`, which goes on.
    """
    tx.execute("SAVEPOINT received")
    (answer,) = store_orders(tx, [order], actor=actor)
    if judged and answer.verdict == "accepted" and answer.order_id is not None:
        broken = judge(tx, [answer.order_id])[answer.order_id].violations
        if broken:
            answer = Stored("refused", None, broken)
    if answer.verdict == "refused" or not kept:
        tx.execute("ROLLBACK TO SAVEPOINT received")
    return answer


def broken_when_amended(tx: Connection, order_id: int, order: NewOrder) -> tuple[Violation, ...]:
    """Which rules `order` would break in the place of the rejected order `order_id`, which stays as it is.

    Raises OrderNotFound, StepNotAllowed.
    """
    row = tx.execute("SELECT order_type, state FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,)).fetchone()
    if row is None:
        raise OrderNotFound(OrderNotFound.__doc__)
    if row[1] != "rejected":
        raise StepNotAllowed("amend", row[1], allowed_events(*row))
    tx.execute("SAVEPOINT amended")
    amend_order(tx, order_id, order)
    broken = judge(tx, [order_id])[order_id].violations
    tx.execute("ROLLBACK TO SAVEPOINT amended")
    return broken


def also_broken(tx: Connection, order: Order, told: Collection[Violation]) -> list[Violation]:
    """Which rules an order breaks besides what is `told` of it already: of the fields named there nothing more is said,
    and the places named there are nowhere: of another kommun's nothing is found out.

    Such an order cannot be stored, so that its accessories are not judged: whose a main device is, a stored order's
    receiver tells.
    """
    fields = {each.field for each in told}
    parts = {whole for field in fields for whole in _wholes(field)}
    seen = replace(
        order,
        sender=_NOWHERE if "sender" in fields else order.sender,
        receiver_code=_NOWHERE if "receiver.id" in fields and order.receiver_code else order.receiver_code,
        orderer_unit=_NOWHERE if "orderer.unit" in fields else order.orderer_unit,
    )
    return [
        each
        for each in check(seen, master_data_for(tx, [seen]), rule_policy()).violations
        if each.code != "accessory-main-device" and each.field not in parts and fields.isdisjoint(_wholes(each.field))
    ]


def _wholes(field: str) -> list[str]:
    """The field and what it is a part of: `receiver.address.city`, `receiver.address`, `receiver`."""
    parts = field.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
