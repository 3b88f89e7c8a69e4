"""The story of a wheelchair: received by its number, picked by hand, out to a vårdenhet, and followed all the way.

Next: tests/integration/test_devices.py, every step by itself.
"""

import json
from pathlib import Path
from typing import Any

from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine
from unit.document_reading import words_of

CHAIR = "A-1"


def begin(
    orderflode: CommandLine,
    orders: list[dict[str, Any]],
    devices: list[list[str]],
    unknown: int = 0,
    **policies: str,
) -> None:
    """A region where A-1 is individually marked, with devices of devices.csv and the goods they are of, and as many
    of them in lager 10 as are `unknown` by their numbers."""
    stock = {("10", "12345"): 9, ("10", CHAIR): unknown}
    for store, article, _ in devices:
        stock[store, article] = stock.get((store, article), 0) + 1
    folder = write_master_data(orderflode.folder / "master", stock, **policies)
    orderflode.run("load", folder)
    marked = orderflode.folder / "marked"
    marked.mkdir()
    write_table(marked / "articles.csv", "number,name,iso_class,individual", [[CHAIR, "Rullstol", "122203", "1"]])
    write_table(marked / "devices.csv", "store,article,serial_number", devices)
    orderflode.run("load", marked)
    take_in(orderflode, orders)


def take_in(orderflode: CommandLine, orders: list[dict[str, Any]]) -> None:
    """Import the orders and let the workers do what they can."""
    if orders:
        orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
        orderflode.run("work", "--until-done")


