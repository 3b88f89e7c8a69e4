"""Do the kommunlager get back what they should hold? The story of a refill by the command line."""

from acceptance.test_stories import states
from acceptance.world import ARTICLES, write_master_data, write_table
from command_line import CommandLine

LEVELS = [
    ["50301", "12345", 1, 2, 10], ["50301", "00890", 9, 2, 10], ["50301", "A-1", 0, 1, 4], ["50301", "A-2", 0, 1, 4],
    ["10", "12345", 100, "", ""], ["10", "00890", 100, "", ""], ["10", "B-1", 100, "", ""],
]  # fmt: skip


def test_what_has_come_down_to_its_reorder_point_is_ordered_once_and_brought(orderflode: CommandLine) -> None:
    master = write_master_data(orderflode.folder / "master", {})
    write_table(master / "stock.csv", "store,article,on_hand,reorder_point,target", LEVELS)
    write_table(
        master / "articles.csv",
        "number,name,iso_class,withdrawn,successor",
        [
            *(
                [each, f"Rollator {each}", "122203", int(each.startswith("A-")), ""]
                for each in ARTICLES
                if each != "A-1"
            ),
            ["A-1", "Rollator A-1", "122203", 1, "B-1"],
            ["B-1", "Rollator B-1", "122203", 0, ""],
        ],
    )
    orderflode.run("load", master)

    (shown,) = orderflode.read("refill", "--dry-run")
    assert [(line["article"], line["quantity"], line["instead_of"]) for line in shown["lines"]] == [
        ("12345", 9, []), ("B-1", 4, ["A-1"]),
    ]  # fmt: skip
    assert (shown["not_refillable"], shown["orders"], shown["orderer"]["person"]) == (["A-2"], [], "lager-1")
    assert orderflode.read("orders") == []

    (done,) = orderflode.read("refill", "--store", "50301")
    assert (done["lines"], len(done["orders"])) == (shown["lines"], 1)
    # Before the goods have come, and after: it is never ordered twice.
    assert "Inget beställt" in orderflode.run("refill").out
    orderflode.run("work", "--until-done")
    assert list(states(orderflode).values()) == ["delivered"]
    (again,) = orderflode.read("refill")
    assert (again["lines"], again["orders"]) == ([], [])
    (balance,) = orderflode.read("stock", "--store", "50301", "--article", "B-1")
    assert balance["on_hand"] == 4
    assert orderflode.read("verify")["broken"] == []


def test_a_store_for_which_nobody_may_order_is_named_and_fails_the_command(orderflode: CommandLine) -> None:
    master = write_master_data(orderflode.folder / "master", {})
    write_table(master / "stock.csv", "store,article,on_hand,reorder_point,target", LEVELS[:1])
    orderflode.run("load", master)

    refused = orderflode.run("refill", "--orderer", "best-1", status=1)

    assert "50301" in refused.err and "Inget beställt" in refused.out
    assert "kommunlager" in orderflode.run("refill", "--store", "99", status=1).complaint
