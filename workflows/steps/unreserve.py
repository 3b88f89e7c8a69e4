"""unreserve: a count found less than is reserved, and the youngest orders give their goods up and wait.

validated → backordered. Locks: orders, devices, then balances in key order.
"""

from workflows.cohort import Step, Work
from workflows.devices import wake_beside, wake_goods
from workflows.ledger import release_lines, reverse_differences
from workflows.machines import Group
from workflows.steps.following import bring_back
from workflows.steps.moving import move
from workflows.steps.waiting import keep_place

EVENT = "unreserve"


def unreserve(work: Work) -> None:
    """Release the reservations; the orders keep the places of their age for all they need."""
    freed = bring_back(work, work.ids, EVENT)
    keep_place(work.tx, work.ids)
    release_lines(work.tx, work.ids, work.actor)
    reverse_differences(work.tx, work.ids, work.actor)
    wake_goods(work.tx, freed)
    wake_beside(work.tx, work.ids)
    move(work, EVENT, Group("validated"), work.ids, due=False)


STEP = Step(EVENT, ("validated",), unreserve)
