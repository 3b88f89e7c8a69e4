"""What can still be stopped? The story of cancelled orders: all of one or a part, before and after the utleverans."""

from acceptance.test_stories import balance, begin, states
from acceptance.world import an_order
from command_line import CommandLine

from config.database import Database
from workflows.verify.kept import kept_verifications

SHELF = {("10", "12345"): 10}


def test_an_order_is_cancelled_in_every_state_before_its_utleverans_and_its_goods_are_back(
    orderflode: CommandLine, database: Database
) -> None:
    orders = [
        an_order("rejected", ("12345", 1), sender="99"),
        an_order("backordered", ("A-1", 1)),
        an_order("validated", ("12345", 2)),
        an_order("picked", ("12345", 3)),
    ]
    begin(orderflode, SHELF, orders, picking="confirmed")
    orderflode.run("confirm", "pick", "import:picked")
    assert states(orderflode) == {each["external_id"]: each["external_id"] for each in orders}
    assert balance(orderflode, "12345") == (7, 2, 3)

    assert "orsak" in orderflode.run("order", "cancel", "import:picked", "--reason", " ", status=1).complaint
    for each in orders:
        cancelled = orderflode.read("order", "cancel", f"import:{each['external_id']}", "--reason", "ångrat")
        assert (cancelled["state"], cancelled["history"][-1]["reason"]) == ("cancelled", "ångrat")

    assert balance(orderflode, "12345") == (10, 0, 0)
    assert orderflode.read("backorders") == []
    orderflode.run("work", "--until-done")
    assert set(states(orderflode).values()) == {"cancelled"}
    verified = orderflode.read("verify")
    assert verified["broken"] == []
    # What it said is kept, for the pages.
    with database.transaction() as tx:
        assert [(run["checked"], run["broken"]) for run in kept_verifications(tx, 2)] == [(verified["checked"], {})]


def test_after_the_utleverans_it_is_a_failed_delivery_and_after_the_delivery_it_is_too_late(
    orderflode: CommandLine,
) -> None:
    begin(orderflode, SHELF, [an_order("B-1", ("12345", 2)), an_order("B-2", ("12345", 3))], delivery="confirmed")
    orderflode.run("confirm", "deliver", "import:B-2")
    assert states(orderflode) == {"B-1": "utleverans", "B-2": "delivered"}

    for each in ("B-1", "B-2"):
        refused = orderflode.run("order", "cancel", f"import:{each}", "--reason", "ångrat", status=1)
        assert "kan inte makuleras" in refused.complaint
        refused = orderflode.run("order", "reduce", f"import:{each}", "12345=1", "--reason", "färre", status=1)
        assert "kan inte makuleras till en del" in refused.complaint
    assert orderflode.read("fail-delivery", "import:B-1", "--reason", "ingen hemma")["state"] == "cancelled"
    assert (
        "orderflode return request"
        in orderflode.run("fail-delivery", "import:B-2", "--reason", "sent", status=1).complaint
    )

    # What was sent in vain is back, with its utleverans in the books; what was delivered stays delivered.
    assert balance(orderflode, "12345") == (7, 0, 0)
    assert len(orderflode.read("order", "show", "import:B-1")["utleveranser"]) == 1
    assert orderflode.read("verify")["broken"] == []


def test_of_a_cancellation_and_a_pick_at_the_same_moment_the_goods_are_in_one_place(orderflode: CommandLine) -> None:
    names = [f"B-{number}" for number in range(1, 4)]
    begin(orderflode, SHELF, [an_order(each, ("12345", 2)) for each in names], picking="confirmed")

    for each in names:
        with (
            orderflode.started("order", "cancel", f"import:{each}", "--reason", "ångrat") as cancel,
            orderflode.started("confirm", "pick", f"import:{each}") as pick,
        ):
            # A picked order can still be cancelled, a cancelled one not be picked.
            assert cancel.ended().status == 0
            assert pick.ended().status in (0, 1)

    assert set(states(orderflode).values()) == {"cancelled"}
    assert balance(orderflode, "12345") == (10, 0, 0)
    assert orderflode.read("verify")["broken"] == []


def test_a_part_is_cancelled_and_the_rest_is_delivered(orderflode: CommandLine) -> None:
    begin(orderflode, SHELF, [an_order("B-1", ("12345", 5)), an_order("B-2", ("12345", 1), sender="99")],
          picking="confirmed")  # fmt: skip
    version = orderflode.read("order", "show", "import:B-1")["version"]
    reduce = ("order", "reduce", "import:B-1")

    assert "skriv ARTIKEL=ANTAL" in orderflode.run(*reduce, "12345", "--reason", "färre", status=2).complaint
    for too_many in ("12345=5", "12345=6", "A-1=1"):
        assert "makulera ordern" in orderflode.run(*reduce, too_many, "--reason", "färre", status=1).complaint
    amend = orderflode.run("order", "reduce", "import:B-2", "12345=1", "--reason", "färre", status=1)
    assert "rätta den i stället" in amend.complaint

    smaller = orderflode.read(*reduce, "12345=2", "--reason", "färre", "--version", version)
    assert (smaller["state"], smaller["lines"][0]["cancelled"]) == ("validated", 2)
    assert (
        "har ändrats" in orderflode.run(*reduce, "12345=1", "--reason", "x", "--version", version, status=1).complaint
    )
    assert balance(orderflode, "12345") == (10, 3, 0)

    orderflode.run("confirm", "pick", "import:B-1")
    orderflode.run(*reduce, "12345=1", "--reason", "en till")
    assert balance(orderflode, "12345") == (8, 0, 2)
    orderflode.run("work", "--until-done")

    (line,) = orderflode.read("order", "show", "import:B-1")["lines"]
    assert (line["quantity"], line["delivered"], line["cancelled"]) == (5, 2, 3)
    assert orderflode.read("verify")["broken"] == []
