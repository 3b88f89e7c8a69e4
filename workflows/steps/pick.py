"""pick: the goods leave the shelf. The sending balance is decremented here, exactly once.

validated → picked. Locks: orders, then balances in key order. Raises: ShortTooMuch.
Units that a person does not find (`short`) are booked as a difference and go on a restorder.
"""

from workflows.cohort import Step, Work
from workflows.ledger import move_lines
from workflows.machines import Group
from workflows.steps.moving import move
from workflows.steps.restorder import split_rest
from workflows.steps.short import book_short, order_goods
from workflows.steps.waiting import wake

EVENT = "pick"


def pick(work: Work) -> None:
    """Move what was reserved from the store to outbound, and give up the reservations."""
    if work.short:
        (order_id,) = work.ids
        split_rest(work, {order_id: book_short(work, "short_pick", "store")})
        wake(work.tx, order_goods(work.tx, order_id))
    move_lines(work.tx, work.ids, EVENT, "store", "outbound", work.actor, release=True)
    move(work, EVENT, Group("validated"), work.ids, due=True)


STEP = Step(EVENT, ("validated",), pick)
