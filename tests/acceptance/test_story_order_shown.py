"""Does an order tell whoever asks what they need to know? Who gets it, what it says, and what they may do instead."""

import json
from pathlib import Path

from acceptance.test_stories import begin, states
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from request_bodies import PERSONNUMMER, a_body

STOCK = {("10", "12345"): 5, ("50301", "12345"): 5}


def test_orders_are_asked_for_in_swedish_and_a_word_that_is_none_is_refused(orderflode: CommandLine) -> None:
    begin(orderflode, STOCK, [an_order("B-1", ("A-1", 9)), an_order("B-2", ("12345", 1))])
    for state in ("restnoterad", "Restnoterad", "backordered"):
        (waiting,) = orderflode.read("orders", "--state", state)
        assert (waiting["external_id"], waiting["state"]) == ("B-1", "backordered")
    for order_type in ("beställning", "bestallning"):
        assert len(orderflode.read("orders", "--type", order_type)) == 2
    assert orderflode.read("orders", "--type", "förskrivning") == []

    table = orderflode.run("orders").out
    assert "beställning" in table and "Restnoterad" in table and "bestallning" not in table
    assert "restnoterad (backordered)" in orderflode.run("orders", "--state", "rest", status=2).complaint
    assert "förskrivning (forskrivning)" in orderflode.run("orders", "--type", "x", status=2).complaint
    assert "Lager 99 finns inte" in orderflode.run("orders", "--store", "99", status=1).complaint


def test_an_order_says_who_gets_it_and_who_asked_for_it(orderflode: CommandLine) -> None:
    marked = an_order("B-1", ("12345", 1), reference="Ref 7", wanted_date="2027-01-15", priority="akut")
    begin(orderflode, STOCK, [marked, a_body(lines=[{"article": "12345", "quantity": 1}])])

    shown = orderflode.run("order", "show", "import:B-1").out
    for told in (
        "beställning från lager 10", "vårdenhet 03-05 Hemvården Norr", "best-1, enhet 03-05", "akut", "2027-01-15",
        "Ref 7", "individer", "plockad", "Validerad",
    ):  # fmt: skip
        assert told in shown, told
    assert "create_utleverans" not in shown

    prescribed = orderflode.run("order", "show", "import:F-1").out
    for told in (
        "förskrivning · direktförskrivning", "(receiver): patient\n", "(prescriber): forsk-1", "2026-11-01, J-17",
        "Beställare och förskrivare: förskrivningsrätt (right to prescribe) forsk-1",
    ):  # fmt: skip
        assert told in prescribed, told
    assert "Åsa" not in prescribed and PERSONNUMMER not in prescribed
    (listed,) = orderflode.read("orders", "--type", "forskrivning")
    assert {name: listed[name] for name in ("prescriber", "medical_decision", "wanted_date", "reference")} == {
        "prescriber": "forsk-1", "medical_decision": {"date": "2026-11-01", "reference": "J-17"},
        "wanted_date": "2026-12-01", "reference": "Ref 1",
    }  # fmt: skip
    assert (listed["instruction"], listed["receiver_name"]) == (None, None)


def test_a_rejected_order_is_amended_without_the_file_it_came_in(orderflode: CommandLine, tmp_path: Path) -> None:
    sent = an_order(
        "B-1", ("12345", 2), sender="99", partial=True, priority="akut", reference="Ref 7", wanted_date="2027-01-15",
        ordered_on="2026-11-20", accept_equivalent=True, source="cosmic",
    )  # fmt: skip
    begin(orderflode, STOCK, [sent])

    written = orderflode.run("order", "show", "cosmic:B-1", "--as-order")
    assert (written.document, written.err) == (sent, "")
    file = tmp_path / "o.json"
    file.write_text(json.dumps(written.document | {"sender": "10"}))
    orderflode.run("order", "amend", "cosmic:B-1", "--file", file)
    orderflode.run("work", "--until-done")

    assert states(orderflode) == {"B-1": "delivered"}
    assert orderflode.run("order", "show", "cosmic:B-1", "--as-order").document == sent | {"sender": "10"}
    assert orderflode.read("verify")["broken"] == []


def test_who_the_patient_is_must_be_filled_in_again(orderflode: CommandLine, tmp_path: Path) -> None:
    sent = a_body(lines=[{"article": "12345", "quantity": 1}], sender="99")
    sent["receiver"]["protected"] = True
    begin(orderflode, STOCK, [sent])

    written = orderflode.run("order", "show", "import:F-1", "--as-order")
    assert written.document["receiver"] == {"kind": "patient", "id": None, "protected": True}
    assert "receiver.id" in written.err and "adress" in written.err
    for private in (PERSONNUMMER, "Åsa", "Storgatan", "Ring först"):
        assert private not in written.out + written.err
    file = tmp_path / "o.json"
    file.write_text(written.out)
    assert "receiver.id" in orderflode.run("order", "amend", "import:F-1", "--file", file, status=1).complaint

    filled = written.document | {"sender": "50301", "receiver": sent["receiver"], "note": sent["note"]}
    file.write_text(json.dumps(filled))
    orderflode.run("order", "amend", "import:F-1", "--file", file)
    orderflode.run("work", "--until-done")
    assert states(orderflode) == {"F-1": "delivered"}


def test_each_confirmation_is_answered_also_where_it_is_refused(orderflode: CommandLine) -> None:
    begin(orderflode, STOCK, [an_order("B-1", ("12345", 1)), an_order("B-2", ("12345", 9))], picking="confirmed")

    absent, done, waiting = orderflode.read("confirm", "pick", "A-4", "import:B-1", "import:B-2", status=1)
    assert absent["reference"] == "A-4"
    assert absent["refused"]["sv"].startswith("A-4: ordern finns inte; skriv vårt nummer eller källa:nummer")
    assert absent["refused"]["en"].startswith("there is no such order")
    assert (done["external_id"], done["state"]) == ("B-1", "picked")
    assert waiting["reference"] == "import:B-2"
    assert waiting["refused"]["sv"].startswith("Ordern är restnoterad och kan inte plockas; den väntar på gods")
    assert waiting["refused"]["en"].startswith("pick is not allowed in the state backordered")

    somebodys = orderflode.run("confirm", "pick", PERSONNUMMER, "--json", status=1)
    assert PERSONNUMMER not in somebodys.out + somebodys.err
    assert somebodys.document[0]["reference"] == "?"


def test_an_import_tells_a_person_where_and_what_comes_next(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", STOCK))
    orders = [an_order("B-1", ("12345", 1)), an_order("B-2", ("12345", 1), sender="99"), an_order("B-3", ("12345", 0))]
    file = write_orders(tmp_path / "orders.ndjson", orders)

    dry = orderflode.run("import", file, "--dry-run", status=1).out
    assert "2 tas emot, varav 1 avvisas av reglerna" in dry and "1 nekade" in dry
    assert "rad 3 B-3 quantity: orderrad 1 quantity: antalet" in dry and "lines[" not in dry
    (refused,) = orderflode.read("import", file, "--dry-run", status=1)["orders"]
    assert refused["violations"][0]["field"] == "lines[0].quantity"

    taken = orderflode.run("import", file, "--receipt", tmp_path / "kvitto.csv", status=1)
    batch = orderflode.read("imports")[0]["batch"]
    assert f"reglerna har inte prövat ordrarna än; fråga senare: orderflode receipt {batch}" in taken.err
