"""Does nobody's shelf differ unseen? The story of an own store that took what the balance did not have."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine

STOCK = {("10", "12345"): 5, ("50301", "A-1"): 1}


def test_what_was_taken_without_a_balance_is_listed_until_somebody_has_looked_into_it(
    orderflode: CommandLine,
) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", STOCK, delivery="confirmed"))
    orders = [
        an_order("B-1", ("A-1", 3), sender="50301"),
        an_order("B-2", ("12345", 2)),
    ]
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")
    # The care was not stopped: the goods were taken before the order was written.
    assert orderflode.read("order", "show", "import:B-1")["state"] == "delivered"
    orderflode.run("confirm", "deliver", "import:B-2", "--short", "12345=1")
    orderflode.run("stock", "adjust", "10", "12345", 2, "--reason", "trasig i hyllan")

    listed = orderflode.read("differences")
    assert [(each["store"], each["kind"], each["article"], each["units"]) for each in listed["differences"]] == [
        ("50301", "difference", "A-1", 2),
        ("10", "short_delivery", "12345", -1),
        ("10", "adjust", "12345", -1),
    ]
    own, short, adjusted = listed["differences"]
    assert (own["external_id"], short["external_id"]) == ("import:B-1", "import:B-2")
    assert (own["order"], adjusted["cause"]) == (
        orderflode.read("order", "show", "import:B-1")["id"],
        "trasig i hyllan",
    )
    assert {each["store"]: (each["found"], each["missing"]) for each in listed["totals"] if each["count"]} == {
        "50301": (2, 0),
        "10": (0, 1),
    }
    today = datetime.now(ZoneInfo("Europe/Stockholm")).date()
    assert len(orderflode.read("differences", "--from", today, "--to", today)["differences"]) == 3
    assert orderflode.read("differences", "--to", today - timedelta(days=1))["differences"] == []
    assert "+2" in orderflode.run("differences", "--store", "50301").out

    orderflode.run("differences", "settle", own["id"], "--note", "togs i fredags, ordern skrevs i dag")
    twice = orderflode.run("differences", "settle", own["id"], "--note", "igen", status=1)
    assert "utredd" in twice.complaint
    assert orderflode.run("differences", "settle", 4711, "--note", "vilken?", status=1).complaint
    assert [each["id"] for each in orderflode.read("differences")["differences"]] == [short["id"], adjusted["id"]]
    everything = orderflode.read("differences", "--all")["differences"]
    assert [each["settled"] and each["settled"]["note"] for each in everything] == [
        "togs i fredags, ordern skrevs i dag", None, None,
    ]  # fmt: skip
    for call in (("--kind", "okänt"), ("--from", "igår"), ("--from", today, "--to", today - timedelta(days=1))):
        orderflode.run("differences", *call, status=2)
    assert orderflode.read("verify")["broken"] == []
