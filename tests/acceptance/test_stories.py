"""Can people do their work by the command line? Stories of lager 10, where a person confirms what is picked."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from acceptance.pdf_barcodes import barcodes_in
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from unit.document_reading import words_of


def test_what_a_person_confirms_is_picked_papered_and_delivered(orderflode: CommandLine, tmp_path: Path) -> None:
    orders = [
        an_order("B-1", ("12345", 2), ("A-1", 1)),
        an_order("B-2", ("12345", 3)),
        an_order("B-3", ("12345", 1), priority="akut"),
    ]
    begin(orderflode, {("10", "12345"): 10, ("10", "A-1"): 5}, orders, picking="confirmed", delivery="confirmed")
    waiting = orderflode.read("orders", "--state", "validated", "--type", "bestallning", "--store", "10")
    ids = {order["external_id"]: order["id"] for order in waiting}
    assert set(ids) == {"B-1", "B-2", "B-3"}
    assert balance(orderflode, "12345") == (10, 6, 0)

    picks = written(orderflode, tmp_path / "picks.pdf", "pick-list", "--store", "10")
    # What is urgent is picked first.
    assert barcodes_in(picks) == [f"ORDER-{ids[each]}" for each in ("B-3", "B-1", "B-2")]
    assert "Rollator A-1" in words_of(picks)

    confirmed = orderflode.read("confirm", "pick", "import:B-1", ids["B-3"])
    assert [order["state"] for order in confirmed] == ["picked", "picked"]
    orderflode.run("confirm", "pick", "import:B-2", "--short", "12345=1")
    assert balance(orderflode, "12345") == (4, 0, 5)

    orderflode.run("work", "--until-done")
    numbers = {
        order["external_id"]: order["utleveranser"] for order in orderflode.read("orders", "--state", "utleverans")
    }
    assert set(numbers) == {"B-1", "B-2", "B-3"}
    (number,) = numbers["B-1"]
    assert number.rpartition("-")[0] == f"10-{datetime.now(ZoneInfo('Europe/Stockholm')).year}"
    utleverans = orderflode.read("utleverans", "show", number)
    assert (utleverans["external_id"], utleverans["store"], utleverans["state"]) == ("B-1", "10", "utleverans")
    assert [(line["article"], line["quantity"]) for line in utleverans["lines"]] == [("12345", 2), ("A-1", 1)]

    note = written(orderflode, tmp_path / "note.pdf", "utleverans", "document", number)
    assert barcodes_in(note) == [number, f"ORDER-{ids['B-1']}"]
    assert "Hemvården Norr" in words_of(note)

    orderflode.run("confirm", "deliver", "import:B-1")
    (short,) = orderflode.read("confirm", "deliver", "import:B-2", "--short", "12345=1")
    assert [(line["quantity"], line["picked"], line["delivered"]) for line in short["lines"]] == [(3, 2, 1)]
    failed = orderflode.read("fail-delivery", "import:B-3", "--reason", "ingen hemma")
    assert (failed["state"], failed["history"][-1]["reason"]) == ("cancelled", "ingen hemma")
    # The unit that nobody took is back on the shelf, and one is kept for what B-2 still lacks.
    assert balance(orderflode, "12345") == (5, 1, 0)
    (restorder,) = short["restorder"]
    rest = orderflode.read("order", "show", restorder)
    assert (rest["state"], rest["rest_of"], rest["lines"][0]["quantity"]) == ("validated", short["id"], 1)
    assert orderflode.read("verify")["broken"] == []


def test_an_order_tells_its_history_and_the_status_tells_of_all(orderflode: CommandLine) -> None:
    begin(orderflode, {("10", "12345"): 2}, [an_order("B-1", ("12345", 2)), an_order("B-2", ("12345", 1))])

    order = orderflode.read("order", "show", "import:B-1")
    assert [(each["event"], each["from"], each["to"]) for each in order["history"]] == [
        ("create", None, "draft"),
        ("validate", "draft", "validated"),
        ("pick", "validated", "picked"),
        ("create_utleverans", "picked", "utleverans"),
        ("deliver", "utleverans", "delivered"),
    ]
    assert [each["actor"] for each in order["history"]][1:] == ["orderflode"] * 4
    moments = [datetime.fromisoformat(each["at"]) for each in order["history"]]
    assert moments == sorted(moments) and all(moment.utcoffset() is not None for moment in moments)
    assert order["lines"][0] | {"article": "12345", "quantity": 2, "picked": 2, "delivered": 2} == order["lines"][0]
    assert orderflode.run("order", "show", order["id"]).out.startswith(f"Order {order['id']}  import:B-1  Levererad")

    status = orderflode.read("status")
    counts = {(each["order_type"], each["state"]): each["count"] for each in status["orders"]}
    assert counts == {("bestallning", "delivered"): 1, ("bestallning", "backordered"): 1}
    assert (status["due"], status["held"], status["backordered"]) == (0, 0, 1)
    assert {process["name"] for process in status["processes"]} >= {"dispatcher", "canary"}
    assert "restnoterade (backordered)" in orderflode.run("status").out


def test_goods_that_arrive_let_waiting_orders_go_on_and_a_count_lets_them_wait(orderflode: CommandLine) -> None:
    orders = [an_order("B-1", ("00890", 3)), an_order("B-2", ("00890", 2))]
    begin(orderflode, {("10", "00890"): 1}, orders, picking="confirmed")
    assert states(orderflode) == {"B-1": "backordered", "B-2": "backordered"}

    orderflode.run("stock", "receive", "10", "00890", 4, "--document", "F-77")
    twice = orderflode.run("stock", "receive", "10", "00890", 4, "--document", "F-77", status=1)
    assert "F-77" in twice.complaint
    orderflode.run("work", "--until-done")
    assert states(orderflode) == {"B-1": "validated", "B-2": "validated"}
    assert balance(orderflode, "00890") == (5, 5, 0)

    orderflode.run("stock", "adjust", "10", "00890", 4, "--reason", "inventering")
    # The younger order gives its goods up.
    assert states(orderflode) == {"B-1": "validated", "B-2": "backordered"}
    assert balance(orderflode, "00890") == (4, 3, 0)

    cancelled = orderflode.read("order", "cancel", "import:B-1", "--reason", "dubbel")
    assert (cancelled["state"], cancelled["history"][-1]["reason"]) == ("cancelled", "dubbel")
    orderflode.run("work", "--until-done")
    assert states(orderflode) == {"B-1": "cancelled", "B-2": "validated"}
    assert balance(orderflode, "00890") == (4, 2, 0)
    assert orderflode.read("verify")["broken"] == []


def test_an_order_that_broke_a_rule_is_amended_and_goes_on(orderflode: CommandLine, tmp_path: Path) -> None:
    begin(orderflode, {("10", "12345"): 5}, [an_order("B-1", ("12345", 2), sender="99")])
    order = orderflode.read("order", "show", "import:B-1")
    assert (order["state"], [each["code"] for each in order["violations"]]) == ("rejected", ["store-unknown"])
    right = tmp_path / "right.json"
    right.write_text(json.dumps(an_order("B-1", ("12345", 2))))
    malformed = tmp_path / "malformed.json"
    malformed.write_text(json.dumps(an_order("B-1", ("12345", 0))))
    no_json = tmp_path / "no.json"
    no_json.write_text("{")

    assert "quantity" in orderflode.run("order", "amend", "import:B-1", "--file", malformed, status=1).complaint
    assert "no.json" in orderflode.run("order", "amend", "import:B-1", "--file", no_json, status=2).complaint
    absent = orderflode.run("order", "amend", "import:B-1", "--file", tmp_path / "absent.json", status=2)
    assert "absent.json" in absent.complaint
    assert states(orderflode) == {"B-1": "rejected"}

    assert orderflode.read("order", "amend", "import:B-1", "--file", right)["state"] == "draft"
    orderflode.run("work", "--until-done")

    amended = orderflode.read("order", "show", "import:B-1")
    assert (amended["id"], amended["state"], amended["violations"]) == (order["id"], "delivered", [])
    assert [each["event"] for each in amended["history"]][:4] == ["create", "validate", "amend", "validate"]
    assert "delivered" in orderflode.run("order", "amend", "import:B-1", "--file", right, status=1).complaint
    assert orderflode.read("verify")["broken"] == []


def test_the_state_machines_are_drawn_as_text_and_as_a_picture(orderflode: CommandLine) -> None:
    text = orderflode.run("diagram", "bestallning").out
    picture = orderflode.run("diagram", "forskrivning", "--format", "svg").out

    assert text.startswith("stateDiagram-v2")
    assert "<title>forskrivning</title>" in picture and picture.rstrip().endswith("</svg>")
    for state in ("draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled"):
        assert state in text and f'<g id="{state}">' in picture


def begin(
    orderflode: CommandLine, stock: dict[tuple[str, str], int], orders: list[dict[str, Any]], **policies: str
) -> None:
    """Load the region with `stock`, import `orders` and let the workers do what they can."""
    orderflode.run("load", write_master_data(orderflode.folder / "master", stock, **policies))
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")


def states(orderflode: CommandLine) -> dict[str, str]:
    """Where each order is."""
    return {order["external_id"]: order["state"] for order in orderflode.read("orders")}


def balance(orderflode: CommandLine, article: str) -> tuple[int, int, int]:
    """(on_hand, reserved, outbound) of the article in lager 10."""
    (found,) = orderflode.read("stock", "--store", "10", "--article", article)
    return found["on_hand"], found["reserved"], found["outbound"]


def written(orderflode: CommandLine, file: Path, *words: object) -> bytes:
    """The document that the command wrote to `file`."""
    assert orderflode.run(*words, "--out", file).out.strip() == str(file)
    return file.read_bytes()
