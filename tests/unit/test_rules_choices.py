"""Is a right choice right? Taken, it ends the violation that offers it."""

from dataclasses import replace
from typing import Any

import pytest
from unit.test_rules_valid_orders import (
    USUAL,
    bestallning,
    direktforskrivning,
    forskrivning,
    judged,
    lagerflytt,
)

from workflows.order_types import OrderType, ReceiverKind
from workflows.rules import Order, OrderLine
from workflows.violations import Choice

_NAMES = {
    "customer_order_type": "customer_order_type", "sender": "sender", "receiver.id": "receiver_code",
    "orderer.unit": "orderer_unit", "prescriber": "prescriber",
}  # fmt: skip


def taken(order: Order, choice: Choice) -> Order:
    """The order with the choice in it."""
    for field, value in choice.items():
        change: dict[str, Any]
        if field == "order_type":
            change = {"order_type": OrderType(str(value))}
        elif field == "receiver.kind":
            change = {"receiver_kind": ReceiverKind(str(value))}
        elif field == "medical_decision":
            change = {"medical_decision": False}
        elif field == "instruction":
            change = {"instruction_reference": None, "instruction_approved_by": None}
        elif field.startswith("lines["):
            name = field.partition(".")[2]
            line = replace(order.lines[0], **{name: value or (() if name == "serial_numbers" else None)})
            change = {"lines": (line, *order.lines[1:])}
        else:
            change = {_NAMES[field]: value}
        order = replace(order, **change)
    return order


@pytest.mark.parametrize(
    ("order", "code", "choices"),
    [
        (direktforskrivning(sender="10"), "direktforskrivning-sender", 2),
        (direktforskrivning(orderer_unit="09-09"), "direktforskrivning-sender", 1),
        (forskrivning(sender="50301"), "forskrivning-sender", 2),
        (forskrivning(customer_order_type="lagerflytt"), "kundordertyp-not-used", 2),
        (bestallning(customer_order_type="lagerflytt"), "kundordertyp-not-used", 1),
        (lagerflytt(customer_order_type="annat"), "kundordertyp-not-used", 1),
        (lagerflytt(customer_order_type="lagerflytt_mellan_kommuner"), "between-kommuner-disabled", 1),
        (lagerflytt(sender="50302"), "lagerflytt-sender", 1),
        (lagerflytt(receiver_kind=ReceiverKind.VARDENHET, receiver_code="03-05"), "lagerflytt-receiver", 1),
        (lagerflytt(receiver_code="10"), "lagerflytt-receiver", 1),
        (lagerflytt(prescriber="forskrivare"), "field-format", 1),
        (lagerflytt(orderer_unit="04-01"), "orderer-unit", 2),
        (bestallning(sender="60401"), "bestallning-sender", 2),
        (bestallning(medical_decision=True, prescriber="forskrivare"), "bestallning-medical-decision", 2),
        (bestallning(receiver_kind=ReceiverKind.PATIENT, receiver_code=None), "bestallning-receiver", 1),
        (bestallning(instruction_reference="I-1"), "field-format", 1),
        (forskrivning(receiver_kind=ReceiverKind.VARDENHET, receiver_code="03-05"), "forskrivning-receiver", 2),
        (forskrivning(prescriber=None), "forskrivning-prescriber", 1),
        (forskrivning(orderer_person="olegitimerad"), "forskrivning-creator", 1),
        (bestallning(lines=(OrderLine(1, "utgangen", 1, ()),)), "article-withdrawn", 1),
        (bestallning(lines=(OrderLine(1, "rollator", 1, ("X",)),)), "serial-numbers", 1),
        (bestallning(lines=(OrderLine(1, "rollator", 1, (), None, "X"),)), "accessory-main-device", 1),
    ],
)  # fmt: skip
def test_every_choice_ends_the_violation_that_offers_it(order: Order, code: str, choices: int) -> None:
    (found,) = [each for each in judged(order, USUAL).violations if each.code == code]
    assert len(found.choices) == choices
    for choice in found.choices:
        after = judged(taken(order, choice), USUAL).violations
        assert (found.code, found.field) not in [(each.code, each.field) for each in after], choice
