"""How would somebody send a stored order? The body that `order amend` takes, without who the patient is.

The patient's number, and a recipient's name, address, phone and note, are sealed: showing them is a look that the
access log holds, so that they are left out here, and said to be. Next: order_shape.py, which reads a body.
"""

from dataclasses import dataclass, field
from typing import Any

from config.database import Connection
from exchange.shape_check import RESERVED_SOURCE
from workflows.queries import read_orders

NUMBER_LEFT_OUT = (
    "Patientens nummer visas inte: fyll i receiver.id innan filen används "
    "(the patient's number is not shown: fill receiver.id in before the file is used)"
)
RECIPIENT_LEFT_OUT = (
    "Mottagarens namn, adress, telefon och meddelande visas inte: fyll i dem på nytt, annars går de förlorade "
    "(the recipient's name, address, phone and note are not shown: fill them in again, or they are lost)"
)


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """The body in the interface's incoming shape, and a sentence for each thing a person must fill in."""

    body: dict[str, Any]
    left_out: list[str] = field(default_factory=list)


def written_order(tx: Connection, order_id: int) -> WrittenOrder:
    """The order `order_id`, which exists, as somebody would send it."""
    (order,) = read_orders(tx, [order_id])
    row = tx.execute("SELECT protected, recipient IS NOT NULL FROM orders WHERE id = %s", (order_id,)).fetchone()
    assert row is not None
    protected, has_recipient = row
    of_patient = order["receiver_kind"] == "patient"
    receiver = {"kind": order["receiver_kind"], "id": order["receiver_code"]}
    given = {
        "external_id": order["external_id"],
        # The system's own name is nobody's to send as; the order keeps its source whatever the body says.
        "source": None if order["source"] == RESERVED_SOURCE else order["source"],
        "order_type": order["order_type"],
        "customer_order_type": order["customer_order_type"],
        "ordered_on": order["ordered_on"],
        "sender": order["sender"],
        "receiver": receiver | ({"protected": True} if protected else {}),
        "orderer": {"person": order["orderer_person"], "unit": order["orderer_unit"]},
        "prescriber": order["prescriber"],
        "medical_decision": order["medical_decision"],
        "instruction": order["instruction"],
        "lines": [_line(line) for line in order["lines"]],
        "priority": order["priority"],
        "partial": order["partial"],
        "accept_equivalent": order["accept_equivalent"],
        "wanted_date": order["wanted_date"],
        "reference": order["reference"],
    }
    told = ((of_patient, NUMBER_LEFT_OUT), (has_recipient, RECIPIENT_LEFT_OUT))
    return WrittenOrder(
        {name: value for name, value in given.items() if value is not None},
        [sentence for left_out, sentence in told if left_out],
    )


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """A line as it was asked for: the article that was ordered, and the devices that were named."""
    asked = {
        "article": line["ordered_article"] or line["article"],
        "quantity": line["quantity"],
        "serial_numbers": line["serial_numbers"],
        "accessory_to": line["accessory_to"],
    }
    return {name: value for name, value in asked.items() if value}
