"""Who gets the goods? Pure: demands in order of their places in the queue, over what is free.

Nobody is overtaken: an order that waits keeps its place for each article it lacks, and whoever stands behind it
for such an article waits too. Balances are locked by the caller; next: steps/validate.py and steps/resume.py.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Place(NamedTuple):
    """A place in the queue: by priority (0 akut before 1 normal), then age, then number."""

    priority: int
    received_at: datetime
    order_id: int


class Goods(NamedTuple):
    """An article in a store: what a balance is kept for."""

    store: str
    article: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What one order asks of its sender. `lines` are (line_no, article, quantity) with quantity > 0."""

    place: Place
    store: str
    lines: tuple[tuple[int, str, int], ...]
    may_split: bool = False
    """`partial`: what there is goes on, the rest becomes a restorder."""
    books_difference: bool = False
    """Own-store policy: what the balance lacks is booked as an inventory difference, and the order goes on."""
    waits_for: frozenset[str] = frozenset()
    """The articles for which it stands in the queue already."""
    equivalents: Mapping[int, str] = field(default_factory=dict)
    """Line_no → the article that may be sent for the whole line, where its own lacks."""
    names_devices: bool = False
    """A line names its devices (serial numbers); they are reserved with the goods."""
    picked_by_itself: bool = True
    """Whether its store picks by itself, at once."""
    wanted: date | None = None
    """The day it is wanted, and `tour`, the ISO weekdays its receiver is driven to: what its promise depends on."""
    tour: frozenset[int] = frozenset()


@dataclass(slots=True)
class Allotment:
    """What one order gets: quantities by line_no. An order without reservations waits as a whole."""

    demand: Demand
    reserved: dict[int, int] = field(default_factory=dict)
    difference: dict[int, int] = field(default_factory=dict)
    """Of what is reserved: how much had to be booked from the difference location first."""
    lacking: dict[int, int] = field(default_factory=dict)
    """What it waits for. With reservations beside it: the restorder's lines."""
    sent: dict[int, str] = field(default_factory=dict)
    """Lines for which the equivalent is reserved."""

    passed_over: bool = False
    """Not looked at: somebody before it lacks all the goods that came free for it. Its places stay as they are."""

    @property
    def waits(self) -> bool:
        """Nothing goes on: the whole order is backordered."""
        return not self.reserved


def allocate(
    demands: Iterable[Demand],
    free: Mapping[Goods, int],
    queue: Mapping[Goods, Place],
    restocked: Collection[Goods] = (),
) -> list[Allotment]:
    """Allot `free` (on_hand − reserved, in units) to `demands`, first in the queue first.

    `queue` holds, for goods that orders outside `demands` wait for, the first such place. Who waits already is looked
    at for the goods that were `restocked`, as long as nobody before it lacks them: so that many at once get what they
    would get one by one. The answer is in the order of the places; the sum of what is reserved, less differences,
    never exceeds what is free.
    """
    left = defaultdict(int, free)
    awaited: set[Goods] = set()
    allotments = []
    for demand in sorted(demands, key=lambda each: each.place):
        places = {Goods(demand.store, article) for article in demand.waits_for}
        if places and awaited.issuperset(places.intersection(restocked)):
            allotments.append(Allotment(demand, passed_over=True))
            awaited |= places
            continue
        allotment = (
            _with_difference(demand, left) if demand.books_difference else _in_turn(demand, left, awaited, queue)
        )
        if allotment.lacking:
            awaited |= _places_of(demand, allotment.lacking)
        allotments.append(allotment)
    return allotments


def _places_of(demand: Demand, lacking: Collection[int]) -> set[Goods]:
    """What an order waits for that lacks these lines: their articles and their equivalents, whichever comes first."""
    wanted = {article for line_no, article, _ in demand.lines if line_no in lacking}
    wanted |= {other for line_no, other in demand.equivalents.items() if line_no in lacking}
    return {Goods(demand.store, article) for article in wanted}


def _with_difference(demand: Demand, left: dict[Goods, int]) -> Allotment:
    allotment = Allotment(demand)
    for line_no, article, quantity in demand.lines:
        goods = Goods(demand.store, article)
        there = min(quantity, max(left[goods], 0))
        left[goods] -= there
        allotment.reserved[line_no] = quantity
        if there < quantity:
            allotment.difference[line_no] = quantity - there
    return allotment


def _in_turn(demand: Demand, left: dict[Goods, int], awaited: set[Goods], queue: Mapping[Goods, Place]) -> Allotment:
    """All lines or, where the order may be split, what there is; behind an earlier place for goods: nothing of it.
    The equivalent goes for a whole line whose own article lacks, or not at all."""
    allotment = Allotment(demand)
    offered: dict[int, int] = {}
    taken: dict[Goods, int] = defaultdict(int)
    sent: dict[int, str] = {}

    def there_is(goods: Goods, wanted: int) -> int:
        first = queue.get(goods)
        in_turn = goods not in awaited and (first is None or demand.place < first)
        return min(wanted, max(left[goods] - taken[goods], 0)) if in_turn else 0

    for line_no, article, quantity in demand.lines:
        goods = Goods(demand.store, article)
        there = there_is(goods, quantity)
        if there < quantity and line_no in demand.equivalents:
            other = Goods(demand.store, demand.equivalents[line_no])
            if there_is(other, quantity) == quantity:
                goods, there, sent[line_no] = other, quantity, other.article
        if there:
            offered[line_no] = there
            taken[goods] += there
        if there < quantity:
            allotment.lacking[line_no] = quantity - there
    if demand.may_split or not allotment.lacking:
        allotment.reserved, allotment.sent = offered, sent
        for goods, quantity in taken.items():
            left[goods] -= quantity
    return allotment
