"""deliver: the goods reach their receiver, and the order ends.

utleverans → delivered. Locks: orders, devices, then balances in key order. A lagerflytt adds to the receiving
kommunlager here (its receipt), once; other goods leave the stock. A short receipt books the missing units as a
difference. Raises: ShortTooMuch, SerialNumbersMissing, SerialNumberRefused.
"""

from workflows.accessories.tying import lock_tied
from workflows.cohort import Step, Work
from workflows.devices import wake_goods
from workflows.ledger import move_lines
from workflows.machines import Group
from workflows.steps.following import hand_over
from workflows.steps.moving import move
from workflows.steps.short import book_short, missing_by_line

EVENT = "deliver"


def deliver(work: Work) -> None:
    """Move the goods from outbound to the receiver."""
    if work.short:
        lock_tied(work.tx, work.ids)
    freed, missing = hand_over(work, missing_by_line(work) if work.short else {})
    if missing:
        (order_id,) = work.ids
        book_short(work, missing, "short_delivery", "outbound")
        work.tx.execute(
            "UPDATE order_line l SET short_delivered = m.units FROM unnest(%s::int[], %s::int[]) AS m (line_no, units) "
            "WHERE l.order_id = %s AND l.line_no = m.line_no",
            (list(missing), list(missing.values()), order_id),
        )
    move_lines(work.tx, work.ids, EVENT, "outbound", "receiver", work.actor)
    wake_goods(work.tx, freed)
    move(work, EVENT, Group("utleverans", has_utleverans=True), work.ids, due=False)


STEP = Step(EVENT, ("utleverans",), deliver)
