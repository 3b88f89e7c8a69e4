"""Can people take goods back by the command line? The story of four rollators that came back, and of who waited."""

from pathlib import Path

from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from request_bodies import PERSONNUMMER, a_body


def test_what_comes_back_is_on_a_shelf_in_repair_or_written_off_and_the_order_shows_it(orderflode: CommandLine) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", {("10", "12345"): 5}))
    imported(orderflode, an_order("B-1", ("12345", 5)))
    imported(orderflode, an_order("B-2", ("12345", 1)))
    assert states(orderflode) == {"B-1": "delivered", "B-2": "backordered"}

    asked = orderflode.read(
        "return", "request", "import:B-1", "--article", "12345=4", "--to", "10", "--reason", "behövs inte längre"
    )
    assert (asked["state"], asked["lines"][0]["requested"], asked["lines"][0]["order_line"]) == ("requested", 4, 1)
    number = asked["number"]
    # One is left; it cannot be asked for twice.
    refused = orderflode.run(
        "return", "request", "import:B-1", "--line", "1=2", "--to", "10", "--reason", "igen", status=1
    )
    assert "2 är fler än de 1" in refused.complaint

    came = orderflode.read("return", "receive", number, "--units", "12345=3")
    assert (came["state"], came["lines"][0]["in_inspection"]) == ("received", 3)
    assert (
        "Returen är mottagen och kan inte tas emot" in orderflode.run("return", "receive", number, status=1).complaint
    )
    assert [line["returned"] for line in orderflode.read("order", "show", "import:B-1")["lines"]] == [3]

    no_cause = orderflode.run("return", "judge", number, "--write-off", "12345=1", status=1)
    assert "orsak" in no_cause.complaint
    judged = orderflode.read(
        "return", "judge", number, "--shelf", "12345=1", "--repair", "12345=1", "--write-off", "all",
        "--cause", "ramen av",
    )  # fmt: skip
    (line,) = judged["lines"]
    assert (judged["state"], line["restocked"], line["in_repair"], line["written_off"]) == ("received", 1, 1, 1)
    # The one on the shelf goes by itself to the order that waited.
    orderflode.run("work", "--until-done")
    assert states(orderflode)["B-2"] == "delivered"

    assert [each["number"] for each in orderflode.read("returns", "--state", "open", "--store", "10")] == [number]
    assert orderflode.read("return", "mended", number)["state"] == "closed"
    assert orderflode.read("returns", "--state", "open") == []
    assert orderflode.read("stock", "--store", "10", "--article", "12345")[0]["on_hand"] == 1

    order = orderflode.read("order", "show", "import:B-1")
    (shown,) = order["returns"]
    assert [shown["lines"][0][name] for name in ("received", "restocked", "repaired", "mended", "written_off")] == [
        3, 1, 1, 1, 1,
    ]  # fmt: skip
    assert [each["event"] for each in order["history"]][-4:] == [
        "return_request", "return_receive", "return_judge", "return_mend",
    ]  # fmt: skip
    assert order["history"][-2]["reason"] == "ramen av"
    page = orderflode.run("order", "show", "import:B-1").out
    assert f"Retur {number}  Avslutad  till lager 10" in page and f"retur bedömd {number}" in page
    (utleverans,) = order["utleveranser"]
    assert orderflode.read("utleverans", "show", utleverans)["lines"][0]["returned"] == 3
    # Two are still out, of which no more than two are asked back.
    assert orderflode.run(
        "return", "request", "import:B-1", "--article", "12345=3", "--to", "10", "--reason", "resten", status=1
    ).complaint
    assert orderflode.read("verify")["broken"] == []


def test_what_a_patient_brings_in_is_taken_back_by_one_command(orderflode: CommandLine) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", {("50301", "12345"): 2}))
    imported(orderflode, a_body(lines=[{"article": "12345", "quantity": 2}]))
    assert states(orderflode) == {"F-1": "delivered"}

    words = ("return", "request", "import:F-1", "--to", "50301", "--reason", "utväxlad", "--reference", "K-17")
    done = orderflode.read(*words, "--received", "--shelf", "12345=1", "--write-off", "all", "--cause", "sliten")
    assert (done["state"], done["reference"]) == ("closed", "K-17")
    # The same again is the same return, and moves nothing.
    again = orderflode.read(*words, "--received", "--shelf", "12345=1", "--write-off", "all", "--cause", "sliten")
    assert again == done
    assert orderflode.read("stock", "--store", "50301", "--article", "12345")[0]["on_hand"] == 1

    told = orderflode.run(
        "return", "request", "import:F-1", "--to", "50301", "--reason", f"åter från {PERSONNUMMER}", status=1
    )
    assert "personnummer" in told.complaint and PERSONNUMMER not in told.complaint
    page = orderflode.run("return", "show", done["number"]).out
    assert "1 12345 → svinn" in page and PERSONNUMMER not in page
    assert orderflode.read("verify")["broken"] == []


def test_what_cannot_come_back_is_refused_in_one_line(orderflode: CommandLine) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", {("10", "12345"): 5}))
    flytt = an_order(
        "L-1", ("12345", 1), order_type="lagerflyttsorder", customer_order_type="lagerflytt",
        receiver={"kind": "kommunlager", "id": "50301"}, orderer={"person": "lager-1", "unit": "03-05"},
    )  # fmt: skip
    imported(orderflode, flytt)
    imported(orderflode, an_order("B-1", ("12345", 1)))
    ask = ("--to", "10", "--reason", "fel")

    assert "lagerflytt" in orderflode.run("return", "request", "import:L-1", *ask, status=1).complaint
    assert "finns inte" in orderflode.run("return", "request", "import:B-9", *ask, status=1).complaint
    assert "--holding" in orderflode.run("return", "request", *ask, status=2).complaint
    assert "--line" in orderflode.run("return", "request", "import:B-1", "--line", "x", *ask, status=2).complaint
    for command in (("receive", "R-7"), ("show", "R-7"), ("cancel", "nonsens", "--reason", "x"), ("mended", "R-7")):
        assert "Returen finns inte" in orderflode.run("return", *command, status=1).complaint

    number = orderflode.read("return", "request", "import:B-1", *ask)["number"]
    assert orderflode.run("return", "judge", number, status=2).complaint
    assert "version" not in orderflode.run("return", "cancel", number, "--reason", "kom inte").out
    assert orderflode.read("return", "show", number)["history"][-1]["reason"] == "kom inte"
    assert orderflode.read("returns", "--state", "cancelled")[0]["number"] == number
    assert orderflode.read("verify")["broken"] == []


def imported(orderflode: CommandLine, *orders: dict[str, object]) -> None:
    """Import orders and let the workers do what they can."""
    file: Path = orderflode.folder / "orders.ndjson"
    orderflode.run("import", write_orders(file, orders))
    orderflode.run("work", "--until-done")


def states(orderflode: CommandLine) -> dict[str, str]:
    """Where each order is."""
    return {order["external_id"]: order["state"] for order in orderflode.read("orders")}
