"""By when are the goods of these orders promised? The lead classes of a cohort's goods, and the promise of each order.

A class belongs to the goods of a store, else to the store, else to the installation. The rule itself is pure:
working_days.py. Who calls this: steps/allotting.py, when orders are validated.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from config.database import Connection
from config.settings import settings
from workflows.allocation import Allotment
from workflows.working_days import STOCKHOLM, URGENT, Lead, end_of_day, promised_day

_AKUT = 0
_StoreAndArticle = tuple[str, str]


class Asked(NamedTuple):
    """What an order's promise depends on beside its goods: the moment it resumes at, if it had to wait; the day it is
    wanted; and the tour of its receiver, as the database writes it ("{1,4}")."""

    order_id: int
    resumes_at: datetime | None
    wanted: date | None
    tour: str | None


def promised_by(tx: Connection, going: Mapping[int, Allotment], asked: Sequence[Asked]) -> list[datetime]:
    """The promise of each order in `asked`, whose allotments (by order id) say which goods go on.

    The end of the promised day in Sweden; an akut order is promised 24 hours after it counts from.
    """
    goods = {each.order_id: _goods(going[each.order_id]) for each in asked}
    leads = _leads(tx, {each for of_order in goods.values() for each in of_order})
    promises = []
    for order_id, resumes_at, wanted, tour in asked:
        priority, received_at, _ = going[order_id].demand.place
        counts_from = received_at if resumes_at is None else max(received_at, resumes_at)
        if priority == _AKUT:
            promises.append(counts_from + URGENT)
            continue
        of_lines = {leads[each] for each in goods[order_id]}
        promises.append(end_of_day(promised_day(counts_from.astimezone(STOCKHOLM), of_lines, _weekdays(tour), wanted)))
    return promises


def _goods(allotment: Allotment) -> list[_StoreAndArticle]:
    """What is sent of the order; what it lacks is promised by its restorder."""
    store, reserved, sent = allotment.demand.store, allotment.reserved, allotment.sent
    return [
        (store, sent.get(line_no, article)) for line_no, article, _ in allotment.demand.lines if line_no in reserved
    ]


@lru_cache(maxsize=256)
def _weekdays(tour: str | None) -> frozenset[int]:
    """ "{1,4}" as numbers: arrays are dear to read for each order."""
    return frozenset(int(day) for day in (tour or "").strip("{}").split(",") if day)


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
        )
    }
    of_store = {store: known.get((store, None), usual) for store in stores}
    return {(store, article): known.get((store, article), of_store[store]) for store, article in goods}
