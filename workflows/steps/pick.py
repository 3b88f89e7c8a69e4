"""pick: the goods leave the shelf. The sending balance is decremented here, exactly once.

validated → picked. Locks: orders, devices, then balances in key order. Raises: ShortTooMuch, and of individually
marked devices SerialNumbersMissing and SerialNumberRefused (settling.py); who lacks registered ones stays validated.
Units that a person does not find (`short`) are booked as a difference and go on a restorder.
"""

from workflows.accessories.tying import lock_tied
from workflows.cohort import Step, Work
from workflows.devices import wake_beside, wake_goods
from workflows.ledger import move_lines
from workflows.machines import Group
from workflows.steps.moving import move
from workflows.steps.restorder import split_rest
from workflows.steps.settling import settle_devices
from workflows.steps.short import book_short, missing_by_line, order_goods
from workflows.steps.waiting import wake

EVENT = "pick"


def pick(work: Work) -> None:
    """Move what was reserved from the store to outbound, and give up the reservations."""
    if work.short:
        lock_tied(work.tx, work.ids)
    missing = missing_by_line(work) if work.short else {}
    ids, freed = settle_devices(work, missing)
    if missing:
        (order_id,) = work.ids
        book_short(work, missing, "short_pick", "store")
        split_rest(work, {order_id: missing})
        wake(work.tx, order_goods(work.tx, order_id))
    move_lines(work.tx, ids, EVENT, "store", "outbound", work.actor, release=True)
    wake_goods(work.tx, freed)
    if work.serials is not None:
        wake_beside(work.tx, ids)
    move(work, EVENT, Group("validated"), ids, due=True)


STEP = Step(EVENT, ("validated",), pick)
