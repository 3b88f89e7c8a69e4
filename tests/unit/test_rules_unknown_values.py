"""An unknown value is reported once and silences the rules that need it; the rest is still reported."""

from datetime import date

import pytest
from unit.test_rules_valid_orders import (
    BETWEEN_KOMMUNER,
    VALID_ORDERS,
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
from workflows.rules import OrderLine

ABSENT = "finns-ej"
OFFICIAL_TEST_NUMBER = "19570428-9999"


def line(article: str, line_no: int = 1, *serial_numbers: str) -> OrderLine:
    return OrderLine(line_no, article, 1, serial_numbers)


@pytest.mark.parametrize("rule", VALID_ORDERS)
@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ("sender", "store-unknown", "sender"),
        ("orderer_person", "person-unknown", "orderer.person"),
        ("orderer_unit", "unit-unknown", "orderer.unit"),
    ],
)
def test_an_unknown_sender_orderer_or_unit_is_the_only_thing_said(
    rule: str, changed: str, code: str, field: str
) -> None:
    assert at(VALID_ORDERS[rule](**{changed: ABSENT}), BETWEEN_KOMMUNER) == [(code, field)]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("R1", "store-unknown"),
        ("R2", "store-unknown"),
        ("R3", "vardenhet-unknown"),
        ("R4", "vardenhet-unknown"),
    ],
)
def test_an_unknown_receiver_is_the_only_thing_said(rule: str, code: str) -> None:
    assert at(VALID_ORDERS[rule](receiver_code=ABSENT), BETWEEN_KOMMUNER) == [(code, "receiver.id")]


def test_an_unknown_prescriber_is_not_also_said_to_lack_a_licence() -> None:
    assert at(forskrivning(prescriber=ABSENT)) == [("person-unknown", "prescriber")]


def test_an_unknown_approver_is_named() -> None:
    order = mellan_kommuner(instruction_approved_by=ABSENT)
    assert at(order, BETWEEN_KOMMUNER) == [("person-unknown", "instruction.approved_by")]


def test_an_unknown_article_silences_only_its_own_line() -> None:
    order = forskrivning(lines=(line(ABSENT, 1, "SN-1"), line("duschpall", 2)))
    assert at(order) == [("article-unknown", "lines[0].article"), ("forskrivning-right", "lines[1].article")]


def test_the_same_unknown_value_is_reported_once_where_it_first_stands() -> None:
    order = mellan_kommuner(sender=ABSENT, receiver_code=ABSENT, lines=(line(ABSENT), line("rollator"), line(ABSENT)))
    assert at(order, BETWEEN_KOMMUNER) == [
        ("store-unknown", "sender"),
        ("article-unknown", "lines[0].article"),
    ]
    order = forskrivning(orderer_person=ABSENT, prescriber=ABSENT)
    assert at(order) == [("person-unknown", "orderer.person")]


def test_an_unknown_unit_silences_the_own_store_and_the_rights_but_not_the_licence() -> None:
    order = direktforskrivning(
        orderer_unit=ABSENT,
        sender="60401",
        orderer_person="tekniker",
        prescriber="olegitimerad",
        medical_decision=False,
    )
    assert codes(order) == [
        "forskrivning-creator",
        "forskrivning-licence",
        "forskrivning-medical-decision",
        "unit-unknown",
    ]


def test_lager_10_needs_no_unit_to_be_refused_or_allowed() -> None:
    assert codes(bestallning(orderer_unit=ABSENT, sender="10")) == ["unit-unknown"]
    assert codes(forskrivning(orderer_unit=ABSENT, sender="50301")) == ["forskrivning-sender", "unit-unknown"]


def test_an_unknown_sender_does_not_silence_the_receiver() -> None:
    order = lagerflytt(sender=ABSENT, receiver_kind=ReceiverKind.PATIENT, receiver_code=None)
    assert codes(order) == ["lagerflytt-receiver", "store-unknown"]


def test_a_customer_order_type_that_is_not_used_silences_only_what_depends_on_it() -> None:
    order = forskrivning(
        customer_order_type="hyra",
        sender="60401",
        orderer_person="tekniker",
        receiver_kind=ReceiverKind.VARDENHET,
        receiver_code="03-05",
        lines=(line("utgangen", 1),),
    )
    assert codes(order) == [
        "article-withdrawn",
        "forskrivning-creator",
        "forskrivning-receiver",
        "kundordertyp-not-used",
    ]


def test_unknown_values_are_reported_beside_a_refused_customer_order_type() -> None:
    order = lagerflytt(customer_order_type="hyra", sender=ABSENT, lines=(line(ABSENT),))
    assert codes(order) == ["article-unknown", "kundordertyp-not-used", "store-unknown"]


def test_everything_unknown_is_said_at_once() -> None:
    order = bestallning(
        sender=ABSENT,
        receiver_code="okänd",
        orderer_person="ingen",
        orderer_unit="ingenstans",
        prescriber="någon",
        lines=(line("okänd"), line("också okänd")),
    )
    assert codes(order) == [
        "article-unknown",
        "article-unknown",
        "bestallning-medical-decision",
        "person-unknown",
        "person-unknown",
        "store-unknown",
        "unit-unknown",
        "vardenhet-unknown",
    ]


def test_the_orderer_belongs_to_the_unit() -> None:
    [found] = judged(bestallning(orderer_person="från annan enhet")).violations
    assert (found.code, found.field) == ("orderer-unit", "orderer.unit")
    assert "04-01" in found.sv and "04-01" in found.en


def test_a_code_that_is_somebodys_number_is_never_echoed() -> None:
    order = bestallning(
        sender=OFFICIAL_TEST_NUMBER,
        receiver_code=OFFICIAL_TEST_NUMBER,
        orderer_person=OFFICIAL_TEST_NUMBER,
        orderer_unit=OFFICIAL_TEST_NUMBER,
        customer_order_type=OFFICIAL_TEST_NUMBER,
        lines=(line(OFFICIAL_TEST_NUMBER),),
        ordered_on=date(2026, 3, 16),
    )
    verdict = judged(order)
    assert len(verdict.violations) == 6
    assert "0428" not in repr(verdict)
