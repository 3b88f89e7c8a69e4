"""reduce: part of an order is cancelled, and the rest goes on as it was. A reason is required.

backordered, validated, picked → the same state. Locks: the order, its tied lines, devices, then balances in key order.
Raises: ReasonMissing, AmendInstead, and the errors of workflows/reduction.py. Units leave their lines as
cancelled; what was reserved for them is released, what had been picked moves back, and a waiting order keeps its place
for less.
"""

from collections.abc import Mapping, Sequence

from workflows.accessories.tying import lock_tied
from workflows.allocation import Goods
from workflows.cohort import Step, Work
from workflows.devices import DeviceMove, wake_beside, wake_goods
from workflows.ledger import OUTSTANDING, Movement, Reservation, book, lock_free
from workflows.machines import Group, StepNotAllowed, allowed_events
from workflows.reduction import Cut, Line, cuts
from workflows.steps.cancel import require_reason
from workflows.steps.following import give_back
from workflows.steps.moving import move
from workflows.steps.parked import try_again
from workflows.steps.short import order_goods
from workflows.steps.waiting import keep_place, leave_queue, waiting_for, wake

EVENT = "reduce"


class AmendInstead(StepNotAllowed):
    """Ordern är ett utkast eller avvisad: rätta den i stället (a draft or a rejected order is amended instead)."""

    def __init__(self, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(EVENT, state, allowed)
        self.args = (AmendInstead.__doc__,)


def reduce_by(units: Mapping[str, int], serial_numbers: Sequence[str] = ()) -> Step:
    """The step that cancels `units` (article → how many) out of one order; `serial_numbers` are those that go."""

    def reduce(work: Work) -> None:
        (order_id,) = work.ids
        require_reason(work)
        row = work.tx.execute("SELECT state, sender, version + 1 FROM orders WHERE id = %s", (order_id,)).fetchone()
        assert row is not None
        state, sender, version = row
        if state in ("draft", "rejected"):
            raise AmendInstead(state, allowed_events(work.order_type, state))
        lock_tied(work.tx, work.ids)
        gone = cuts(_lines(work, order_id), units, serial_numbers)
        _free_devices(work, order_id, sender, gone)
        # Everything the step will touch, in key order, before the first of it.
        lock_free(work.tx, order_goods(work.tx, order_id))
        if state == "validated":
            _release(work, order_id, sender, version, gone)
        elif state == "picked":
            _take_back(work, order_id, sender, version, gone)
        _write(work, order_id, gone)
        if state == "backordered":
            _wait_for_less(work, order_id)
        else:
            # Devices came free, or the order itself waits for fewer of them.
            wake_goods(work.tx, {Goods(sender, cut.line.article) for cut in gone})
        move(work, EVENT, Group(state), work.ids, due=False, particulars=[[_as_json(cut) for cut in gone]])
        if state == "validated":
            # What stands there may do for what is left of it, and for those behind it.
            try_again(work.tx, order_id)
            wake_beside(work.tx, work.ids)

    return Step(EVENT, ("draft", "rejected", "backordered", "validated", "picked"), reduce)


def _lines(work: Work, order_id: int) -> list[Line]:
    """What each line still is to bring; of the serial numbers named, the first ones are those it brings."""
    rows = work.tx.execute(
        f"SELECT l.line_no, l.article, l.ordered_article, {OUTSTANDING}, l.serial_numbers FROM order_line l "
        "WHERE l.order_id = %s ORDER BY l.line_no",
        (order_id,),
    )
    return [
        Line(line_no, article, ordered, left, tuple(serial_numbers or ())[:left])
        for line_no, article, ordered, left, serial_numbers in rows
    ]


def _free_devices(work: Work, order_id: int, sender: str, gone: Sequence[Cut]) -> None:
    """Devices that were reserved or picked for the order stand free in the store again."""
    numbers = [(cut.line.article, number) for cut in gone for number in cut.dropped]
    if not numbers:
        return
    rows = work.tx.execute(
        "SELECT article, serial_number, place FROM device WHERE order_id = %s AND place IN ('store', 'outbound') "
        "AND (article, serial_number) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY 1, 2",
        (order_id, *map(list, zip(*numbers, strict=True))),
    ).fetchall()
    free = [DeviceMove(article, number, place, "store", sender) for article, number, place in rows]
    give_back(work, free, EVENT)


def _release(work: Work, order_id: int, sender: str, version: int, gone: Sequence[Cut]) -> None:
    """Give up the reservations. Units that were booked as a difference go first: they were never on the shelf."""
    booked: dict[int, int] = dict(
        work.tx.execute(
            "SELECT line_no, sum(CASE kind WHEN 'difference' THEN quantity ELSE -quantity END)::int FROM movement "
            "WHERE order_id = %s AND kind IN ('difference', 'reverse_difference') GROUP BY line_no",
            (order_id,),
        ).fetchall()
    )
    cause = ("store", sender, "difference", sender, order_id, version)
    reversals = [
        Movement("reverse_difference", cut.line.article, units, *cause, cut.line.line_no)
        for cut in gone
        if (units := min(cut.units, booked.get(cut.line.line_no, 0))) > 0
    ]
    book(work.tx, reversals, [Reservation(sender, cut.line.article, -cut.units) for cut in gone], work.actor)


def _take_back(work: Work, order_id: int, sender: str, version: int, gone: Sequence[Cut]) -> None:
    """What had been picked goes back onto the shelf."""
    back = ("outbound", sender, "store", sender, order_id, version)
    book(work.tx, [Movement(EVENT, c.line.article, c.units, *back, c.line.line_no) for c in gone], [], work.actor)


def _write(work: Work, order_id: int, gone: Sequence[Cut]) -> None:
    work.tx.execute(
        "UPDATE order_line l SET cancelled = l.cancelled + c.units "
        "FROM unnest(%s::int[], %s::int[]) AS c (line_no, units) WHERE l.order_id = %s AND l.line_no = c.line_no",
        ([cut.line.line_no for cut in gone], [cut.units for cut in gone], order_id),
    )
    for cut in gone:
        if cut.dropped:
            work.tx.execute(
                "UPDATE order_line SET serial_numbers = %s WHERE order_id = %s AND line_no = %s",
                (list(cut.kept) or None, order_id, cut.line.line_no),
            )


def _wait_for_less(work: Work, order_id: int) -> None:
    """Keep the place in the queue for what is left. Goods that fewer are wanted of may do for the order, or for whoever
    stands behind it: the resume step looks at them."""
    goods = waiting_for(work.tx, [order_id]).get(order_id, set())
    rows = work.tx.execute(
        f"SELECT l.line_no, l.article, {OUTSTANDING} > 0 FROM order_line l WHERE l.order_id = %s", (order_id,)
    ).fetchall()
    articles = {each.article for each in goods}
    lacking = [line_no for line_no, article, any_left in rows if any_left and article in articles]
    leave_queue(work.tx, [order_id])
    # Where nothing is left of what it lacked, it waits for the rest, which it does not lack.
    keep_place(work.tx, [order_id], {order_id: lacking} if lacking else None)
    wake(work.tx, goods.union(*waiting_for(work.tx, [order_id]).values()))


def _as_json(cut: Cut) -> dict[str, object]:
    return {
        "line": cut.line.line_no,
        "article": cut.line.article,
        "units": cut.units,
        "serial_numbers": list(cut.dropped),
    }
