"""When is an equivalent sent? Where the ordered article lacks and there is enough of the other, and in turn.

Next: test_allocation.py, everything else about who gets the goods.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.allocation import Allotment, Demand, Goods, Place, allocate

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
WALKER, SUCCESSOR = Goods("10", "A1"), Goods("10", "A2")


def place(minute: int) -> Place:
    return Place(1, MORNING + timedelta(minutes=minute), minute)


def a_demand(minute: int, *lines: tuple[str, int], **told: Any) -> Demand:
    """One that takes A2 where A1 lacks, unless told otherwise."""
    numbered = tuple((line_no, *line) for line_no, line in enumerate(lines, start=1))
    others = {line_no: "A2" for line_no, article, _ in numbered if article == "A1"}
    return Demand(place(minute), "10", numbered, **({"equivalents": others} | told))


def got(allotment: Allotment) -> tuple[dict[int, int], dict[int, str], dict[int, int]]:
    return allotment.reserved, allotment.sent, allotment.lacking


def one(demand: Demand, free: dict[Goods, int], queue: dict[Goods, Place] | None = None) -> Any:
    (allotment,) = allocate([demand], free, queue or {})
    return got(allotment)


def test_what_was_ordered_is_sent_as_long_as_there_is_enough() -> None:
    assert one(a_demand(1, ("A1", 3)), {WALKER: 3, SUCCESSOR: 9}) == ({1: 3}, {}, {})


def test_the_successor_goes_for_the_whole_line_where_the_ordered_one_lacks() -> None:
    assert one(a_demand(1, ("A1", 3)), {WALKER: 2, SUCCESSOR: 3}) == ({1: 3}, {1: "A2"}, {})


@pytest.mark.parametrize("may_split", [True, False])
def test_a_line_is_never_sent_half_in_one_and_half_in_the_other(may_split: bool) -> None:
    demand = a_demand(1, ("A1", 3), may_split=may_split)
    assert one(demand, {WALKER: 2, SUCCESSOR: 2}) == (({1: 2} if may_split else {}), {}, {1: 1})


def test_who_does_not_accept_it_waits() -> None:
    assert one(a_demand(1, ("A1", 3), equivalents={}), {SUCCESSOR: 9}) == ({}, {}, {1: 3})


def test_nobody_who_waits_for_the_successor_before_it_is_overtaken() -> None:
    demand = a_demand(5, ("A1", 3))
    assert one(demand, {SUCCESSOR: 9}, {SUCCESSOR: place(4)}) == ({}, {}, {1: 3})
    assert one(demand, {SUCCESSOR: 9}, {SUCCESSOR: place(6)}) == ({1: 3}, {1: "A2"}, {})


def test_it_passes_who_waits_for_the_ordered_article_alone() -> None:
    assert one(a_demand(5, ("A1", 3)), {WALKER: 9, SUCCESSOR: 9}, {WALKER: place(4)}) == ({1: 3}, {1: "A2"}, {})


def test_who_lacks_both_is_overtaken_for_neither() -> None:
    demands = [a_demand(1, ("A1", 3)), a_demand(2, ("A2", 1)), a_demand(3, ("A1", 1), equivalents={})]
    found = allocate(demands, {WALKER: 2, SUCCESSOR: 2}, {})
    assert [got(each) for each in found] == [({}, {}, {1: 1})] * 3


def test_the_other_lines_count_against_the_successor() -> None:
    demand = a_demand(1, ("A2", 2), ("A1", 2))
    assert one(demand, {SUCCESSOR: 3}) == ({}, {}, {2: 2})
    assert one(demand, {SUCCESSOR: 4}) == ({1: 2, 2: 2}, {2: "A2"}, {})


def test_an_order_that_still_lacks_another_line_takes_nothing() -> None:
    assert one(a_demand(1, ("A1", 2), ("A3", 1)), {SUCCESSOR: 4}) == ({}, {}, {2: 1})


def test_a_store_that_books_differences_sends_what_was_ordered() -> None:
    demand = a_demand(1, ("A1", 2), books_difference=True)
    assert one(demand, {SUCCESSOR: 4}) == ({1: 2}, {}, {})


LINES = st.lists(st.tuples(st.sampled_from(["A1", "A2", "A3"]), st.integers(1, 6)), min_size=1, max_size=3)
DEMANDS = st.lists(st.tuples(LINES, st.booleans(), st.booleans()), min_size=1, max_size=8).map(
    lambda told: [
        a_demand(minute, *lines, may_split=splits, **({} if accepts else {"equivalents": {}}))
        for minute, (lines, accepts, splits) in enumerate(told)
    ]
)
FREE = st.dictionaries(st.sampled_from([Goods("10", f"A{n}") for n in (1, 2, 3)]), st.integers(0, 12))


@settings(deadline=None)
@given(demands=DEMANDS, free=FREE)
def test_many_at_once_get_what_they_would_get_one_by_one(demands: list[Demand], free: dict[Goods, int]) -> None:
    """One by one: what is taken is gone, and who waits stands in the queue for what it lacks and what would do."""
    left, queue = Counter(free), dict[Goods, Place]()
    for together in allocate(demands, free, {}):
        (alone,) = allocate([together.demand], left, queue)
        assert got(alone) == got(together)
        for line_no, article, quantity in alone.demand.lines:
            goods = Goods("10", alone.sent.get(line_no, article))
            left[goods] -= alone.reserved.get(line_no, 0)
            assert left[goods] >= 0
            if line_no in alone.sent:
                assert alone.reserved[line_no] == quantity
            if line_no in alone.lacking:
                for each in {article, alone.demand.equivalents.get(line_no, article)}:
                    queue.setdefault(Goods("10", each), alone.demand.place)
