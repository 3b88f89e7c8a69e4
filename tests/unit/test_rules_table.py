"""The whole rule table: every creator, sender, receiver and medical decision, for every customer order type.

Given the order type and the customer order type, each column of the table is judged by itself: what a row is
refused for is the sum of its columns. So every combination is tried, and its codes are exactly those.
"""

from itertools import product

import pytest
from unit.test_rules_valid_orders import (
    BETWEEN_KOMMUNER,
    USUAL,
    at,
    codes,
    forskrivning,
    lagerflytt,
    mellan_kommuner,
)

from workflows.order_types import OrderType, ReceiverKind
from workflows.rules import RulePolicy

WHO = ("lagerpersonal", "tekniker", "beställare", "forskrivare", "olegitimerad", "administratör")
SENDERS = ("10", "50301", "50302", "60401")
RECEIVERS = {
    "own kommunlager": (ReceiverKind.KOMMUNLAGER, "50301"),
    "other kommun's kommunlager": (ReceiverKind.KOMMUNLAGER, "60401"),
    "lager 10": (ReceiverKind.KOMMUNLAGER, "10"),
    "vårdenhet": (ReceiverKind.VARDENHET, "03-05"),
    "patient": (ReceiverKind.PATIENT, None),
}
DECISIONS = ("none", "decision and prescriber", "decision alone", "prescriber alone")

Column = dict[str, tuple[str, ...]]
"""Choice → the codes it is refused for."""


def refused(choices: tuple[str, ...] | dict[str, object], code: str, allowed: tuple[str, ...]) -> Column:
    return {choice: () if choice in allowed else (code,) for choice in choices}


def free(choices: tuple[str, ...] | dict[str, object]) -> Column:
    return dict.fromkeys(choices, ())


NOTHING_MEDICAL: Column = {
    "none": (),
    "decision and prescriber": ("field-format", "field-format"),
    "decision alone": ("field-format",),
    "prescriber alone": ("field-format",),
}
ALWAYS_MEDICAL: Column = {
    "none": ("forskrivning-medical-decision", "forskrivning-prescriber"),
    "decision and prescriber": (),
    "decision alone": ("forskrivning-prescriber",),
    "prescriber alone": ("forskrivning-medical-decision",),
}
ORDERERS = refused(WHO, "bestallning-creator", ("beställare", "forskrivare", "olegitimerad"))
LICENSED = refused(WHO, "forskrivning-creator", ("forskrivare",))
TO_A_PATIENT = refused(tuple(RECEIVERS), "forskrivning-receiver", ("patient",))
NOT_USED: Column = dict.fromkeys(SENDERS, ("kundordertyp-not-used",))

TABLE: dict[tuple[str, str | None], tuple[Column, Column, Column, Column]] = {
    ("lagerflyttsorder", "lagerflytt"): (
        refused(WHO, "lagerflytt-creator", ("lagerpersonal", "tekniker")),
        refused(SENDERS, "lagerflytt-sender", ("10",)),
        refused(tuple(RECEIVERS), "lagerflytt-receiver", ("own kommunlager", "other kommun's kommunlager")),
        NOTHING_MEDICAL,
    ),
    ("lagerflyttsorder", "lagerflytt_mellan_kommuner"): (
        free(WHO),
        dict.fromkeys(SENDERS, ("between-kommuner-disabled",)),
        free(tuple(RECEIVERS)),
        NOTHING_MEDICAL,
    ),
    **{
        ("lagerflyttsorder", unused): (free(WHO), NOT_USED, free(tuple(RECEIVERS)), NOTHING_MEDICAL)
        for unused in (None, "direktforskrivning", "forskrivning", "akutflytt")
    },
    ("bestallning", None): (
        ORDERERS,
        refused(SENDERS, "bestallning-sender", ("10", "50301")),
        refused(tuple(RECEIVERS), "bestallning-receiver", ("vårdenhet",)),
        refused(DECISIONS, "bestallning-medical-decision", ("none",)),
    ),
    ("forskrivning", "direktforskrivning"): (
        LICENSED,
        refused(SENDERS, "direktforskrivning-sender", ("50301",)),
        TO_A_PATIENT,
        ALWAYS_MEDICAL,
    ),
    ("forskrivning", "forskrivning"): (
        LICENSED,
        refused(SENDERS, "forskrivning-sender", ("10",)),
        TO_A_PATIENT,
        ALWAYS_MEDICAL,
    ),
    **{
        ("forskrivning", unused): (LICENSED, NOT_USED, TO_A_PATIENT, ALWAYS_MEDICAL)
        for unused in (None, "lagerflytt", "lagerflytt_mellan_kommuner", "hyra")
    },
}


