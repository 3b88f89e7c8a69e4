"""Who gets the goods? What holds for every allotment, whatever the demands, and the plain cases by example.

The properties are found over random demands of two stores; `in_turn` recomputes what the earlier took.
Next: test_cohorts_equal_singles.py, where the database does the same.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.allocation import Allotment, Demand, Goods, Place, allocate

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
GOODS = [Goods(store, article) for store in ("10", "50301") for article in ("A1", "A2", "A3")]
AKUT, NORMAL = 0, 1
Lines = tuple[tuple[int, str, int], ...]
Sketch = tuple[tuple[int, int], str, Lines, bool, bool]
"""(priority, minute), store, lines, may_split, books_difference."""


def place(priority: int, minute: int, order_id: int) -> Place:
    return Place(priority, MORNING + timedelta(minutes=minute), order_id)


PLACES = st.tuples(st.sampled_from([AKUT, NORMAL]), st.integers(0, 3))
LINES = st.lists(st.tuples(st.sampled_from(["A1", "A2", "A3"]), st.integers(1, 6)), min_size=1, max_size=4).map(
    lambda lines: tuple((number, *line) for number, line in enumerate(lines, start=1))
)
SKETCHES = st.lists(
    st.tuples(PLACES, st.sampled_from(["10", "50301"]), LINES, st.booleans(), st.sampled_from([False, False, True])),
    max_size=10,
)


def numbered_demands(sketches: Sequence[Sketch], numbers: Sequence[int]) -> list[Demand]:
    return [
        Demand(place(priority, minute, number), store, lines, may_split, books_difference)
        for ((priority, minute), store, lines, may_split, books_difference), number in zip(
            sketches, numbers, strict=False
        )
    ]


DEMANDS = st.builds(numbered_demands, SKETCHES, st.permutations(range(1, 11)))
FREE = st.dictionaries(st.sampled_from(GOODS), st.integers(0, 12))
QUEUE = st.dictionaries(st.sampled_from(GOODS), PLACES.map(lambda told: place(*told, 99)), max_size=2)


def by_goods(allotment: Allotment, units: Mapping[int, int]) -> Counter[Goods]:
    """`units` by line number, as units of each article in the order's store."""
    found: Counter[Goods] = Counter()
    for line_no, article, _ in allotment.demand.lines:
        found[Goods(allotment.demand.store, article)] += units.get(line_no, 0)
    return found


def demanded(demand: Demand) -> dict[int, int]:
    return {line_no: quantity for line_no, _, quantity in demand.lines}


def from_the_shelf(allotment: Allotment) -> Counter[Goods]:
    """What the allotment takes of what is free: the reserved units less those booked as a difference."""
    return by_goods(allotment, allotment.reserved) - by_goods(allotment, allotment.difference)


