"""By when are the goods of these orders promised? The lead classes of a cohort's goods, and the promise of each order.

A class belongs to the goods of a store, else to the store, else to the installation. The rule itself is pure:
working_days.py. Who calls this: steps/allotting.py, when orders are validated.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from config.database import Connection
from config.settings import settings
from workflows.allocation import Allotment, Goods
from workflows.working_days import STOCKHOLM, URGENT, Lead, end_of_day, promised_day

_AKUT = 0
_ANY_DAY = frozenset[int]()


class Asked(NamedTuple):
    """What an order's promise depends on beside its goods: from when it counts, the day it is wanted, and the ISO
    weekdays on which its receiver is driven to."""

    order_id: int
    counts_from: datetime
    wanted: date | None
    tour: Sequence[int] | None


def promised_by(tx: Connection, going: Mapping[int, Allotment], asked: Sequence[Asked]) -> list[datetime]:
    """The promise of each order in `asked`, whose allotments (by order id) say which goods go on.

    The end of the promised day in Sweden; an akut order is promised 24 hours after it counts from.
    """
    leads = _Leads(tx, {goods for each in asked for goods in _goods(going[each.order_id])})
    promises = []
    for order_id, counts_from, wanted, tour in asked:
        allotment = going[order_id]
        if allotment.demand.place.priority == _AKUT:
            promises.append(counts_from + URGENT)
            continue
        of_lines = {leads.of(goods) for goods in _goods(allotment)}
        driven = frozenset(tour) if tour else _ANY_DAY
        promises.append(end_of_day(promised_day(counts_from.astimezone(STOCKHOLM), of_lines, driven, wanted)))
    return promises


def _goods(allotment: Allotment) -> list[tuple[str, str]]:
    store, reserved = allotment.demand.store, allotment.reserved
    return [(store, article) for line_no, article, _ in allotment.demand.lines if line_no in reserved]


class _Leads:
    """The leads of a cohort's goods, read in one query."""

    def __init__(self, tx: Connection, goods: Collection[tuple[str, str]]) -> None:
        self._usual = Lead(settings().lead_days, settings().cut_off)
        rows = tx.execute(
            "SELECT t.store, t.article, c.working_days, c.cut_off FROM stock_target t "
            "JOIN lead_class c ON c.code = t.lead_class "
            "WHERE (t.store, t.article) IN (SELECT * FROM unnest(%s::text[], %s::text[])) "
            "UNION ALL SELECT s.code, NULL, c.working_days, c.cut_off FROM store s "
            "JOIN lead_class c ON c.code = s.lead_class WHERE s.code = ANY(%s)",
            ([store for store, _ in goods], [article for _, article in goods], list({store for store, _ in goods})),
        )
        self._known = {
            Goods(store, article or ""): Lead(working_days, cut_off or self._usual.cut_off)
            for store, article, working_days, cut_off in rows
        }

    def of(self, goods: tuple[str, str]) -> Lead:
        """The lead of the goods, of their store, or the usual one."""
        return self._known.get(Goods(*goods)) or self._known.get(Goods(goods[0], "")) or self._usual
