"""Does a receiver outside hear of an order from its import to its delivery? By the commands an operator has."""

import json

from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from receivers import Posted, a_link
from waiting import wait_for
from webhooks_world import is_ours, rows

from config.database import Database

ALL = ("accepted", "refused", "backordered", "utleverans", "delivered", "held")


def begin(orderflode: CommandLine, receiver: Posted, *events: str) -> tuple[CommandLine, str]:
    """The command where this machine may be told, and the secret of a receiver."""
    here = orderflode.with_environment(ORDERFLODE_WEBHOOK_NETWORKS='["127.0.0.0/8"]')
    here.run("load", write_master_data(here.folder / "master", {("10", "12345"): 5}))
    words = [word for event in events for word in ("--event", event)]
    made = here.read("webhook", "add", "mottagaren", "--url", receiver.url, *words)
    return here, made["secret"]


def test_a_receiver_hears_of_an_order_from_its_import_to_its_delivery(orderflode: CommandLine) -> None:
    with a_link() as receiver:
        here, secret = begin(orderflode, receiver, *ALL)
        bad = an_order("B-3", ("12345", 1)) | {"lines": []}
        orders = [an_order("B-1", ("12345", 2)), an_order("B-2", ("saknas", 1)), bad]
        here.run("import", write_orders(here.folder / "o.ndjson", orders), status=1)
        here.run("work", "--until-done")
        with here.started("webhooks") as teller:
            wait_for(lambda: len(receiver.requests) == 6)
            teller.process.terminate()
            assert teller.process.wait(30) == 0
        assert here.read("status")["webhooks"] == {"waiting": 0, "failed": 0}
        assert all(is_ours(secret, headers, body) for _, headers, body in receiver.requests)
        said = [json.loads(body) for _, _, body in receiver.requests]
    of_one = [each for each in said if each["data"].get("order", {}).get("external_id") == "B-1"]
    assert [each["type"] for each in of_one] == ["order.accepted", "order.utleverans", "order.delivered"]
    assert of_one[-1]["data"]["utleverans"] == here.read("order", "show", "import:B-1")["utleveranser"][0]
    refused = [each["data"]["violations"] for each in said if each["type"] == "order.refused"]
    assert sorted(refused) == [["article-unknown"], ["lines-missing"]]
    assert secret not in teller.err.read_text() + teller.out.read_text()


def test_an_operator_sees_pauses_and_tries_again(orderflode: CommandLine, database: Database) -> None:
    with a_link() as receiver:
        receiver.status = 500
        here, secret = begin(orderflode, receiver, "accepted")
        again = here.run("webhook", "add", "mottagaren", "--url", receiver.url, "--event", "held", status=1)
        assert "namnet" in again.complaint
        here.run("webhook", "pause", "mottagaren")
        here.run("import", write_orders(here.folder / "o.ndjson", [an_order("B-1", ("12345", 2))]))
        with here.started("webhooks"):
            wait_for(lambda: rows(database, "mottagaren"))
            assert here.read("webhook", "list")[0]["waiting"] == 1
            assert receiver.requests == []
            here.run("webhook", "resume", "mottagaren")
            wait_for(lambda: rows(database, "mottagaren")[0]["answer"] == "HTTP 500")
            receiver.status = 200
            wait_for(lambda: rows(database, "mottagaren")[0]["delivered_at"])
        told = here.run("webhook", "deliveries", "mottagaren").out
        assert "accepted" in told and "Mottagen" in told and "HTTP 200" in told
        assert secret not in told + here.run("webhook", "list").out
        assert "misslyckats" in here.run("webhook", "retry", "mottagaren", status=1).complaint
        here.run("webhook", "remove", "mottagaren")
        assert here.read("webhook", "list") == []


def test_what_cannot_be_a_webhook_is_one_line(orderflode: CommandLine) -> None:
    for name, url, more, status in (
        ("w", "http://mottagare.example/", (), 2),
        ("w", "https://mottagare.example/193208019111", (), 2),
        ("w", "https://mottagare.example/", ("--kommun", "Atlantis"), 1),
    ):
        refused = orderflode.run("webhook", "add", name, "--url", url, "--event", "held", *more, status=status)
        assert "193208019111" not in refused.complaint
    for word in ("remove", "deliveries"):
        assert "ingen webhook" in orderflode.run("webhook", word, "w", status=1).complaint
