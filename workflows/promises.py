"""By when are the goods of these orders promised? The lead classes of a cohort's goods, and the promise of each order.

A class belongs to the goods of a store, else to the store, else to the installation. The rule itself is pure:
working_days.py. Who calls this: steps/allotting.py, when orders are validated.
"""

from collections.abc import Sequence
from datetime import datetime

from config.database import Connection
from config.settings import settings
from workflows.allocation import Allotment
from workflows.working_days import STOCKHOLM, URGENT, Lead, end_of_day, promised_day

_AKUT = 0
_StoreAndArticle = tuple[str, str]


def promised_by(tx: Connection, going: Sequence[Allotment], resumes_at: datetime | None = None) -> list[datetime]:
    """The promise of each order that goes on; `resumes_at` is the moment at which orders that had to wait go on.

    The end of the promised day in Sweden; an akut order is promised 24 hours after it counts from.
    """
    goods = [_goods(each) for each in going]
    leads = _leads(tx, {each for of_order in goods for each in of_order})
    promises = []
    for allotment, of_order in zip(going, goods, strict=True):
        demand = allotment.demand
        priority, received_at, _ = demand.place
        counts_from = received_at if resumes_at is None else max(received_at, resumes_at)
        if priority == _AKUT:
            promises.append(counts_from + URGENT)
            continue
        of_lines = {leads[each] for each in of_order}
        promises.append(
            end_of_day(promised_day(counts_from.astimezone(STOCKHOLM), of_lines, demand.tour, demand.wanted))
        )
    return promises


def _goods(allotment: Allotment) -> list[_StoreAndArticle]:
    """What is sent of the order; what it lacks is promised by its restorder."""
    store, reserved, sent = allotment.demand.store, allotment.reserved, allotment.sent
    return [
        (store, sent.get(line_no, article)) for line_no, article, _ in allotment.demand.lines if line_no in reserved
    ]


def _leads(tx: Connection, goods: set[_StoreAndArticle]) -> dict[_StoreAndArticle, Lead]:
    """The lead of each of the goods: of its own class, of its store's, or the usual one."""
    usual = Lead(settings().lead_days, settings().cut_off)
    stores = {store for store, _ in goods}
    known: dict[tuple[str, str | None], Lead] = {
        (store, article): Lead(working_days, cut_off or usual.cut_off)
        for store, article, working_days, cut_off in tx.execute(
            "SELECT t.store, t.article, c.working_days, c.cut_off FROM stock_target t "
            "JOIN lead_class c ON c.code = t.lead_class "
            "WHERE (t.store, t.article) IN (SELECT * FROM unnest(%s::text[], %s::text[])) "
            "UNION ALL SELECT s.code, NULL, c.working_days, c.cut_off FROM store s "
            "JOIN lead_class c ON c.code = s.lead_class WHERE s.code = ANY(%s)",
            ([store for store, _ in goods], [article for _, article in goods], list(stores)),
        ).fetchall()
    }
    of_store = {store: known.get((store, None), usual) for store in stores}
    return {(store, article): known.get((store, article), of_store[store]) for store, article in goods}
