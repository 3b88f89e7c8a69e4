"""Who gets the goods? What holds for every allotment, whatever the demands, and the plain cases by example.

The properties are found over random demands of two stores; `in_turn` recomputes what the earlier took.
Next: test_cohorts_equal_singles.py, where the database does the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.allocation import Allotment, Demand, Goods, Place, allocate

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
GOODS = [Goods(store, article) for store in ("10", "50301") for article in ("A1", "A2", "A3")]
AKUT, NORMAL = 0, 1
Lines = tuple[tuple[int, str, int], ...]
Sketch = tuple[tuple[int, int], str, Lines, str]
"""(priority, minute), store, lines, and what is special about it."""


class Case(NamedTuple):
    """What is asked of allocate."""

    demands: list[Demand]
    free: dict[Goods, int]
    queue: dict[Goods, Place]
    restocked: set[Goods]


def place(priority: int, minute: int, order_id: int) -> Place:
    return Place(priority, MORNING + timedelta(minutes=minute), order_id)


PLACES = st.tuples(st.sampled_from([AKUT, NORMAL]), st.integers(0, 3))
LINES = st.lists(st.tuples(st.sampled_from(["A1", "A2", "A3"]), st.integers(1, 6)), min_size=1, max_size=4).map(
    lambda lines: tuple((number, *line) for number, line in enumerate(lines, start=1))
)
SPECIAL = st.sampled_from(["", "", "may be split", "books differences", "waits", "waits for all"])
SKETCHES = st.lists(st.tuples(PLACES, st.sampled_from(["10", "50301"]), LINES, SPECIAL), max_size=10)


def numbered_demands(sketches: Sequence[Sketch], numbers: Sequence[int]) -> list[Demand]:
    demands = []
    for ((priority, minute), store, lines, special), number in zip(sketches, numbers, strict=False):
        articles = [article for _, article, _ in lines]
        waits_for = {"waits": articles[:1], "waits for all": articles}.get(special, [])
        demands.append(
            Demand(
                place(priority, minute, number), store, lines, may_split=special == "may be split" or number == 1,
                books_difference=special == "books differences", waits_for=frozenset(waits_for),
            )
        )  # fmt: skip
    return demands


DEMANDS = st.builds(numbered_demands, SKETCHES, st.permutations(range(1, 11)))
FREE = st.dictionaries(st.sampled_from(GOODS), st.integers(0, 12))
QUEUE = st.dictionaries(st.sampled_from(GOODS), PLACES.map(lambda told: place(*told, 99)), max_size=2)
CASES = st.builds(Case, DEMANDS, FREE, QUEUE, st.sets(st.sampled_from(GOODS)))


def for_every_case(test: Callable[[Case], None]) -> Callable[[], None]:
    return settings(deadline=None)(given(CASES)(test))


def by_goods(allotment: Allotment, units: Mapping[int, int]) -> Counter[Goods]:
    """`units` by line number, as units of each article in the order's store."""
    found: Counter[Goods] = Counter()
    for line_no, article, _ in allotment.demand.lines:
        found[Goods(allotment.demand.store, article)] += units.get(line_no, 0)
    return found


def places_of(demand: Demand) -> set[Goods]:
    """The goods for which it stands in the queue already."""
    return {Goods(demand.store, article) for article in demand.waits_for}


def lacked_by(allotment: Allotment) -> set[Goods]:
    """What it waits for, so that nobody behind it may have it."""
    if allotment.passed_over:
        return places_of(allotment.demand)
    return {goods for goods, units in by_goods(allotment, allotment.lacking).items() if units}


def demanded(demand: Demand) -> dict[int, int]:
    return {line_no: quantity for line_no, _, quantity in demand.lines}


def from_the_shelf(allotment: Allotment) -> Counter[Goods]:
    """What the allotment takes of what is free: the reserved units less those booked as a difference."""
    return by_goods(allotment, allotment.reserved) - by_goods(allotment, allotment.difference)


def in_turn(allotments: Sequence[Allotment]) -> Iterator[tuple[Allotment, Counter[Goods], set[Goods]]]:
    """Each allotment with what those before it took, and what they lack."""
    taken: Counter[Goods] = Counter()
    lacked: set[Goods] = set()
    for allotment in allotments:
        yield allotment, taken.copy(), lacked.copy()
        taken += from_the_shelf(allotment)
        lacked |= lacked_by(allotment)


@for_every_case
def test_never_more_than_free_is_given_out(case: Case) -> None:
    given_out: Counter[Goods] = Counter()
    for allotment in allocate(*case):
        given_out += from_the_shelf(allotment)
    assert all(units <= case.free.get(goods, 0) for goods, units in given_out.items())


@for_every_case
def test_who_lacks_an_article_is_overtaken_by_nobody(case: Case) -> None:
    for allotment, _, lacked in in_turn(allocate(*case)):
        if not allotment.demand.books_difference:
            reserved = by_goods(allotment, allotment.reserved)
            assert not any(reserved[goods] for goods in lacked)


@for_every_case
def test_the_waiting_outside_the_cohort_are_overtaken_by_nobody(case: Case) -> None:
    for allotment in allocate(*case):
        if not allotment.demand.books_difference:
            behind = {goods for goods, first in case.queue.items() if first < allotment.demand.place}
            reserved = by_goods(allotment, allotment.reserved)
            assert not any(reserved[goods] for goods in behind)


