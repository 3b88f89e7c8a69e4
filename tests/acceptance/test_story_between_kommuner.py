"""Can goods go from one kommun's store to another's? The story of the one exception to "always from lager 10" (R2)."""

from typing import Any

from acceptance.test_stories import states
from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine


def a_move(external_id: str, **changes: Any) -> dict[str, Any]:
    """Two of 12345 from Karlstad's store to Kil's, ordered by Karlstad's lagerpersonal."""
    told: dict[str, Any] = {
        "order_type": "lagerflyttsorder", "customer_order_type": "lagerflytt_mellan_kommuner", "sender": "50301",
        "receiver": {"kind": "kommunlager", "id": "50401"}, "orderer": {"person": "lager-1", "unit": "03-05"},
        "instruction": {"reference": "Instruktion 7", "approved_by": "chef-1"},
    }  # fmt: skip
    return an_order(external_id, ("12345", 2), **(told | changes))


def two_kommuner(orderflode: CommandLine) -> None:
    master = write_master_data(orderflode.folder / "master", {("50301", "12345"): 3})
    write_table(
        master / "stores.csv",
        "code,name,kind,kommun,picking,delivery",
        [
            ["10", "HMS", "hms", "", "automatic", "automatic"],
            ["50301", "Karlstad", "kommun", "Karlstad", "automatic", "confirmed"],
            ["50302", "Karlstad två", "kommun", "Karlstad", "automatic", "automatic"],
            ["50401", "Kil", "kommun", "Kil", "automatic", "automatic"],
        ],
    )
    with (master / "people.csv").open("a", encoding="utf-8") as people:
        people.write("chef-1,Chef Ett,enhetschef,0,hms,03-05\n")
    orderflode.run("load", master)


def test_a_move_between_kommuner_is_off_unless_it_is_configured(orderflode: CommandLine) -> None:
    two_kommuner(orderflode)
    file = write_orders(orderflode.folder / "orders.ndjson", [a_move("R2-1")])

    shown = orderflode.read("import", file, "--dry-run")
    orderflode.run("import", file)
    orderflode.run("work", "--until-done")

    order = orderflode.read("order", "show", "import:R2-1")
    assert (order["state"], [each["code"] for each in order["violations"]]) == (
        "rejected", ["between-kommuner-disabled"],
    )  # fmt: skip
    assert "lager 10" in order["violations"][0]["sv"]
    assert shown["refused"] == 0
    # A sender that is typed in never opens it: R1 refuses every store but lager 10.
    typed = a_move("R1-1", customer_order_type="lagerflytt", instruction=None)
    orderflode.run("import", write_orders(orderflode.folder / "typed.ndjson", [typed]))
    orderflode.run("work", "--until-done")
    order = orderflode.read("order", "show", "import:R1-1")
    assert [each["code"] for each in order["violations"]] == ["lagerflytt-sender"]


def test_where_it_is_on_it_goes_by_its_instruction_and_the_goods_change_store(orderflode: CommandLine) -> None:
    on = orderflode.with_environment(ORDERFLODE_LAGERFLYTT_TYPES='["lagerflytt", "lagerflytt_mellan_kommuner"]')
    two_kommuner(on)
    instruction = {"reference": "Instruktion 7", "approved_by": "chef-1"}
    orders = [
        a_move("right"),
        a_move("no instruction", instruction=None),
        a_move("approved by the creator", instruction=instruction | {"approved_by": "lager-1"}),
        a_move("within the kommun", receiver={"kind": "kommunlager", "id": "50302"}),
        a_move("from HMS", sender="10"),
        a_move("too many", lines=[{"article": "12345", "quantity": 2}]),
    ]
    on.run("import", write_orders(on.folder / "orders.ndjson", orders))
    on.run("work", "--until-done")

    listed = {each["external_id"]: each for each in on.read("orders")}
    assert {name: [each["code"] for each in order["violations"]] for name, order in listed.items()} == {
        "right": [], "too many": [],
        "no instruction": ["between-kommuner-instruction"],
        "approved by the creator": ["between-kommuner-instruction"],
        "within the kommun": ["between-kommuner-parties"],
        "from HMS": ["between-kommuner-parties"],
    }  # fmt: skip
    # What Karlstad lacks is not booked as a difference: nobody saw it.
    assert (states(on)["right"], states(on)["too many"]) == ("utleverans", "backordered")
    right = listed["right"]
    # It is Karlstad's order, and Kil sees what comes.
    assert (right["kommun"], right["receiver_kommun"]) == ("Karlstad", "Kil")
    assert (right["instruction_reference"], right["instruction_approved_by"]) == ("Instruktion 7", "chef-1")
    (utleverans,) = right["utleveranser"]
    assert utleverans.startswith("50301-")

    on.run("confirm", "deliver", "import:right")

    stock = {each["store"]: each["on_hand"] for each in on.read("stock", "--article", "12345")}
    assert stock == {"50301": 1, "50401": 2}
    assert on.read("verify")["broken"] == []
