"""How does an order of each type look? The documentation's examples, one a row of the rule table (R1–R6).

The patient's number is one of Skatteverket's official test numbers.
"""

from typing import Any

PATIENT = "200001011493"


def _example(summary: str, **order: Any) -> dict[str, Any]:
    return {"summary": summary, "value": order}


_LINES = [{"article": "12345", "quantity": 2}]
_TO_PATIENT = {
    "order_type": "forskrivning",
    "receiver": {"kind": "patient", "id": PATIENT},
    "orderer": {"person": "forsk-1", "unit": "03-05"},
    "prescriber": "forsk-1",
    "medical_decision": {"date": "2026-11-20", "reference": "J-17"},
    "lines": [{"article": "12345", "quantity": 1}],
}
_TO_UNIT = {
    "order_type": "bestallning",
    "receiver": {"kind": "vardenhet", "id": "03-05"},
    "orderer": {"person": "best-1", "unit": "03-05"},
    "lines": _LINES,
}

ORDERS: dict[str, dict[str, Any]] = {
    "lagerflytt": _example(
        "Lagerflytt: lager 10 fyller på ett kommunlager (R1)",
        external_id="L-1001", order_type="lagerflyttsorder", customer_order_type="lagerflytt", sender="10",
        receiver={"kind": "kommunlager", "id": "50301"}, orderer={"person": "lager-1", "unit": "03-05"}, lines=_LINES,
    ),
    "lagerflytt_mellan_kommuner": _example(
        "Lagerflytt mellan kommuner, där den är påslagen (R2)",
        external_id="M-1001", order_type="lagerflyttsorder", customer_order_type="lagerflytt_mellan_kommuner",
        sender="50401", receiver={"kind": "kommunlager", "id": "50301"},
        orderer={"person": "lager-1", "unit": "03-05"},
        instruction={"reference": "I-3", "approved_by": "hms-1"}, lines=_LINES,
    ),
    "bestallning_eget_lager": _example(
        "Beställning från eget lager till en vårdenhet (R3)", external_id="B-1001", sender="50301", **_TO_UNIT
    ),
    "bestallning_hms": _example(
        "Beställning från lager 10 till en vårdenhet (R4)", external_id="B-1002", sender="10", **_TO_UNIT
    ),
    "direktforskrivning": _example(
        "Direktförskrivning från eget lager till en patient (R5)",
        external_id="F-1001", customer_order_type="direktforskrivning", sender="50301", **_TO_PATIENT,
    ),
    "forskrivning": _example(
        "Förskrivning från lager 10 till en patient (R6)",
        external_id="F-1002", customer_order_type="forskrivning", sender="10", **_TO_PATIENT,
    ),
}  # fmt: skip

SEARCHES = {"number": _example("Med personnummer", number=PATIENT, reason="Patienten frågar efter sin rollator")}
LOOKS = {"reason": _example("Varför (why)", reason="Ringer patienten om leveransen")}
REASONS = {"reason": _example("Varför (why)", reason="Beställd två gånger")}
CONFIRMATIONS: dict[str, dict[str, Any]] = {
    "all": _example("Allt är där (all is there)"),
    "short": _example("En saknas (one is missing)", short={"12345": 1}),
}
