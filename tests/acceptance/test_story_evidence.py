"""By what right was it prescribed? What was found at validation stays with the order, whatever becomes of the right."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from acceptance.world import write_master_data, write_orders, write_table
from command_line import CommandLine
from request_bodies import PERSONNUMMER

TODAY = datetime.now(ZoneInfo("Europe/Stockholm")).date()
SINCE = TODAY - timedelta(days=30)
RIGHT = {
    "person": "forsk-1", "profession": "arbetsterapeut", "unit": "03-05", "iso_prefix": "1222",
    "valid_from": SINCE.isoformat(), "valid_to": None,
}  # fmt: skip


def a_prescription(external_id: str, **changes: object) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "order_type": "forskrivning",
        "customer_order_type": "forskrivning",
        "ordered_on": TODAY.isoformat(),
        "sender": "10",
        "receiver": {"kind": "patient", "id": PERSONNUMMER},
        "orderer": {"person": "forsk-1", "unit": "03-05"},
        "prescriber": "forsk-1",
        "medical_decision": {"date": TODAY.isoformat(), "reference": "J-17"},
        "lines": [{"article": "12345", "quantity": 3}],
        "partial": True,
    } | changes


def load(orderflode: CommandLine, *rights: tuple[object, ...]) -> None:
    folder = write_master_data(orderflode.folder / "master", {("10", "12345"): 1})
    write_table(folder / "prescribing_rights.csv", "person,unit,iso_prefix,valid_from,valid_to", rights)
    orderflode.run("load", folder)


def evidence(orderflode: CommandLine, order: object) -> Any:
    return orderflode.read("order", "show", order)["evidence"]


def test_the_right_that_was_found_is_kept_by_the_order_and_its_restorder(orderflode: CommandLine) -> None:
    load(orderflode, ("forsk-1", "03-05", "1222", SINCE, ""))
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", [a_prescription("F-1")]))
    orderflode.run("work", "--until-done")
    order = orderflode.read("order", "show", "import:F-1")
    (restorder,) = order["restorder"]
    assert (order["state"], order["evidence"]) == ("delivered", [RIGHT])
    assert evidence(orderflode, restorder) == [RIGHT]
    shown = orderflode.run("order", "show", "import:F-1").out
    for part in ("forsk-1", "arbetsterapeut", "enhet 03-05", "produktgrupp 1222", SINCE.isoformat()):
        assert part in shown

    # The right ends, with a profession of another name; the goods come, and the rest is delivered on what was found.
    load(orderflode, ("forsk-1", "03-05", "1222", SINCE, TODAY - timedelta(days=1)))
    orderflode.run("stock", "receive", "10", "12345", 5, "--document", "F-77")
    orderflode.run("work", "--until-done")
    assert orderflode.read("order", "show", restorder)["state"] == "delivered"
    assert evidence(orderflode, restorder) == evidence(orderflode, "import:F-1") == [RIGHT]
    assert orderflode.read("verify")["broken"] == []


def test_an_amended_order_has_the_evidence_of_what_it_became(orderflode: CommandLine, tmp_path: Path) -> None:
    load(orderflode, ("forsk-1", "03-05", "09", SINCE, ""))
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", [a_prescription("F-1")]))
    orderflode.run("work", "--until-done")
    rejected = orderflode.read("order", "show", "import:F-1")
    assert (rejected["state"], rejected["evidence"]) == ("rejected", None)

    load(orderflode, ("forsk-1", "03-05", "1222", SINCE, ""))
    right = tmp_path / "right.json"
    right.write_text(json.dumps(a_prescription("F-1", lines=[{"article": "12345", "quantity": 1}])))
    orderflode.run("order", "amend", "import:F-1", "--file", right)
    orderflode.run("work", "--until-done")

    assert orderflode.read("order", "show", "import:F-1")["state"] == "delivered"
    assert evidence(orderflode, "import:F-1") == [RIGHT]


def test_where_no_right_is_needed_there_is_no_evidence(orderflode: CommandLine) -> None:
    load(orderflode)
    order = a_prescription("B-1") | {
        "order_type": "bestallning", "customer_order_type": None, "prescriber": None, "medical_decision": None,
        "receiver": {"kind": "vardenhet", "id": "03-05"},
    }  # fmt: skip
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", [order]))
    orderflode.run("work", "--until-done")

    assert evidence(orderflode, "import:B-1") is None
    assert "Förskrivningsrätt" not in orderflode.run("order", "show", "import:B-1").out
