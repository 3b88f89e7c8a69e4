"""Can a store count its shelves while it works? The story of an inventering at lager 10, told by the command line."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from acceptance.world import ARTICLES, an_order, write_master_data, write_orders, write_table
from command_line import CommandLine

STOCK = {("10", "12345"): 10, ("10", "00890"): 6, ("10", "A-1"): 4, ("50301", "A-1"): 2}


def test_a_shelf_is_counted_while_goods_leave_it(orderflode: CommandLine, tmp_path: Path) -> None:
    begin(orderflode, STOCK, [an_order("B-1", ("00890", 3)), an_order("B-2", ("00890", 2))], picking="confirmed")
    count = orderflode.read("count", "open", "--store", "10", "--shelf", "A-")
    assert (count["state"], count["articles"]) == ("open", 2)
    taken = orderflode.run("count", "open", "--store", "10", "--article", "00890", status=1)
    assert count["id"] in taken.complaint

    # Who counts does not know what to find; the sheet goes along the shelves.
    sheet = orderflode.read("count", "sheet", count["id"])
    assert [(line["shelf"], line["article"]) for line in sheet["lines"]] == [("A-01", "00890"), ("A-02", "12345")]
    assert "expected" not in sheet["lines"][0]
    seeing = orderflode.read("count", "sheet", count["id"], "--show-expected")
    assert [line["expected"] for line in seeing["lines"]] == [6, 10]
    assert "saldo" not in orderflode.run("count", "sheet", count["id"]).out

    # Two are missing of what two orders have reserved, and one of the orders is picked before the count is closed.
    orderflode.run("count", "enter", count["id"], "00890", 9)
    orderflode.run("count", "enter", count["id"], "00890", 4)
    orderflode.run("confirm", "pick", "import:B-1")
    outcome = orderflode.read("count", "close", count["id"], "--cause", "kvartalsräkning")
    assert [(line["article"], line["counted"], line["expected"], line["booked"]) for line in outcome["lines"]] == [
        ("00890", 4, 6, -2),
        ("12345", None, None, None),
    ]
    assert states(orderflode) == {"B-1": "picked", "B-2": "backordered"}
    assert outcome["gave_up"] == [orderflode.read("order", "show", "import:B-2")["id"]]
    assert balance(orderflode, "00890") == (1, 0, 3)

    again = orderflode.run("count", "close", count["id"], "--cause", "kvartalsräkning", status=1)
    assert "stängd" in again.complaint
    assert balance(orderflode, "00890") == (1, 0, 3)

    # The other one is found: who waited goes on by itself.
    second = orderflode.read("count", "open", "--store", "10", "--article", "00890")
    orderflode.run("count", "enter", second["id"], "00890", 2)
    assert "1 funna" in orderflode.run("count", "close", second["id"], "--cause", "låg bakom").out
    orderflode.run("work", "--until-done")
    assert states(orderflode) == {"B-1": "delivered", "B-2": "validated"}
    assert [(each["id"], each["state"], each["found"], each["missing"]) for each in orderflode.read("counts")] == [
        (second["id"], "closed", 1, 0),
        (count["id"], "closed", 0, 2),
    ]
    assert orderflode.read("verify")["broken"] == []


def test_a_whole_store_is_counted_on_paper_and_written_in_afterwards(orderflode: CommandLine, tmp_path: Path) -> None:
    begin(orderflode, STOCK, [])
    paper = datetime.now(ZoneInfo("Europe/Stockholm"))
    orderflode.run("import", write_orders(tmp_path / "later.ndjson", [an_order("B-9", ("12345", 4))]))
    orderflode.run("work", "--until-done")
    count = orderflode.read("count", "open", "--store", "10")
    file = tmp_path / "counts.csv"

    write_table(file, "article,quantity", [["12345", "x"], ["00890", -1], ["A-9", 1]])
    wrong = orderflode.run("count", "enter", count["id"], "--file", file, status=2)
    assert [line.partition(":")[0] for line in wrong.err.splitlines()] == ["counts.csv rad 2", "counts.csv rad 3"]
    write_table(file, "article,quantity", [["12345", 9], ["A-9", 1]])
    assert "A-9" in orderflode.run("count", "enter", count["id"], "--file", file, status=1).complaint
    future = (paper + timedelta(hours=1)).isoformat()
    write_table(file, "article,quantity", [["12345", 9], ["00890", ""], ["A-1", 4]])
    assert orderflode.run("count", "enter", count["id"], "--file", file, "--at", future, status=1).complaint
    assert orderflode.read("count", "show", count["id"])["entered"] == 0

    entered = orderflode.read("count", "enter", count["id"], "--file", file, "--at", paper.isoformat())
    assert entered["entered"] == 2
    outcome = orderflode.read("count", "close", count["id"], "--cause", "årsinventering")

    # Ten were there by the ledger when nine were counted; the four that left since are no difference.
    booked = {line["article"]: (line["expected"], line["booked"]) for line in outcome["lines"]}
    assert booked == {"12345": (10, -1), "00890": (None, None), "A-1": (4, 0)}
    assert (balance(orderflode, "12345"), balance(orderflode, "00890")) == ((5, 0, 0), (6, 0, 0))
    assert orderflode.read("verify")["broken"] == []


def test_a_count_that_was_a_mistake_is_cancelled(orderflode: CommandLine) -> None:
    begin(orderflode, STOCK, [])
    count = orderflode.read("count", "open", "--store", "50301")
    orderflode.run("count", "enter", count["id"], "A-1", 0)

    assert orderflode.run("count", "cancel", count["id"], "--reason", "hos 200001011493", status=1).complaint
    cancelled = orderflode.read("count", "cancel", count["id"], "--reason", "fel lager")

    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "fel lager")
    for call in (("enter", count["id"], "A-1", 1), ("close", count["id"], "--cause", "x")):
        assert "avbruten" in orderflode.run("count", *call, status=1).complaint
    for unknown in ("I-99", "sju"):
        assert orderflode.run("count", "show", unknown, status=1).complaint
    orderflode.run("count", "enter", count["id"], status=2)
    assert orderflode.read("stock", "--store", "50301")[0]["on_hand"] == 2


def test_individually_marked_devices_are_counted_by_their_numbers(orderflode: CommandLine, tmp_path: Path) -> None:
    begin(orderflode, {("10", "A-2"): 2}, [], individual=("A-2",))
    first = orderflode.read("count", "open", "--store", "10")
    assert "individnummer" in orderflode.run("count", "enter", first["id"], "A-2", 2, status=1).complaint
    orderflode.run("count", "enter", first["id"], "A-2", "--serial", "SN-1", "--serial", "SN-2")
    assert "SN-1, SN-2: okända" in orderflode.run("count", "close", first["id"], "--cause", "första gången").out

    second = orderflode.read("count", "open", "--store", "10")
    file = tmp_path / "counts.csv"
    write_table(file, "article,serial_number", [["A-2", "SN-2"]])
    orderflode.run("count", "enter", second["id"], "--file", file)
    outcome = orderflode.read("count", "close", second["id"], "--cause", "andra gången")

    assert outcome["devices"][0]["missing"] == ["SN-1"]
    assert outcome["lines"][0]["booked"] == -1
    assert orderflode.read("verify")["broken"] == []


def begin(
    orderflode: CommandLine,
    stock: dict[tuple[str, str], int],
    orders: list[dict[str, Any]],
    individual: tuple[str, ...] = (),
    **policies: str,
) -> None:
    """Load the region, with two articles on the shelves A-01 and A-02, import `orders` and work them."""
    folder = write_master_data(orderflode.folder / "master", stock, **policies)
    shelves = {"00890": "A-01", "12345": "A-02"}
    write_table(
        folder / "stock.csv",
        "store,article,on_hand,shelf",
        ([*goods, units, shelves.get(goods[1], "")] for goods, units in stock.items()),
    )
    write_table(
        folder / "articles.csv",
        "number,name,iso_class,individual",
        ([each, f"Rollator {each}", "122203", int(each in individual)] for each in ARTICLES),
    )
    orderflode.run("load", folder)
    if orders:
        orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")


def states(orderflode: CommandLine) -> dict[str, str]:
    """Where each order is."""
    return {order["external_id"]: order["state"] for order in orderflode.read("orders")}


def balance(orderflode: CommandLine, article: str) -> tuple[int, int, int]:
    """(on_hand, reserved, outbound) of the article in lager 10."""
    (found,) = orderflode.read("stock", "--store", "10", "--article", article)
    return found["on_hand"], found["reserved"], found["outbound"]
