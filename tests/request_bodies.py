"""Bodies of orders for tests: one that is right in every field, and what the reader says of it when changed.

The patients' numbers are Skatteverket's official test numbers.
"""

from datetime import date
from typing import Any

from exchange.order_request import OrderRequest
from exchange.order_shape import read_order
from workflows.violations import Violation

TODAY = date(2026, 11, 20)
PERSONNUMMER = "200001011493"
CENTENARIAN = "189001019802"
SAMORDNINGSNUMMER = "191401682396"


def a_body(**changes: object) -> dict[str, Any]:
    """A förskrivning that is right in every field."""
    return {
        "external_id": "F-1",
        "order_type": "forskrivning",
        "customer_order_type": "direktforskrivning",
        "ordered_on": "2026-11-01",
        "sender": "50301",
        "receiver": {
            "kind": "patient",
            "id": PERSONNUMMER,
            "name": "Åsa Öberg",
            "address": {"street": "Storgatan 1", "postal_code": "652 24", "city": "Karlstad"},
            "phone": "054-12 34 56",
            "protected": False,
        },
        "orderer": {"person": "forsk-1", "unit": "03-05"},
        "prescriber": "forsk-1",
        "medical_decision": {"date": "2026-11-01", "reference": "J-17"},
        "instruction": None,
        "lines": [
            {"article": "12345", "quantity": 1},
            {"article": "00890", "quantity": 2, "serial_numbers": ["SN-1", "SN-2"]},
        ],
        "priority": "akut",
        "partial": True,
        "wanted_date": "2026-12-01",
        "reference": "Ref 1",
        "note": "Ring först",
    } | changes


def with_line(**changes: object) -> dict[str, Any]:
    return a_body(lines=[{"article": "12345", "quantity": 3} | changes])


def with_receiver(**changes: object) -> dict[str, Any]:
    return a_body(receiver={"kind": "patient", "id": PERSONNUMMER} | changes)


def taken(body: object) -> OrderRequest:
    request = read_order(body, today=TODAY)
    assert isinstance(request, OrderRequest), request
    return request


def refused(body: object) -> list[Violation]:
    violations = read_order(body, today=TODAY)
    assert isinstance(violations, list)
    return violations


def faults(body: object) -> list[tuple[str, str]]:
    return [(violation.code, violation.field) for violation in refused(body)]
