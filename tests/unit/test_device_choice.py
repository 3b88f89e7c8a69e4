"""Who gets which device? Named ones first, then the oldest; who lacks one gets none, and the next in the queue does."""

import pytest

from workflows.allocation import Goods
from workflows.device_choice import Need, SerialNumberRefused, choose, named_by_a_person
from workflows.devices import Device, Standing

HERE = Standing("store", "10", None)


def need(order_id: int, units: int, *named: str, line_no: int = 1, article: str = "A", missing: int = 0) -> Need:
    return Need(order_id, line_no, "10", article, units, named, missing)


def known(**standing: Standing) -> dict[Device, Standing]:
    return {Device("A", serial): where for serial, where in standing.items()}


def free(*serials: str) -> dict[Goods, list[str]]:
    return {Goods("10", "A"): list(serials)}


def test_the_oldest_go_first_and_none_twice() -> None:
    choice = choose([need(1, 1), need(2, 2)], {}, free("S9", "S1", "S2"))
    assert choice.chosen == {(1, 1): ("S9",), (2, 1): ("S1", "S2")}


def test_who_lacks_a_device_gets_none_and_the_next_gets_them() -> None:
    choice = choose([need(1, 3), need(2, 2)], {}, free("S1", "S2"))
    assert choice.chosen == {(2, 1): ("S1", "S2")}
    assert choice.lacking == {1: ("A", 1)}


def test_an_order_that_lacks_one_article_takes_none_of_another() -> None:
    lines = [need(1, 1), need(1, 1, line_no=2, article="B"), need(2, 1)]
    assert choose(lines, {}, free("S1")).chosen == {(2, 1): ("S1",)}


def test_a_named_device_is_its_orders_own_free_or_unknown() -> None:
    theirs = known(MINE=Standing("store", "10", 1), FREE=HERE)
    assert choose([need(1, 3, "MINE", "FREE", "NEW")], theirs, free("FREE")).chosen == {(1, 1): ("MINE", "FREE", "NEW")}


@pytest.mark.parametrize(
    "standing",
    [Standing("store", "10", 7), Standing("store", "50301", None), Standing("receiver", "10", 7),
     Standing("inspection", "10", None), Standing("repair", "10", None)],
)  # fmt: skip
def test_a_named_device_that_is_elsewhere_is_not_replaced_by_another(standing: Standing) -> None:
    assert choose([need(1, 1, "S1")], known(S1=standing), free("S2")).lacking == {1: ("A", 1)}


@pytest.mark.parametrize("place", ["difference", "written_off"])
def test_a_named_device_that_is_gone_is_replaced(place: str) -> None:
    assert choose([need(1, 1, "S1")], known(S1=Standing(place, "10", None)), free("S2")).chosen == {(1, 1): ("S2",)}


def test_no_line_is_allotted_what_another_line_of_the_order_names() -> None:
    lines = [need(1, 1), need(1, 1, "S1", line_no=2)]
    assert choose(lines, known(S1=HERE), free("S1", "S2")).chosen == {(1, 1): ("S2",), (1, 2): ("S1",)}


def test_what_a_person_names_goes_to_the_line_that_named_it_and_where_there_is_room() -> None:
    lines = [need(1, 1), need(1, 1, "S1", line_no=2)]
    assert [line.named for line in named_by_a_person(lines, {"A": ["S1", "S2"]})] == [("S2",), ("S1",)]


def test_what_was_named_before_fills_up_what_a_person_leaves_open() -> None:
    (line,) = named_by_a_person([need(1, 2, "S1")], {"A": ["S2"]})
    assert choose([line], known(S1=HERE, S2=HERE), {}).chosen == {(1, 1): ("S2", "S1")}


@pytest.mark.parametrize("given", [{"A": ["S1", "S2"]}, {"A": ["S1", "S1"]}, {"B": ["S1"]}])
def test_a_person_names_no_more_and_nothing_else(given: dict[str, list[str]]) -> None:
    with pytest.raises(SerialNumberRefused):
        named_by_a_person([need(1, 1)], given)
