"""Which units leave which lines when part of an order is cancelled? Next: tests/integration/test_reduce.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reduction import Cut, Line, ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown, cuts


def a_line(line_no: int, left: int, *serial_numbers: str, article: str = "A1", ordered: str | None = None) -> Line:
    return Line(line_no, article, ordered, left, serial_numbers)


def told(found: list[Cut]) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(cut.line.line_no, cut.units, cut.dropped) for cut in found]


def test_the_last_line_gives_first() -> None:
    assert told(cuts([a_line(1, 3), a_line(2, 2)], {"A1": 3}, ())) == [(1, 1, ()), (2, 2, ())]


def test_what_was_ordered_names_the_line_as_well_as_what_is_sent_for_it() -> None:
    lines = [a_line(1, 3, article="B2", ordered="A1"), a_line(2, 1, article="C3")]
    assert told(cuts(lines, {"A1": 2}, ())) == [(1, 2, ())]
    assert told(cuts(lines, {"B2": 2}, ())) == [(1, 2, ())]


def test_a_line_gives_the_devices_that_are_named_and_keeps_the_others() -> None:
    (cut,) = cuts([a_line(1, 3, "S1", "S2", "S3")], {"A1": 2}, ["S3", "S1"])
    assert (cut.units, cut.dropped, cut.kept) == (2, ("S3", "S1"), ("S2",))


def test_the_line_whose_devices_are_named_gives_before_the_last() -> None:
    lines = [a_line(1, 1, "S1"), a_line(2, 2, "S2")]
    assert told(cuts(lines, {"A1": 2}, ["S1"])) == [(1, 1, ("S1",)), (2, 1, ())]


@pytest.mark.parametrize("named", [[], ["S1"]])
def test_devices_that_are_named_stay_unless_they_are_named_again(named: list[str]) -> None:
    with pytest.raises(SerialNumbersNamed):
        cuts([a_line(1, 3, "S1", "S2", "S3")], {"A1": 2}, named)


@pytest.mark.parametrize("named", [["S9"], ["S1", "S2"]])
def test_a_device_that_the_lines_do_not_name_or_one_too_many_is_refused(named: list[str]) -> None:
    with pytest.raises(SerialNumberUnknown):
        cuts([a_line(1, 3, "S1", "S2")], {"A1": 1}, named)


@pytest.mark.parametrize("units", [{"A1": 3}, {"A1": 4}, {"A9": 1}, {"A1": 1, "A9": 1}])
def test_more_than_is_left_or_everything_is_refused(units: dict[str, int]) -> None:
    with pytest.raises(ReduceTooMuch):
        cuts([a_line(1, 2), a_line(2, 1)], units, ())


LINES = st.lists(st.tuples(st.sampled_from(["A1", "A2"]), st.integers(0, 5)), min_size=1, max_size=5)


@given(lines=LINES, units=st.dictionaries(st.sampled_from(["A1", "A2"]), st.integers(1, 9), min_size=1))
def test_what_is_asked_for_leaves_and_no_line_gives_more_than_it_has(
    lines: list[tuple[str, int]], units: dict[str, int]
) -> None:
    given_lines = [a_line(line_no, left, article=article) for line_no, (article, left) in enumerate(lines, start=1)]
    left = {article: sum(each.left for each in given_lines if each.article == article) for article in ("A1", "A2")}
    try:
        found = cuts(given_lines, units, ())
    except ReduceTooMuch:
        assert any(units[article] > left[article] for article in units) or sum(units.values()) == sum(left.values())
        return
    assert all(0 < cut.units <= cut.line.left for cut in found)
    for article in units:
        assert sum(cut.units for cut in found if cut.line.article == article) == units[article]
    assert sum(units.values()) < sum(left.values())
