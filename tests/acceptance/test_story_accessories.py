"""The story of a cushion that follows its wheelchair: ordered with it, untied, tied again, and taken back with it.

Told through the command line. Next: tests/integration/test_accessories.py, test_story_swap.py.
"""

from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine

CHAIR, CUSHION = "A-1", "12345"


def test_a_cushion_is_ordered_with_its_wheelchair_and_comes_back_with_it(orderflode: CommandLine) -> None:
    stock = {("10", CUSHION): 5, ("10", CHAIR): 1}
    folder = write_master_data(orderflode.folder / "master", stock)
    write_table(folder / "articles.csv", "number,name,individual", [[CHAIR, "Rullstol", "1"], [CUSHION, "Dyna", "0"]])
    write_table(folder / "devices.csv", "store,article,serial_number", [["10", CHAIR, "W-1"]])
    orderflode.run("load", folder)
    lines = [
        {"article": CHAIR, "quantity": 1, "serial_numbers": ["W-1"]},
        {"article": CUSHION, "quantity": 2, "accessory_to": "W-1"},
    ]
    order = an_order("B-1", lines=lines)
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", [order]))
    orderflode.run("work", "--until-done")
    assert [line["accessory_to"] for line in orderflode.read("order", "show", "import:B-1")["lines"]] == [None, "W-1"]
    assert accessories(orderflode) == [(CUSHION, 2)]

    untied = orderflode.read("device", "untie", "import:B-1", 2, "--reason", "hör till stolen i köket")
    assert (untied["line"], untied["accessory_to"]) == (2, None)
    assert accessories(orderflode) == []
    tied = orderflode.read("device", "tie", "import:B-1", 2, "W-1", "--reason", "hör ändå hit")
    assert tied["accessory_to"] == "W-1"
    assert accessories(orderflode) == [(CUSHION, 2)]

    back = orderflode.read(
        "return", "request", "import:B-1", "--serial", "W-1", "--with-accessories", "--to", "10",
        "--reason", "behövs inte", "--received", "--shelf", "all",
    )  # fmt: skip
    assert back["state"] == "closed"
    assert [(line["article"], line["restocked"]) for line in back["lines"]] == [(CHAIR, 1), (CUSHION, 2)]
    assert accessories(orderflode) == []
    balances = orderflode.read("stock", "--store", "10")
    assert {each["article"]: each["on_hand"] for each in balances} == {CHAIR: 1, CUSHION: 5}
    assert orderflode.read("verify")["broken"] == []


def accessories(orderflode: CommandLine) -> list[tuple[str, int]]:
    """What is tied to the wheelchair W-1 and out."""
    return [(each["article"], each["units"]) for each in orderflode.read("device", "show", "W-1")["accessories"]]