@for_every_case
def test_an_order_gets_everything_or_waits_unless_it_may_be_split(case: Case) -> None:
    for allotment in allocate(*case):
        if not allotment.demand.may_split and not allotment.waits:
            assert allotment.reserved == demanded(allotment.demand)
            assert not allotment.lacking


@for_every_case
def test_what_is_reserved_and_what_lacks_is_each_lines_quantity(case: Case) -> None:
    for allotment in allocate(*case):
        quantities = demanded(allotment.demand)
        if allotment.waits:
            assert bool(allotment.lacking) != allotment.passed_over
            assert all(0 < units <= quantities[line_no] for line_no, units in allotment.lacking.items())
        else:
            assert Counter(allotment.reserved) + Counter(allotment.lacking) == quantities
        assert all(units > 0 for units in [*allotment.reserved.values(), *allotment.lacking.values()])


@for_every_case
def test_a_store_that_books_differences_lets_nobody_wait(case: Case) -> None:
    for allotment, taken, _ in in_turn(allocate(*case)):
        if allotment.demand.books_difference:
            assert allotment.reserved == demanded(allotment.demand)
            assert not allotment.lacking
            wanted, booked = by_goods(allotment, allotment.reserved), by_goods(allotment, allotment.difference)
            for goods, units in wanted.items():
                assert booked[goods] == max(units - (case.free.get(goods, 0) - taken[goods]), 0)
        else:
            assert not allotment.difference


@for_every_case
def test_nobody_lacks_what_is_free_when_their_turn_comes(case: Case) -> None:
    for allotment, taken, lacked in in_turn(allocate(*case)):
        lacking = by_goods(allotment, allotment.lacking)
        wanted = by_goods(allotment, demanded(allotment.demand))
        for goods, units in wanted.items():
            first = case.queue.get(goods)
            waits_its_turn = goods in lacked or (first is not None and first < allotment.demand.place)
            if not (allotment.demand.books_difference or allotment.passed_over or waits_its_turn):
                assert lacking[goods] == max(units - (case.free.get(goods, 0) - taken[goods]), 0)


@settings(deadline=None)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_in_which_demands_are_named_does_not_matter_and_nothing_told_is_changed(
    case: Case, random: Random
) -> None:
    shuffled = random.sample(case.demands, len(case.demands))
    before = deepcopy(case)
    allotments = allocate(*case)
    assert allocate(*case._replace(demands=shuffled)) == allotments
    assert [each.demand.place for each in allotments] == sorted(demand.place for demand in case.demands)
    assert case == before


@for_every_case
def test_who_waits_is_looked_at_unless_somebody_before_lacks_all_that_came_free_for_it(case: Case) -> None:
    for allotment, _, lacked in in_turn(allocate(*case)):
        came_free = places_of(allotment.demand) & case.restocked
        assert allotment.passed_over == (bool(allotment.demand.waits_for) and came_free <= lacked)
        if allotment.passed_over:
            assert not (allotment.reserved or allotment.lacking or allotment.difference)


def demand(first: Place, *lines: tuple[str, int], may_split: bool = False) -> Demand:
    return Demand(first, "10", tuple((number, *line) for number, line in enumerate(lines, start=1)), may_split)


def reserved(demands: Sequence[Demand], free: dict[str, int], queue: dict[str, Place] | None = None) -> dict[int, int]:
    """Order number → units reserved, in store 10."""
    allotments = allocate(
        demands,
        {Goods("10", article): units for article, units in free.items()},
        {Goods("10", article): first for article, first in (queue or {}).items()},
    )
    return {each.demand.place.order_id: sum(each.reserved.values()) for each in allotments}


def test_the_last_unit_goes_to_one_order_only() -> None:
    two = [demand(place(NORMAL, minute, minute), ("A1", 1)) for minute in (1, 2)]
    assert reserved(two, {"A1": 1}) == {1: 1, 2: 0}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (place(AKUT, 5, 2), place(NORMAL, 0, 1)),
        (place(NORMAL, 0, 2), place(NORMAL, 5, 1)),
        (place(NORMAL, 0, 1), place(NORMAL, 0, 2)),
    ],
)
def test_the_queue_is_by_priority_then_age_then_number(earlier: Place, later: Place) -> None:
    both = reserved([demand(later, ("A1", 3)), demand(earlier, ("A1", 3))], {"A1": 3})
    assert both == {earlier.order_id: 3, later.order_id: 0}
    assert reserved([demand(later, ("A1", 3))], {"A1": 3}, {"A1": earlier}) == {later.order_id: 0}
    assert reserved([demand(earlier, ("A1", 3))], {"A1": 3}, {"A1": later}) == {earlier.order_id: 3}


def test_a_small_order_does_not_slip_past_a_large_one_that_waits() -> None:
    large, small = demand(place(NORMAL, 0, 1), ("A1", 5)), demand(place(NORMAL, 1, 2), ("A1", 1))
    assert reserved([large, small], {"A1": 4}) == {1: 0, 2: 0}


def test_an_order_that_waits_for_one_article_leaves_the_others_free() -> None:
    waiting = demand(place(NORMAL, 0, 1), ("A1", 1), ("A2", 1))
    assert reserved([waiting, demand(place(NORMAL, 1, 2), ("A2", 1))], {"A2": 1}) == {1: 0, 2: 1}


def test_two_lines_of_one_article_share_what_there_is() -> None:
    both = demand(place(NORMAL, 0, 1), ("A1", 3), ("A1", 3), may_split=True)
    assert allocate([both], {Goods("10", "A1"): 4}, {}) == [Allotment(both, {1: 3, 2: 1}, {}, {2: 2})]
