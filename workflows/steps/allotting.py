"""How are goods reserved? Lock the balances, decide, and write reservations and differences for a cohort.

Who gets goods is promised them at the same moment: promises.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from config.database import Connection
from workflows.allocation import Allotment, Demand, Goods, allocate
from workflows.cohort import Work
from workflows.ledger import Movement, Reservation, book, lock_free
from workflows.machines import Group
from workflows.promises import promised_by
from workflows.steps.following import reserve_named
from workflows.steps.instead import send_instead
from workflows.steps.moving import move
from workflows.steps.restorder import split_rest
from workflows.steps.waiting import first_places


def allot(tx: Connection, demands: Sequence[Demand], actor: str, restocked: Collection[Goods] = ()) -> list[Allotment]:
    """Reserve what there is for `demands`, in the order of their places; differences are booked first.

    Locks the balances of everything demanded; the queue is read after that.
    """
    goods = {Goods(demand.store, article) for demand in demands for _, article, _ in demand.lines}
    goods |= {Goods(demand.store, other) for demand in demands for other in demand.equivalents.values()}
    free = lock_free(tx, goods)
    queue = first_places(tx, goods, leaving_out=[demand.place.order_id for demand in demands])
    allotments = allocate(demands, free, queue, restocked)
    send_instead(tx, {each.demand.place.order_id: each.sent for each in allotments})
    reservations = _reservations(allotments)
    if reservations:
        book(tx, _differences(tx, allotments), reservations, actor)
    return allotments


def go_on(
    work: Work, event: str, group: Group, allotments: Sequence[Allotment], evidence: dict[int, object] | None = None
) -> None:
    """Move the orders that got goods to `validated`; the rest of what may be split becomes restorder."""
    going = [each for each in allotments if not each.waits]
    resumes_at = _now(work.tx) if going and group.state == "backordered" else None
    for due in (True, False):
        share = [each for each in going if each.demand.picked_by_itself is due]
        ids = [each.demand.place.order_id for each in share]
        findings = [evidence[order_id] for order_id in ids] if evidence else ()
        promises = promised_by(work.tx, share, resumes_at) if share else ()
        move(work, event, Group(group.state), ids, due=due, findings=findings, promises=promises)
    split_rest(work, {a.demand.place.order_id: a.lacking for a in allotments if a.lacking and not a.waits})


def reserve_devices(work: Work, allotments: Sequence[Allotment], *, waited: bool) -> None:
    """Reserve the devices that the orders which go on name: of all order types at once, since two may name the same
    device, and it goes to the first in the queue."""
    naming = [each.demand.place.order_id for each in allotments if each.demand.names_devices and not each.waits]
    if naming:
        reserve_named(work, naming, waited=waited)


def _now(tx: Connection) -> datetime:
    """The transaction's moment: one that had to wait is promised from here on."""
    row = tx.execute("SELECT now()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def _reservations(allotments: Sequence[Allotment]) -> list[Reservation]:
    totals: dict[Goods, int] = {}
    for allotment in allotments:
        for line_no, article, _ in allotment.demand.lines:
            if line_no in allotment.reserved:
                goods = Goods(allotment.demand.store, allotment.sent.get(line_no, article))
                totals[goods] = totals.get(goods, 0) + allotment.reserved[line_no]
    return [Reservation(goods.store, goods.article, quantity) for goods, quantity in totals.items()]


def _differences(tx: Connection, allotments: Sequence[Allotment]) -> list[Movement]:
    short = [allotment for allotment in allotments if allotment.difference]
    if not short:
        return []
    versions: dict[int, int] = dict(
        tx.execute(
            "SELECT id, version + 1 FROM orders WHERE id = ANY(%s::bigint[])",
            ([allotment.demand.place.order_id for allotment in short],),
        ).fetchall()
    )
    movements = []
    for allotment in short:
        store, order_id = allotment.demand.store, allotment.demand.place.order_id
        articles = {line_no: article for line_no, article, _ in allotment.demand.lines}
        movements += [
            Movement(
                "difference", articles[line_no], units, "difference", store, "store", store,
                order_id, versions[order_id], line_no,
            )
            for line_no, units in allotment.difference.items()
        ]  # fmt: skip
    return movements
