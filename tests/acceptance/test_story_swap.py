"""The story of a wheelchair that broke: swapped for another, its accessory follows, and the old one goes to repair.

Told through the command line. Next: tests/integration/test_swaps.py, tests/integration/test_accessories.py.
"""

import json
from typing import Any

from acceptance.world import write_master_data, write_orders, write_table
from command_line import CommandLine
from request_bodies import PERSONNUMMER, a_body

CHAIR, CUSHION = "A-1", "12345"


def begin(orderflode: CommandLine) -> None:
    """A region where A-1 is individually marked: W-1 and W-2 at HMS, K-1 in the own store, cushions at both."""
    stock = {("10", CUSHION): 9, ("50301", CUSHION): 9, ("10", CHAIR): 2, ("50301", CHAIR): 1}
    orderflode.run("load", write_master_data(orderflode.folder / "master", stock))
    marked = orderflode.folder / "marked"
    marked.mkdir()
    write_table(marked / "articles.csv", "number,name,iso_class,individual", [[CHAIR, "Rullstol", "122203", "1"]])
    devices = [["10", CHAIR, "W-1"], ["10", CHAIR, "W-2"], ["50301", CHAIR, "K-1"]]
    write_table(marked / "devices.csv", "store,article,serial_number", devices)
    orderflode.run("load", marked)


def prescribed(orderflode: CommandLine, number: str, *lines: dict[str, Any]) -> None:
    """A förskrivning from HMS to the patient, worked as far as it goes."""
    order = a_body(external_id=number, customer_order_type="forskrivning", sender="10", lines=list(lines))
    orderflode.run("import", write_orders(orderflode.folder / f"{number}.ndjson", [order]))
    orderflode.run("work", "--until-done")


def test_a_broken_wheelchair_is_swapped_and_its_accessory_follows(orderflode: CommandLine) -> None:
    begin(orderflode)
    cushion = {"article": CUSHION, "quantity": 1, "accessory_to": "W-1"}
    prescribed(orderflode, "F-1", {"article": CHAIR, "quantity": 1, "serial_numbers": ["W-1"]}, cushion)
    prescribed(orderflode, "F-2", {"article": CUSHION, "quantity": 1})
    orderflode.run("device", "tie", "import:F-2", 1, "W-1", "--reason", "hör till rullstolen")
    told = orderflode.run("device", "tie", "import:F-2", 1, "W-2", "--reason", "fel", status=1)
    assert "varken på en annan rad" in told.complaint
    assert [each["units"] for each in orderflode.read("device", "show", "W-1")["accessories"]] == [1, 1]

    made = orderflode.read("device", "swap", "W-1", "K-1", "--reason", "ramen sprucken", "--to", "50301")
    number, returned = made["order"]["external_id"], made["return"]["number"]
    assert (made["order"]["customer_order_type"], made["order"]["priority"], made["return"]["state"]) == (
        "direktforskrivning", "akut", "requested",
    )  # fmt: skip
    again = orderflode.run("device", "swap", "W-1", "W-2", "--reason", "igen", status=1)
    assert number in again.complaint
    orderflode.run("work", "--until-done")
    order = orderflode.read("order", "show", f"orderflode:{number}")
    assert order["state"] == "delivered" and len(order["utleveranser"]) == 1
    assert orderflode.read("order", "show", "import:F-1")["swaps"] == [order["id"]]

    orderflode.run("return", "receive", returned, "--repair", "W-1")
    old, other = orderflode.read("device", "show", "W-1"), orderflode.read("device", "show", "K-1")
    assert (old["place"], old["store"], old["accessories"]) == ("repair", "50301", [])
    assert (other["place"], other["receiver"]) == ("receiver", "patient")
    assert [(each["article"], each["units"]) for each in other["accessories"]] == [(CUSHION, 1), (CUSHION, 1)]
    assert [each["event"] for each in old["life"]] == [
        "register", "reserve", "pick", "deliver", "tie", "swap", "untie", "untie", "return", "repair",
    ]  # fmt: skip
    assert [each["event"] for each in other["life"]] == [
        "register", "swap", "reserve", "pick", "deliver", "tie", "tie",
    ]  # fmt: skip
    page = orderflode.run("device", "show", "W-1").out
    assert f"Bytt mot (replaced by) {CHAIR} K-1" in page and returned in page
    assert f"Byte för order {order['swap_of']}" in orderflode.run("order", "show", f"orderflode:{number}").out
    assert PERSONNUMMER not in json.dumps([old, other, order, made]) + page
    assert orderflode.read("verify")["broken"] == []


def test_a_wheelchair_that_goes_back_takes_its_accessories_along(orderflode: CommandLine) -> None:
    begin(orderflode)
    cushion = {"article": CUSHION, "quantity": 1, "accessory_to": "W-1"}
    prescribed(orderflode, "F-1", {"article": CHAIR, "quantity": 1, "serial_numbers": ["W-1"]})
    prescribed(orderflode, "F-2", cushion)
    asking = ("return", "request", "import:F-1", "--to", "10", "--reason", "behövs inte")
    alone = orderflode.run(*asking, "--json")
    assert f"1 {CUSHION}" in alone.err and "--with-accessories" in alone.err
    orderflode.run("return", "cancel", alone.document["number"], "--reason", "även dynan")

    both = orderflode.run(*asking, "--with-accessories", "--received", "--shelf", "all", "--json")
    assert "--with-accessories" not in both.err
    assert [(each["article"], each["restocked"]) for each in both.document["lines"]] == [(CHAIR, 1), (CUSHION, 1)]
    assert both.document["state"] == "closed"
    assert orderflode.read("device", "show", "W-1")["accessories"] == []
    assert orderflode.read("verify")["broken"] == []


def test_calls_that_cannot_be_tried_end_with_2(orderflode: CommandLine) -> None:
    swap = ("device", "swap", "W-1", "W-2", "--reason", "x")
    orderflode.run(*swap, "--repair", status=2)
    orderflode.run(*swap, "--received", "--repair", "--shelf", status=2)
    orderflode.run(*swap, "--orderer", "forsk-1", status=2)
    assert "finns inte" in orderflode.run(*swap, status=1).complaint
