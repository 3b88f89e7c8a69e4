"""What does a kommunlager need? Next: tests/integration/test_refill.py."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.master_data import Article
from workflows.refill_proposal import Level, propose
from workflows.succession import successor_of


def an_article(number: str, successor: str | None = None, *, withdrawn: bool | None = None) -> Article:
    gone = successor is not None if withdrawn is None else withdrawn
    return Article(number, number, "122203", None, individual=False, withdrawn=gone, successor=successor)


def a_level(article: Article, point: int | None = None, target: int | None = None, **units: int) -> Level:
    return Level(
        article, point, target,
        **dict.fromkeys(("on_hand", "reserved", "taken", "on_its_way", "promised", "unjudged"), 0) | units,
    )  # fmt: skip


def by_number(*levels: Level) -> Mapping[str, Level]:
    return {level.article.number: level for level in levels}


def wanted(*levels: Level) -> list[tuple[str, int]]:
    return [(line.article, line.quantity) for line in propose(by_number(*levels)).lines]


@pytest.mark.parametrize(
    ("units", "quantity"),
    [
        ({"on_hand": 3}, None), ({"on_hand": 2}, 8), ({}, 10), ({"on_hand": 5, "taken": 3}, 8), ({"taken": 4}, 14),
        ({"on_hand": 1, "on_its_way": 1}, 8), ({"promised": 3}, None), ({"unjudged": 3}, None), ({"on_hand": 12}, None),
    ],
)  # fmt: skip
def test_the_quantity_is_what_the_target_lacks_once_the_reorder_point_is_reached(
    units: dict[str, int], quantity: int | None
) -> None:
    assert wanted(a_level(an_article("A1"), 2, 10, **units)) == ([("A1", quantity)] if quantity else [])


def test_a_successor_without_levels_has_those_of_what_it_replaces_and_the_highest() -> None:
    levels = a_level(an_article("A1", "A3"), 1, 4), a_level(an_article("A2", "A3"), 2, 6), a_level(an_article("A3"))
    (line,) = propose(by_number(*levels)).lines
    assert (line.article, line.quantity, line.instead_of) == ("A3", 6, ("A1", "A2"))


def test_a_successor_with_levels_of_its_own_keeps_them() -> None:
    assert wanted(a_level(an_article("A1", "A2"), 5, 9), a_level(an_article("A2"), 0, 3)) == [("A2", 3)]


def test_what_lies_on_the_shelf_of_a_withdrawn_article_can_no_longer_be_ordered_and_does_not_count() -> None:
    assert wanted(a_level(an_article("A1", "A2"), 2, 5, on_hand=9), a_level(an_article("A2"), on_hand=1)) == [("A2", 4)]


def test_an_order_for_the_withdrawn_one_that_a_person_is_to_mend_is_not_made_twice() -> None:
    assert wanted(a_level(an_article("A1", "A2"), 2, 5, unjudged=5), a_level(an_article("A2"))) == []


def test_a_withdrawn_article_without_successor_is_named_once_it_has_reached_its_point() -> None:
    gone = an_article("A1", withdrawn=True)
    assert propose(by_number(a_level(gone, 2, 5, on_hand=2))).not_refillable == ("A1",)
    assert propose(by_number(a_level(gone, 2, 5, on_hand=3))).not_refillable == ()


def test_the_chain_of_successors_ends_at_the_first_that_is_sold_and_a_circle_at_none() -> None:
    articles = {
        each.number: each
        for each in (
            an_article("A1", "A2"), an_article("A2", "A3"), an_article("A3", "A4", withdrawn=False),
            an_article("A4"), an_article("B1", "B2"), an_article("B2", "B1"), an_article("C1", "unknown"),
        )
    }  # fmt: skip
    found = {number: successor_of(article, articles) for number, article in articles.items()}
    assert {number: each and each.number for number, each in found.items()} == {
        "A1": "A3", "A2": "A3", "A3": "A4", "A4": None, "B1": None, "B2": None, "C1": None,
    }  # fmt: skip


UNITS = st.integers(0, 20)


@given(
    point=UNITS, target=UNITS,
    units=st.fixed_dictionaries(
        dict.fromkeys(("on_hand", "reserved", "taken", "on_its_way", "promised", "unjudged"), UNITS)
    ),
)  # fmt: skip
def test_what_is_proposed_brings_exactly_the_target_and_is_not_proposed_again(
    point: int, target: int, units: dict[str, int]
) -> None:
    level = a_level(an_article("A1"), point, target, **units)
    for line in propose(by_number(level)).lines:
        assert line.quantity > 0
        units["unjudged"] += line.quantity
        after = a_level(an_article("A1"), point, target, **units)
        assert after.available == target
        assert propose(by_number(after)).lines == ()
