"""What may be sent instead of what was ordered? The successor, where the order accepts it and its right covers it."""

from dataclasses import replace
from typing import Any

import pytest
from unit.test_rules_valid_orders import MASTER, article, at, bestallning_from_hms, forskrivning, judged, right

from workflows.rules import Order, OrderLine
from workflows.rules.equivalent import equivalents

SUCCESSIONS = {"old": "older", "older": "rollator", "rollator": "rollator-2", "round": "about", "about": "round"}
WITHDRAWN = {"old", "older", "round", "about", "none", "to the shower"}
KNOWN = replace(
    MASTER,
    articles=MASTER.articles
    | {
        number: article(number, "120606", withdrawn=number in WITHDRAWN, successor=SUCCESSIONS.get(number))
        for number in ("old", "older", "rollator", "rollator-2", "round", "about", "none")
    }
    | {"to the shower": article("to the shower", "120606", withdrawn=True, successor="duschpall")},
)


def asks_for(number: str, make: Any = bestallning_from_hms, **told: Any) -> Order:
    line = OrderLine(1, number, 1, told.pop("serial_numbers", ()), told.pop("ordered_article", None))
    order: Order = make(lines=(line,), **({"accept_equivalent": True} | told))
    return order


def sent_for(order: Order) -> str | None:
    return equivalents(order, KNOWN).get(1)


@pytest.mark.parametrize(
    ("ordered", "sent"),
    [
        ("old", "rollator"), ("older", "rollator"), ("rollator", "rollator-2"), ("rollator-2", None),
        ("round", None), ("none", None), ("unknown", None),
    ],
)  # fmt: skip
def test_the_chain_of_successors_is_followed_to_what_can_be_had(ordered: str, sent: str | None) -> None:
    assert sent_for(asks_for(ordered)) == sent
    assert sent_for(asks_for(ordered, accept_equivalent=False)) is None


def test_a_withdrawn_article_breaks_no_rule_where_its_successor_is_accepted() -> None:
    verdict = judged(asks_for("old"), master=KNOWN)
    assert (verdict.violations, verdict.replaced) == ((), {1: "rollator"})
    # One that can be had is replaced only when it lacks.
    assert judged(asks_for("rollator"), master=KNOWN).replaced == {}


@pytest.mark.parametrize("order", [asks_for("old", accept_equivalent=False), asks_for("round"), asks_for("none")])
def test_it_breaks_the_rule_where_nothing_may_be_sent_instead(order: Order) -> None:
    assert at(order, master=KNOWN) == [("article-withdrawn", "lines[0].article")]


def test_devices_that_are_named_are_not_replaced() -> None:
    assert sent_for(asks_for("old", serial_numbers=("SN-1",))) is None


def test_what_was_ordered_may_be_sent_after_all() -> None:
    assert sent_for(asks_for("rollator-2", ordered_article="rollator")) == "rollator"
    assert sent_for(asks_for("rollator", ordered_article="old")) == "rollator-2"


@pytest.mark.parametrize(("prefix", "sent"), [("1206", "duschpall"), ("12", "duschpall")])
def test_the_right_to_prescribe_covers_what_is_sent_as_well(prefix: str, sent: str) -> None:
    held = right("forskrivare", prefix)
    order = asks_for("to the shower", forskrivning)
    narrow = replace(KNOWN, rights={"forskrivare": (held,)})
    assert at(order, master=narrow) == [("article-withdrawn", "lines[0].article")]
    assert equivalents(order, narrow) == {}

    wide = replace(KNOWN, rights={"forskrivare": (held, right("forskrivare", KNOWN.articles[sent].iso_class or ""))})
    verdict = judged(order, master=wide)
    assert (verdict.violations, verdict.replaced) == ((), {1: sent})
    # What is sent has its evidence too.
    assert {each.right.iso_prefix for each in verdict.evidence} == {prefix, KNOWN.articles[sent].iso_class}


def test_who_needs_no_right_may_be_sent_another_product_group() -> None:
    assert sent_for(asks_for("to the shower")) == "duschpall"
