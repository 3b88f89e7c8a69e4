"""How much lies in the stores when the demo begins? What its orders will ask for, and a little less here and there.

The balances follow the demand of the orders already written, so that the same share of them waits for goods however
many there are. Next: writing.py.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import Final

from exchange.demo_data.orders import Body, serial_number
from exchange.demo_data.region import Kommun, Region
from exchange.master_tables import StockRow
from workflows.device_register import RegisteredDevice
from workflows.master_data import Article
from workflows.order_types import LAGER_10

WAITING: Final = 0.035
"""The share of all orders that lager 10 cannot deliver at once, about."""

_MIDDLE_OF_DEMAND: Final = slice(10, 500)
"""Where shortages fall: not among the most wanted articles, whose lack would stop everything."""
_LARGEST_PART: Final = 0.3
"""No single article causes more of the shortage that is still to be made."""
_ZERO: Final = 0.05
"""The share of a kommunlager's articles that have run out, although somebody may hold one in their hand."""
_SPARE = 5
_LEFT_OF_WITHDRAWN = 3


@dataclass(slots=True)
class Demand:
    """What the good orders ask for: pieces by (store, article), and orders to lager 10 by article."""

    pieces: Counter[tuple[str, str]] = field(default_factory=Counter)
    orders_to_lager_10: Counter[str] = field(default_factory=Counter)
    orders: int = 0

    def add(self, body: Body) -> None:
        """Count one order."""
        self.orders += 1
        sender = body["sender"]
        for line in body["lines"]:
            self.pieces[sender, line["article"]] += line["quantity"]
            if sender == LAGER_10:
                self.orders_to_lager_10[line["article"]] += 1


def opening_stock(region: Region, demand: Demand, random: Random) -> Iterator[StockRow]:
    """Every balance: lager 10's, then each kommunlager's with the levels of its refill."""
    short = dict(_shortages(region.assortment.wanted, demand, random))
    in_kommuner = [row for kommun in region.kommuner for row in _kommunlager(kommun, demand, short, random)]
    asked_of_lager_10: Counter[str] = Counter()
    for row in in_kommuner:
        # A refill brings at most what was taken, and what lacks up to the target.
        asked_of_lager_10[row.article] += demand.pieces[row.store, row.article] + (row.target or 0)
    for article in region.assortment.wanted:
        wanted = demand.pieces[LAGER_10, article.number]
        enough = ceil(1.05 * wanted) + asked_of_lager_10[article.number] + _SPARE
        yield StockRow(LAGER_10, article.number, short.get(article.number, enough), None, None)
    for article in region.assortment.withdrawn:
        yield StockRow(LAGER_10, article.number, _LEFT_OF_WITHDRAWN, None, None)
    yield from in_kommuner


def devices_in(rows: Iterable[StockRow], region: Region) -> Iterator[RegisteredDevice]:
    """Every individually marked piece of the balances, by its number."""
    marked = {
        article.number for article in region.assortment.wanted + region.assortment.withdrawn if article.individual
    }
    for row in rows:
        if row.article in marked:
            for number in range(1, row.on_hand + 1):
                yield RegisteredDevice(row.store, row.article, serial_number(row.store, row.article, number))


def _shortages(wanted: tuple[Article, ...], demand: Demand, random: Random) -> Iterator[tuple[str, int]]:
    """(article, balance) of what lager 10 has only half of, until enough orders wait."""
    to_make = WAITING * demand.orders
    candidates = list(wanted[_MIDDLE_OF_DEMAND])
    random.shuffle(candidates)
    for article in candidates:
        pieces, orders = demand.pieces[LAGER_10, article.number], demand.orders_to_lager_10[article.number]
        on_hand = pieces // 2
        waiting = orders * (pieces - on_hand) / pieces if pieces else 0
        if 0 < waiting <= max(1, _LARGEST_PART * to_make):
            yield article.number, on_hand
            to_make -= waiting
        if to_make < 1:
            return


def _kommunlager(kommun: Kommun, demand: Demand, short: dict[str, int], random: Random) -> Iterator[StockRow]:
    """What a kommunlager holds. Articles short at lager 10 have no refill, which would make them shorter still."""
    store = kommun.store.code
    for article in kommun.held:
        target = max(2, ceil(demand.pieces[store, article] * random.uniform(0.9, 1.8)))
        on_hand = 0 if random.random() < _ZERO else target
        if article in short:
            yield StockRow(store, article, on_hand, None, None)
        else:
            yield StockRow(store, article, on_hand, max(1, target // 5), target)
