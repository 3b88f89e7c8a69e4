"""amend: a person mends what the rules refused, and the order is judged anew.

rejected → draft. Locks: the order. Raises: AnotherOrder, SwapGoesElsewhere. The body is replaced
(intake.amend_order) in the same transaction; the number, the source and the external id stay.
"""

from config.database import Connection
from workflows.cohort import Step, Work
from workflows.intake import NewOrder, amend_order
from workflows.machines import Group
from workflows.steps.moving import move

EVENT = "amend"


class AnotherOrder(Exception):
    """Rättelsen har ett annat external_id än ordern (the amendment has another external_id than the order)."""


class SwapGoesElsewhere(AnotherOrder):
    """Ett byte går till den som har individen som byts: låt mottagaren stå (a swap goes to who has the old device)."""


def amend_with(order: NewOrder) -> Step:
    """The step that puts `order` in the place of what was refused."""

    def amend(work: Work) -> None:
        (order_id,) = work.ids
        known = work.tx.execute("SELECT external_id FROM orders WHERE id = %s", (order_id,)).fetchone()
        if known is None or known[0] != order.external_id:
            # A body put into the wrong order would send one patient's devices to another.
            raise AnotherOrder(AnotherOrder.__doc__)
        receiver = _receiver_of_swap(work.tx, order_id)
        amend_order(work.tx, order_id, order)
        if receiver != _receiver_of_swap(work.tx, order_id):
            raise SwapGoesElsewhere(SwapGoesElsewhere.__doc__)
        amended = Work(work.tx, order.order_type, work.ids, work.actor, work.reason)
        move(amended, EVENT, Group("rejected"), work.ids, due=True)

    return Step(EVENT, ("rejected",), amend)


def _receiver_of_swap(tx: Connection, order_id: int) -> str | None:
    """To whom the order goes, if it brings a device in the place of another."""
    row = tx.execute(
        "SELECT receiver_of(o.receiver_code, o.patient_id) FROM swap s JOIN orders o ON o.id = s.order_id "
        "WHERE s.order_id = %s",
        (order_id,),
    ).fetchone()
    return None if row is None else str(row[0])
