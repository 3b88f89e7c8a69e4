"""How are goods reserved? Lock the balances, decide, and write reservations and differences for a cohort.

Who gets goods is promised them at the same moment: promises.py.
"""

from collections.abc import Collection, Sequence

from config.database import Connection
from workflows.allocation import Allotment, Demand, Goods, allocate
from workflows.cohort import Work
from workflows.ledger import Movement, Reservation, book, lock_free
from workflows.machines import Group
from workflows.promises import Asked, promised_by
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
    going = {each.demand.place.order_id: each for each in allotments if not each.waits}
    by_itself = _what_is_asked(work.tx, list(going), resumes=group.state == "backordered")
    for due, asked_of in by_itself.items():
        ids = [each.order_id for each in asked_of]
        findings = [evidence[order_id] for order_id in ids] if evidence else ()
        promises = promised_by(work.tx, going, asked_of) if asked_of else ()
        move(work, event, Group(group.state), ids, due=due, findings=findings, promises=promises)
    split_rest(work, {a.demand.place.order_id: a.lacking for a in allotments if a.lacking and not a.waits})


def reserve_devices(work: Work, allotments: Sequence[Allotment], *, waited: bool) -> None:
    """Reserve the devices that the orders which go on name: of all order types at once, since two may name the same
    device, and it goes to the first in the queue."""
    naming = [each.demand.place.order_id for each in allotments if each.demand.names_devices and not each.waits]
    if naming:
        reserve_named(work, naming, waited=waited)


def _what_is_asked(tx: Connection, ids: list[int], *, resumes: bool) -> dict[bool, list[Asked]]:
    """What the promises of the orders depend on; by whether they are picked by themselves.

    One that had to wait counts from this moment. A tour drives to a unit: for a patient, to the orderer's.
    """
    by_itself: dict[bool, list[Asked]] = {True: [], False: []}
    for automatic, *asked in tx.execute(
        "SELECT s.picking = 'automatic', o.id, CASE WHEN %s THEN now() END, o.wanted_date, "
        "nullif(u.tour_days, '{}')::text FROM unnest(%s::bigint[]) WITH ORDINALITY AS c (id, place) "
        "JOIN orders o ON o.id = c.id JOIN store s ON s.code = o.sender "
        "LEFT JOIN vardenhet u ON u.code = CASE o.receiver_kind WHEN 'vardenhet' THEN o.receiver_code "
        "WHEN 'patient' THEN o.orderer_unit END ORDER BY c.place",
        (resumes, ids),
    ):
        by_itself[automatic].append(Asked(*asked))
    return by_itself


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
