"""What if the ordered article is not to be had? The story of the equivalent that is sent in its place."""

from pathlib import Path

from acceptance.test_stories import states, written
from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine
from unit.document_reading import words_of

ARTICLES = [
    ["12345", "Rollator äldst", "122203", 1, "00890"],
    ["00890", "Rollator äldre", "122203", 1, "A-1"],
    ["A-1", "Rollator", "122203", 0, "A-2"],
    ["A-2", "Rollator ny", "122203", 0, ""],
]
TAKES_ANOTHER = {"accept_equivalent": True}


def test_the_successor_is_sent_where_the_order_accepts_it_and_both_are_shown(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    master = write_master_data(tmp_path / "master", {("10", "A-1"): 3, ("10", "A-2"): 5})
    write_table(master / "articles.csv", "number,name,iso_class,withdrawn,successor", ARTICLES)
    orderflode.run("load", master)
    orders = [
        an_order("withdrawn", ("12345", 2), **TAKES_ANOTHER),
        an_order("lacking", ("A-1", 2), **TAKES_ANOTHER),
        an_order("refused", ("12345", 2)),
        an_order("waiting", ("A-1", 2)),
    ]
    orderflode.run("import", write_orders(tmp_path / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")
    assert states(orderflode) == {
        "withdrawn": "delivered", "lacking": "delivered", "refused": "rejected", "waiting": "backordered",
    }  # fmt: skip

    sent = {
        each["external_id"]: [(line["article"], line["ordered_article"]) for line in each["lines"]]
        for each in orderflode.read("orders", "--state", "delivered")
    }
    assert sent == {"withdrawn": [("A-1", "12345")], "lacking": [("A-2", "A-1")]}

    order = orderflode.read("order", "show", "import:withdrawn")
    (number,) = order["utleveranser"]
    (line,) = orderflode.read("utleverans", "show", number)["lines"]
    assert (line["article"], line["ordered_article"], line["quantity"]) == ("A-1", "12345", 2)
    for words in (("order", "show", "import:withdrawn"), ("utleverans", "show", number)):
        shown = orderflode.run(*words).out
        assert "A-1" in shown and "12345" in shown
    note = words_of(written(orderflode, tmp_path / "note.pdf", "utleverans", "document", number))
    assert "A-1" in note and "12345" in note
    assert orderflode.read("verify")["broken"] == []