def test_a_wheelchair_is_picked_by_its_number_and_followed_to_its_receiver(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    orders = [an_order("B-1", (CHAIR, 2), ("12345", 1)), an_order("B-2", (CHAIR, 1))]
    begin(orderflode, orders, [["10", CHAIR, "W-1"], ["10", CHAIR, "W-2"]], picking="confirmed", delivery="confirmed")
    assert {each["external_id"]: each["state"] for each in orderflode.read("orders")} == {
        "B-1": "validated", "B-2": "backordered",
    }  # fmt: skip

    nameless = orderflode.run("stock", "receive", "10", CHAIR, 2, "--document", "F-1", "--serial", "W-3", status=1)
    assert "1 individnummer saknas" in nameless.complaint
    received = ("stock", "receive", "10", CHAIR, 2, "--document", "F-1", "--serial", "W-3", "--serial", "W-4")
    orderflode.run(*received)
    assert "F-1" in orderflode.run(*received, status=1).complaint
    orderflode.run("work", "--until-done")
    standing = orderflode.read("devices", "--store", "10", "--article", CHAIR)
    assert [(each["serial_number"], each["place"]) for each in standing] == [
        (number, "store") for number in ("W-1", "W-2", "W-3", "W-4")
    ]

    picks = tmp_path / "picks.pdf"
    orderflode.run("pick-list", "--store", "10", "--out", picks)
    assert "W-1, W-2" in words_of(picks.read_bytes()) and "W-3" in words_of(picks.read_bytes())
    stranger = orderflode.run("confirm", "pick", "import:B-1", "--serial", f"{CHAIR}=W-1", status=1)
    assert f"1 individnummer saknas för artikel {CHAIR}" in stranger.err
    taken = [word for number in ("W-4", "W-2") for word in ("--serial", f"{CHAIR}={number}")]
    (picked,) = orderflode.read("confirm", "pick", "import:B-1", *taken)
    assert picked["lines"][0]["serial_numbers"] == ["W-4", "W-2"]
    again = orderflode.run("confirm", "pick", "import:B-2", "--serial", f"{CHAIR}=W-4", status=1)
    assert "redan utlämnad" in again.err
    orderflode.run("confirm", "pick", "import:B-2")
    orderflode.run("work", "--until-done")

    order = orderflode.read("order", "show", "import:B-1")
    (number,) = order["utleveranser"]
    assert orderflode.read("utleverans", "show", number)["lines"][0]["serial_numbers"] == ["W-4", "W-2"]
    note = tmp_path / "note.pdf"
    orderflode.run("utleverans", "document", number, "--out", note)
    assert "W-4, W-2" in words_of(note.read_bytes()) and "W-1" not in words_of(note.read_bytes())
    orderflode.run("confirm", "deliver", "import:B-1")

    chair = orderflode.read("device", "W-4")
    assert (chair["place"], chair["order"], chair["receiver"], chair["utleverans"]) == (
        "receiver", order["id"], "03-05", number,
    )  # fmt: skip
    assert [event["event"] for event in chair["life"]] == ["receive", "pick", "deliver"]
    shown = orderflode.run("device", "W-4", "--article", CHAIR).out
    assert "hos mottagaren" in shown and number in shown
    left = [(each["serial_number"], each["place"]) for each in orderflode.read("devices", "--store", "10")]
    assert sorted(left) == [("W-1", "outbound"), ("W-3", "store")]
    assert orderflode.read("verify")["broken"] == []


def test_from_the_own_store_nothing_leaves_without_its_number(orderflode: CommandLine, tmp_path: Path) -> None:
    own = {"sender": "50301"}
    named = {"article": CHAIR, "quantity": 1, "serial_numbers": ["IN-HAND"]}
    orders = [an_order("B-1", (CHAIR, 1), **own), an_order("B-2", **own, lines=[named]), an_order("B-3", (CHAIR, 1))]
    begin(orderflode, orders, [["50301", CHAIR, "W-1"]])
    states = {each["external_id"]: each["state"] for each in orderflode.read("orders")}
    assert states == {"B-1": "rejected", "B-2": "delivered", "B-3": "backordered"}
    (violation,) = orderflode.read("order", "show", "import:B-1")["violations"]
    assert violation["code"] == "serial-numbers" and CHAIR in violation["sv"]
    assert [event["event"] for event in orderflode.read("device", "show", "IN-HAND")["life"]] == [
        "register", "pick", "deliver",
    ]  # fmt: skip

    right = tmp_path / "right.json"
    right.write_text(json.dumps(an_order("B-1", **own, lines=[named | {"serial_numbers": ["IN-HAND"]}])))
    orderflode.run("order", "amend", "import:B-1", "--file", right)
    orderflode.run("work", "--until-done")
    (violation,) = orderflode.read("order", "show", "import:B-1")["violations"]
    assert "redan utlämnad" in violation["sv"]
    right.write_text(json.dumps(an_order("B-1", **own, lines=[named | {"serial_numbers": ["W-1"]}])))
    orderflode.run("order", "amend", "import:B-1", "--file", right)
    orderflode.run("work", "--until-done")
    assert orderflode.read("order", "show", "import:B-1")["state"] == "delivered"
    assert orderflode.read("device", "show", "W-1")["place"] == "receiver"
    assert "finns inte" in orderflode.run("device", "show", "NOBODY", status=1).complaint
    assert orderflode.read("verify")["broken"] == []


def test_a_store_that_picks_by_itself_waits_for_a_person_or_for_devices(orderflode: CommandLine) -> None:
    # A balance from before the register was kept: nobody knows two of the three by their numbers.
    begin(orderflode, [], [["10", CHAIR, "W-1"]], unknown=2)
    take_in(orderflode, [an_order("B-1", (CHAIR, 2)), an_order("B-2", (CHAIR, 1))])
    states = {each["external_id"]: (each["state"], each["held"]) for each in orderflode.read("orders")}
    assert states == {"B-1": ("validated", False), "B-2": ("delivered", False)}

    orderflode.run("stock", "receive", "10", CHAIR, 1, "--document", "F-1", "--serial", "W-2")
    orderflode.run("work", "--until-done")
    waits = orderflode.run("confirm", "pick", "import:B-1", status=1)
    assert f"1 individnummer saknas för artikel {CHAIR}" in waits.err
    orderflode.run("stock", "receive", "10", CHAIR, 1, "--document", "F-2", "--serial", "W-3")
    orderflode.run("work", "--until-done")
    order = orderflode.read("order", "show", "import:B-1")
    assert (order["state"], order["lines"][0]["serial_numbers"]) == ("delivered", ["W-2", "W-3"])
    assert orderflode.read("verify")["broken"] == []
