"""Which units does a person mean? By serial number, by article, by line, all that is left; never more than there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.returns.choosing import Chosen, Pick, Pile, choose
from workflows.returns.refusals import MoreThanIsThere, NothingThere, SayWhichDevice


def pile(line_no: int, article: str, units: int, *serial_numbers: str, source: int = 1) -> Pile:
    return Pile(source, line_no, article, units, serial_numbers, "03-05")


def told(chosen: list[Chosen]) -> list[tuple[int, str, int, tuple[str, ...]]]:
    """(line, to, units, serial numbers) of each."""
    return [(each.pile.line_no, each.to, each.units, each.serial_numbers) for each in chosen]


def test_all_is_everything_that_is_left() -> None:
    piles = [pile(1, "A1", 2), pile(2, "A2", 2, "S1"), pile(3, "A3", 0)]
    assert told(choose(piles, [Pick()])) == [(1, "", 2, ()), (2, "", 2, ("S1",))]


def test_units_of_an_article_are_taken_line_by_line() -> None:
    piles = [pile(1, "A1", 2), pile(2, "A2", 5), pile(3, "A1", 2)]
    assert told(choose(piles, [Pick("A1", units=3)])) == [(1, "", 2, ()), (3, "", 1, ())]


def test_units_of_a_line_are_of_that_line() -> None:
    piles = [pile(1, "A1", 2), pile(2, "A1", 2)]
    assert told(choose(piles, [Pick(line_no=2, units=1)])) == [(2, "", 1, ())]
    assert told(choose(piles, [Pick(line_no=2)])) == [(2, "", 2, ())]


def test_a_device_is_taken_by_its_number_before_all_the_rest_however_they_are_told() -> None:
    piles = [pile(1, "A1", 3, "S1", "S2")]
    picks = [Pick(to="store"), Pick(serial_number="S2", to="repair"), Pick("A1", units=1, to="written_off")]
    assert sorted(told(choose(piles, picks))) == [
        (1, "repair", 1, ("S2",)),
        (1, "store", 1, ("S1",)),
        (1, "written_off", 1, ()),
    ]


def test_a_number_of_marked_units_is_enough_only_where_it_is_all_of_them() -> None:
    piles = [pile(1, "A1", 2, "S1", "S2")]
    assert told(choose(piles, [Pick("A1", units=2)])) == [(1, "", 2, ("S1", "S2"))]
    with pytest.raises(SayWhichDevice, match="S1, S2"):
        choose(piles, [Pick("A1", units=1)])


def test_a_number_that_two_articles_share_must_be_told_with_its_article() -> None:
    piles = [pile(1, "A1", 1, "S1"), pile(2, "A2", 1, "S1")]
    assert told(choose(piles, [Pick("A2", serial_number="S1")])) == [(2, "", 1, ("S1",))]
    with pytest.raises(SayWhichDevice, match="A1=S1, A2=S1"):
        choose(piles, [Pick(serial_number="S1")])


@pytest.mark.parametrize(
    "picks",
    [
        [Pick("A1", units=3)],
        [Pick("A1", units=2), Pick("A1", units=1)],
        [Pick(serial_number="S9")],
        [Pick("A2", serial_number="S1"), Pick(serial_number="S1")],
        [Pick("A9", units=1)],
        [Pick(line_no=9, units=1)],
    ],
)
def test_more_than_there_is_is_refused(picks: list[Pick]) -> None:
    with pytest.raises(MoreThanIsThere):
        choose([pile(1, "A1", 2), pile(2, "A2", 1, "S1")], picks)


@pytest.mark.parametrize("picks", [[Pick()], [Pick("A9")], [Pick("A1")]])
def test_all_of_nothing_is_refused(picks: list[Pick]) -> None:
    with pytest.raises(NothingThere):
        choose([pile(1, "A1", 0)], picks)


@given(
    st.lists(st.tuples(st.sampled_from(["A1", "A2"]), st.integers(0, 4), st.integers(0, 3)), max_size=4),
    st.lists(
        st.builds(
            Pick,
            article=st.sampled_from([None, "A1", "A2"]),
            line_no=st.sampled_from([None, 1, 2]),
            units=st.sampled_from([None, 1, 2, 3]),
            to=st.sampled_from(["store", "repair"]),
        ),
        max_size=4,
    ),
)
def test_what_is_chosen_is_never_more_than_a_pile_holds(lines: list[tuple[str, int, int]], picks: list[Pick]) -> None:
    piles = [
        pile(number, article, unmarked + marked, *(f"S{number}-{each}" for each in range(marked)))
        for number, (article, unmarked, marked) in enumerate(lines, start=1)
    ]
    try:
        chosen = choose(piles, picks)
    except (MoreThanIsThere, NothingThere, SayWhichDevice):
        return
    for each in piles:
        of_it = [one for one in chosen if one.pile is each]
        numbers = [number for one in of_it for number in one.serial_numbers]
        assert sum(one.units for one in of_it) <= each.units
        assert len(numbers) == len(set(numbers)) and set(numbers) <= set(each.serial_numbers)
        unmarked = sum(one.units - len(one.serial_numbers) for one in of_it)
        assert 0 <= unmarked <= each.units - len(each.serial_numbers)