@pytest.mark.parametrize(("order_type", "customer_order_type"), TABLE)
def test_a_row_is_refused_for_exactly_what_its_columns_say(order_type: str, customer_order_type: str | None) -> None:
    creators, senders, receivers, decisions = TABLE[order_type, customer_order_type]
    for who, sender, receiver, decision in product(creators, senders, receivers, decisions):
        kind, code = RECEIVERS[receiver]
        order = lagerflytt(
            order_type=OrderType(order_type),
            customer_order_type=customer_order_type,
            orderer_person=who,
            sender=sender,
            receiver_kind=kind,
            receiver_code=code,
            prescriber="forskrivare" if "prescriber" in decision else None,
            medical_decision="decision" in decision,
        )
        expected = sorted(creators[who] + senders[sender] + receivers[receiver] + decisions[decision])
        assert codes(order) == expected, (who, sender, receiver, decision)


@pytest.mark.parametrize("unused", ["lagerflytt", "lagerflytt_mellan_kommuner", "direktforskrivning", "hyra", ""])
def test_a_bestallning_has_no_customer_order_type_and_its_other_rules_are_still_asked(unused: str) -> None:
    order = lagerflytt(order_type=OrderType.BESTALLNING, customer_order_type=unused)
    assert codes(order) == ["bestallning-creator", "bestallning-receiver", "kundordertyp-not-used"]


def test_a_configured_customer_order_type_obeys_the_rules_of_lagerflytt() -> None:
    policy = RulePolicy(frozenset({"lagerflytt", "akutflytt"}))
    assert codes(lagerflytt(customer_order_type="akutflytt"), policy) == []
    assert codes(lagerflytt(customer_order_type="akutflytt", sender="50302"), policy) == ["lagerflytt-sender"]


def test_lagerflytt_itself_is_refused_where_it_is_not_configured() -> None:
    assert codes(lagerflytt(), RulePolicy(frozenset())) == ["kundordertyp-not-used"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instruction_reference": None}, "instruction.reference"),
        ({"instruction_reference": ""}, "instruction.reference"),
        ({"instruction_approved_by": None}, "instruction.approved_by"),
        ({"instruction_approved_by": "tekniker"}, "instruction.approved_by"),
        ({"instruction_reference": None, "instruction_approved_by": None}, "instruction"),
    ],
)
def test_a_move_between_kommuner_needs_an_instruction_and_somebody_elses_approval(
    changes: dict[str, str | None], field: str
) -> None:
    found = at(mellan_kommuner(**changes), BETWEEN_KOMMUNER)
    assert found == [("between-kommuner-instruction", field)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sender": "10"}, "sender"),
        ({"receiver_code": "10"}, "receiver.id"),
        ({"receiver_code": "50302"}, "receiver.id"),
        ({"sender": "60401"}, "receiver.id"),
        ({"receiver_kind": ReceiverKind.VARDENHET, "receiver_code": "04-01"}, "receiver.kind"),
        ({"receiver_kind": ReceiverKind.PATIENT, "receiver_code": None}, "receiver.kind"),
    ],
)
def test_a_move_between_kommuner_goes_from_one_kommuns_store_to_anothers(
    changes: dict[str, object], field: str
) -> None:
    found = at(mellan_kommuner(**changes), BETWEEN_KOMMUNER)
    assert found == [("between-kommuner-parties", field)]


def test_who_may_move_between_kommuner_is_up_to_the_instruction() -> None:
    assert codes(mellan_kommuner(orderer_person="beställare"), BETWEEN_KOMMUNER) == []


def test_between_kommuner_that_is_not_configured_says_only_that() -> None:
    broken = mellan_kommuner(sender="10", instruction_reference=None, orderer_person="beställare")
    assert codes(broken, USUAL) == ["between-kommuner-disabled"]


@pytest.mark.parametrize("given", ["instruction_reference", "instruction_approved_by"])
def test_an_instruction_belongs_to_moves_between_kommuner_alone(given: str) -> None:
    instruction = {given: "lagerpersonal"}
    assert codes(lagerflytt(**instruction)) == ["field-format"]
    assert codes(forskrivning(**instruction)) == ["field-format"]
    assert codes(forskrivning(customer_order_type="hyra", **instruction)) == ["kundordertyp-not-used"]
