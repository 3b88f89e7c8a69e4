"""The sentences name the right choice: the right store, the right customer order type, the successor."""

import pytest
from unit.test_rules_valid_orders import (
    USUAL,
    at,
    bestallning,
    codes,
    direktforskrivning,
    forskrivning,
    judged,
    lagerflytt,
    mellan_kommuner,
)

from workflows.order_types import ReceiverKind
from workflows.rules import Order, OrderLine, RulePolicy
from workflows.violations import Violation


def only(order: Order, policy: RulePolicy = USUAL) -> Violation:
    [found] = judged(order, policy).violations
    return found


@pytest.mark.parametrize(
    ("order", "code", "named"),
    [
        (
            direktforskrivning(sender="10"),
            "direktforskrivning-sender",
            ["50301", "kundordertypen förskrivning"],
        ),
        (
            direktforskrivning(sender="60401"),
            "direktforskrivning-sender",
            ["50301", "kundordertypen förskrivning"],
        ),
        (
            direktforskrivning(sender="10", orderer_unit="09-09"),
            "direktforskrivning-sender",
            ["inget eget lager", "kundordertypen förskrivning"],
        ),
        (forskrivning(sender="50301"), "forskrivning-sender", ["lager 10", "50301", "direktförskrivning"]),
        (
            forskrivning(sender="50301", orderer_unit="09-09"),
            "forskrivning-sender",
            ["lager 10", "direktförskrivning"],
        ),
        (bestallning(sender="60401"), "bestallning-sender", ["50301", "lager 10"]),
        (
            bestallning(sender="60401", orderer_unit="09-09"),
            "bestallning-sender",
            ["inget eget lager", "lager 10"],
        ),
        (lagerflytt(sender="50302"), "lagerflytt-sender", ["lager 10"]),
        (mellan_kommuner(), "between-kommuner-disabled", ["lagerflytt", "lager 10"]),
        (
            forskrivning(customer_order_type="hyra"),
            "kundordertyp-not-used",
            ["direktförskrivning", "förskrivning"],
        ),
        (lagerflytt(customer_order_type="hyra"), "kundordertyp-not-used", ["välj lagerflytt"]),
        (bestallning(customer_order_type="hyra"), "kundordertyp-not-used", ["tomt"]),
        (bestallning(medical_decision=True), "bestallning-medical-decision", ["gör en förskrivning"]),
        (
            forskrivning(receiver_kind=ReceiverKind.VARDENHET, receiver_code="03-05"),
            "forskrivning-receiver",
            ["beställning"],
        ),
    ],
)
def test_the_sentence_names_the_right_choice(order: Order, code: str, named: list[str]) -> None:
    found = only(order)
    assert found.code == code
    assert [word for word in named if word not in found.sv] == []


def test_no_customer_order_type_configured_is_said_plainly() -> None:
    assert "ingen är inställd för lagerflyttsorder" in only(lagerflytt(), RulePolicy(frozenset())).sv


@pytest.mark.parametrize(("number", "named"), [("utgangen", "rullstol"), ("indragen", "ingen ersättare")])
def test_a_withdrawn_article_names_its_successor(number: str, named: str) -> None:
    found = only(bestallning(lines=(OrderLine(1, number, 1, ()),)))
    assert (found.code, found.field) == ("article-withdrawn", "lines[0].article")
    assert named in found.sv


def test_serial_numbers_belong_to_individually_marked_articles() -> None:
    lines = (OrderLine(1, "rullstol", 1, ("SN-1",)), OrderLine(2, "rollator", 1, ("SN-2",)))
    assert at(bestallning(lines=lines)) == [("serial-numbers", "lines[1].serial_numbers")]


def test_an_individually_marked_article_from_lager_10_needs_no_serial_number_yet() -> None:
    assert codes(bestallning(sender="10", lines=(OrderLine(1, "rullstol", 1, ()),))) == []


def test_the_field_says_which_part_of_the_medical_decision_is_too_much() -> None:
    assert at(bestallning(medical_decision=True, prescriber="forskrivare")) == [
        ("bestallning-medical-decision", "medical_decision")
    ]
    assert at(bestallning(prescriber="forskrivare")) == [("bestallning-medical-decision", "prescriber")]


@pytest.mark.parametrize(("code", "field"), [("10", "receiver.id"), ("50301", None)])
def test_the_receiver_of_a_lagerflytt_is_a_kommunlager_and_not_lager_10(code: str, field: str | None) -> None:
    assert at(lagerflytt(receiver_code=code)) == ([("lagerflytt-receiver", field)] if field else [])
