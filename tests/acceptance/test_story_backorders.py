"""Who waits, and who is served first? The story of what is lacking in lager 10 (restnoterat)."""

from acceptance.test_stories import begin, states
from acceptance.world import an_order
from command_line import CommandLine


def test_who_waits_is_listed_in_order_and_served_in_order_however_the_goods_come(orderflode: CommandLine) -> None:
    begin(
        orderflode,
        {("10", "12345"): 2},
        [
            an_order("B-1", ("12345", 3)),
            an_order("B-2", ("12345", 1)),
            an_order("B-3", ("12345", 2), priority="akut"),
            an_order("B-4", ("12345", 2)),
        ],
        picking="confirmed",
    )
    assert states(orderflode) == {"B-1": "backordered", "B-2": "backordered", "B-3": "validated", "B-4": "backordered"}

    (listed,) = orderflode.read("backorders", "--store", "10", "--article", "12345")
    assert (listed["units"], listed["orders"], listed["akut"], listed["days"]) == (6, 3, 0, 0)
    assert (listed["free"], listed["on_its_way"], listed["ordered"]) == (0, 0, 0)
    queue = orderflode.read("backorders", "--orders")
    assert [(each["place"], each["external_id"], each["units"]) for each in queue] == [
        (1, "B-1", 3), (2, "B-2", 1), (3, "B-4", 2),
    ]  # fmt: skip
    for words in (("backorders",), ("backorders", "--orders")):
        assert "12345" in orderflode.run(*words).out
    assert orderflode.read("backorders", "--article", "A-1") == []

    # A cancellation brings too little for the first, and nobody passes it.
    orderflode.run("order", "cancel", "import:B-3", "--reason", "ångrat")
    orderflode.run("work", "--until-done")
    assert states(orderflode)["B-1"] == "backordered" and states(orderflode)["B-2"] == "backordered"
    # It needs less, and goes on with what there is.
    smaller = orderflode.read("order", "reduce", "import:B-1", "12345=1", "--reason", "färre behövs")
    assert (smaller["state"], smaller["lines"][0]["cancelled"]) == ("backordered", 1)
    orderflode.run("work", "--until-done")
    assert states(orderflode)["B-1"] == "validated"

    orderflode.run("stock", "adjust", "10", "12345", 3, "--reason", "hittade en")
    orderflode.run("work", "--until-done")
    assert [states(orderflode)[each] for each in ("B-2", "B-4")] == ["validated", "backordered"]
    orderflode.run("stock", "receive", "10", "12345", 2, "--document", "följesedel 1")
    orderflode.run("work", "--until-done")

    assert [states(orderflode)[each] for each in ("B-2", "B-4")] == ["validated", "validated"]
    assert orderflode.read("backorders") == []
    assert orderflode.read("verify")["broken"] == []
