"""Where must an accessory's main device be? On another line of the order, or with its receiver."""

from dataclasses import replace

from unit.test_rules_valid_orders import at, bestallning, codes

from workflows.rules import Order, OrderLine

REFUSED = ("accessory-main-device", "lines[1].accessory_to")


def an_order(*serials: str, main: str | None = "SN-1", own: tuple[str, ...] = ()) -> Order:
    """A wheelchair (or none named), and a line that is an accessory of `main`."""
    lines = (OrderLine(1, "rullstol", 1, serials), OrderLine(2, "rullstol", 1, own, accessory_to=main))
    return bestallning(sender="10", lines=lines)


def test_the_main_device_is_on_another_line() -> None:
    assert codes(an_order("SN-1")) == []
    assert at(an_order("SN-2")) == [REFUSED]
    assert at(an_order()) == [REFUSED]


def test_or_it_is_with_the_receiver() -> None:
    assert codes(replace(an_order(), with_receiver=frozenset({"SN-1"}))) == []
    assert at(replace(an_order(), with_receiver=frozenset({"SN-2"}))) == [REFUSED]


def test_a_marked_article_may_be_an_accessory_and_is_never_its_own() -> None:
    assert codes(an_order("SN-1", own=("SN-2",))) == []
    assert at(an_order("SN-2", own=("SN-1",))) == [REFUSED]


def test_who_says_nothing_is_asked_nothing() -> None:
    assert codes(an_order(main=None)) == []