def in_turn(allotments: Sequence[Allotment]) -> Iterator[tuple[Allotment, Counter[Goods]]]:
    """Each allotment with what those before it took."""
    taken: Counter[Goods] = Counter()
    for allotment in allotments:
        yield allotment, taken.copy()
        taken += from_the_shelf(allotment)


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_never_more_than_free_is_given_out(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    given_out: Counter[Goods] = Counter()
    for allotment in allocate(demands, free, queue):
        given_out += from_the_shelf(allotment)
    assert all(units <= free.get(goods, 0) for goods, units in given_out.items())


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_who_lacks_an_article_is_overtaken_by_nobody(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    lacked: set[Goods] = set()
    for allotment in allocate(demands, free, queue):
        if not allotment.demand.books_difference:
            reserved = by_goods(allotment, allotment.reserved)
            assert not any(reserved[goods] for goods in lacked)
        lacked |= {goods for goods, units in by_goods(allotment, allotment.lacking).items() if units}


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_the_waiting_outside_the_cohort_are_overtaken_by_nobody(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    for allotment in allocate(demands, free, queue):
        if not allotment.demand.books_difference:
            behind = {goods for goods, first in queue.items() if first < allotment.demand.place}
            reserved = by_goods(allotment, allotment.reserved)
            assert not any(reserved[goods] for goods in behind)


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_an_order_gets_everything_or_waits_unless_it_may_be_split(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    for allotment in allocate(demands, free, queue):
        if not allotment.demand.may_split and not allotment.waits:
            assert allotment.reserved == demanded(allotment.demand)
            assert not allotment.lacking


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_what_is_reserved_and_what_lacks_is_each_lines_quantity(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    for allotment in allocate(demands, free, queue):
        quantities = demanded(allotment.demand)
        if allotment.waits:
            assert allotment.lacking
            assert all(0 < units <= quantities[line_no] for line_no, units in allotment.lacking.items())
        else:
            assert Counter(allotment.reserved) + Counter(allotment.lacking) == quantities
        assert all(units > 0 for units in [*allotment.reserved.values(), *allotment.lacking.values()])


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_a_store_that_books_differences_lets_nobody_wait(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    for allotment, taken in in_turn(allocate(demands, free, queue)):
        if allotment.demand.books_difference:
            assert allotment.reserved == demanded(allotment.demand)
            assert not allotment.lacking
            wanted, booked = by_goods(allotment, allotment.reserved), by_goods(allotment, allotment.difference)
            for goods, units in wanted.items():
                assert booked[goods] == max(units - (free.get(goods, 0) - taken[goods]), 0)
        else:
            assert not allotment.difference


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_nobody_lacks_what_is_free_when_their_turn_comes(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    lacked_before: set[Goods] = set()
    for allotment, taken in in_turn(allocate(demands, free, queue)):
        lacking = by_goods(allotment, allotment.lacking)
        wanted = by_goods(allotment, demanded(allotment.demand))
        for goods, units in wanted.items():
            first = queue.get(goods)
            waits_its_turn = goods in lacked_before or (first is not None and first < allotment.demand.place)
            if not (allotment.demand.books_difference or waits_its_turn):
                assert lacking[goods] == max(units - (free.get(goods, 0) - taken[goods]), 0)
        lacked_before |= {goods for goods, units in lacking.items() if units}


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE, st.randoms(use_true_random=False))
def test_the_order_in_which_demands_are_named_does_not_matter(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place], random: Random
) -> None:
    shuffled = random.sample(demands, len(demands))
    allotments = allocate(demands, free, queue)
    assert allocate(shuffled, free, queue) == allotments
    assert [each.demand.place for each in allotments] == sorted(demand.place for demand in demands)


@settings(deadline=None)
@given(DEMANDS, FREE, QUEUE)
def test_neither_the_balances_nor_the_queue_that_were_read_are_changed(
    demands: list[Demand], free: dict[Goods, int], queue: dict[Goods, Place]
) -> None:
    before = dict(free), dict(queue)
    allocate(demands, free, queue)
    assert (free, queue) == before


def demand(first: Place, *lines: tuple[str, int], may_split: bool = False, books_difference: bool = False) -> Demand:
    numbered = tuple((number, *line) for number, line in enumerate(lines, start=1))
    return Demand(first, "10", numbered, may_split, books_difference)


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
    ids=["akut before normal", "older before younger", "lower number before higher"],
)
def test_the_queue_is_by_priority_then_age_then_number(earlier: Place, later: Place) -> None:
    assert reserved([demand(later, ("A1", 3)), demand(earlier, ("A1", 3))], {"A1": 3}) == {
        earlier.order_id: 3,
        later.order_id: 0,
    }
    assert reserved([demand(later, ("A1", 3))], {"A1": 3}, {"A1": earlier}) == {later.order_id: 0}
    assert reserved([demand(earlier, ("A1", 3))], {"A1": 3}, {"A1": later}) == {earlier.order_id: 3}


def test_a_small_order_does_not_slip_past_a_large_one_that_waits() -> None:
    assert reserved(
        [demand(place(NORMAL, 0, 1), ("A1", 5)), demand(place(NORMAL, 1, 2), ("A1", 1))], {"A1": 4}
    ) == {1: 0, 2: 0}  # fmt: skip


def test_an_order_that_waits_for_one_article_leaves_the_others_free() -> None:
    waiting = demand(place(NORMAL, 0, 1), ("A1", 1), ("A2", 1))
    assert reserved([waiting, demand(place(NORMAL, 1, 2), ("A2", 1))], {"A2": 1}) == {1: 0, 2: 1}


def test_two_lines_of_one_article_share_what_there_is() -> None:
    (allotment,) = allocate(
        [demand(place(NORMAL, 0, 1), ("A1", 3), ("A1", 3), may_split=True)], {Goods("10", "A1"): 4}, {}
    )
    assert (allotment.reserved, allotment.lacking) == ({1: 3, 2: 1}, {2: 2})
