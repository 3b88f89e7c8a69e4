"""amend: a person mends what the rules refused, and the order is judged anew.

rejected → draft. Locks: the order. Raises: AnotherOrder. The body is replaced (intake.amend_order) in the same
transaction; the number, the source and the external id stay.
"""

from workflows.cohort import Step, Work
from workflows.intake import NewOrder, amend_order
from workflows.machines import Group
from workflows.steps.moving import move

EVENT = "amend"


class AnotherOrder(Exception):
    """Rättelsen har ett annat external_id än ordern (the amendment has another external_id than the order)."""


def amend_with(order: NewOrder) -> Step:
    """The step that puts `order` in the place of what was refused."""

    def amend(work: Work) -> None:
        (order_id,) = work.ids
        known = work.tx.execute("SELECT external_id FROM orders WHERE id = %s", (order_id,)).fetchone()
        if known is None or known[0] != order.external_id:
            # A body put into the wrong order would send one patient's devices to another.
            raise AnotherOrder(AnotherOrder.__doc__)
        amend_order(work.tx, order_id, order)
        amended = Work(work.tx, order.order_type, work.ids, work.actor, work.reason)
        move(amended, EVENT, Group("rejected"), work.ids, due=True)

    return Step(EVENT, ("rejected",), amend)
