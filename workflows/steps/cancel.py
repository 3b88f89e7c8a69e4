"""cancel and fail_delivery: an order ends without a delivery, and its goods come back. A reason is required.

draft, rejected, backordered, validated, picked → cancelled; utleverans → cancelled by a failed delivery (bomkörning).
Locks: orders, devices, then balances in key order. Raises: ReasonMissing. Nothing is deleted or rewound: what had moved
moves back by a movement of its own.
"""

from workflows.cohort import Step, Work
from workflows.devices import wake_beside, wake_goods
from workflows.ledger import lock_free, move_lines, release_lines, reverse_differences
from workflows.machines import Group
from workflows.steps.following import bring_back
from workflows.steps.moving import move
from workflows.steps.waiting import leave_queue, places_of, wake


class ReasonMissing(Exception):
    """En orsak måste anges (a reason is required)."""


def require_reason(work: Work) -> None:
    """Raises ReasonMissing where none is given."""
    if not (work.reason or "").strip():
        raise ReasonMissing(ReasonMissing.__doc__)


def cancel(work: Work) -> None:
    """Release what is reserved, or take back what was picked. Before the pick a booked difference is reversed;
    after it the goods have been seen, and it stands."""
    require_reason(work)
    by_state: dict[str, list[int]] = {}
    for order_id, state in work.tx.execute(
        "SELECT id, state FROM orders WHERE id = ANY(%s::bigint[]) ORDER BY id", (list(work.ids),)
    ):
        by_state.setdefault(state, []).append(order_id)
    freed = bring_back(work, work.ids, "cancel")
    for state, ids in by_state.items():
        if state == "validated":
            release_lines(work.tx, ids, work.actor)
            reverse_differences(work.tx, ids, work.actor)
        elif state == "picked":
            move_lines(work.tx, ids, "cancel", "outbound", "store", work.actor)
        elif state == "backordered":
            _leave_queue_and_wake(work, ids)
        move(work, "cancel", Group(state), ids, due=False)
    wake_goods(work.tx, freed)
    wake_beside(work.tx, by_state.get("validated", ()))


def _leave_queue_and_wake(work: Work, ids: list[int]) -> None:
    """Whoever stood behind the orders may find its goods free."""
    goods = places_of(work.tx, ids)
    lock_free(work.tx, goods)
    leave_queue(work.tx, ids)
    wake(work.tx, goods)


def fail_delivery(work: Work) -> None:
    """The goods came back undelivered: outbound → sender, and the order is cancelled. Its utleverans stands."""
    require_reason(work)
    freed = bring_back(work, work.ids, "fail_delivery")
    move_lines(work.tx, work.ids, "fail_delivery", "outbound", "store", work.actor)
    wake_goods(work.tx, freed)
    move(work, "fail_delivery", Group("utleverans"), work.ids, due=False)


CANCEL = Step("cancel", ("draft", "rejected", "backordered", "validated", "picked"), cancel)
FAIL_DELIVERY = Step("fail_delivery", ("utleverans",), fail_delivery)
