"""What if only a part is there? The story of a partial delivery (delleverans) and its restorder."""

from pathlib import Path

from acceptance.test_stories import balance, begin, states, written
from acceptance.world import an_order
from command_line import CommandLine
from unit.document_reading import words_of


def test_what_there_is_goes_and_the_rest_follows_in_an_order_of_its_own(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    begin(
        orderflode,
        {("10", "12345"): 3, ("10", "A-1"): 2},
        [an_order("B-1", ("12345", 5), ("A-1", 2), partial=True), an_order("B-2", ("12345", 1))],
    )
    first = orderflode.read("order", "show", "import:B-1")
    name = f"REST-{first['id']}-1"
    # The younger order waits behind the rest.
    assert states(orderflode) == {"B-1": "delivered", name: "backordered", "B-2": "backordered"}
    rest = orderflode.read("order", "show", f"orderflode:{name}")
    assert (first["restorder"], rest["rest_of"]) == ([rest["id"]], first["id"])
    assert [(each["quantity"], each["delivered"], each["backordered"]) for each in first["lines"]] == [
        (5, 3, 2), (2, 2, 0),
    ]  # fmt: skip
    assert "Restorder" in orderflode.run("order", "show", "import:B-1").out
    assert "Rest av order" in orderflode.run("order", "show", f"orderflode:{name}").out

    (number,) = first["utleveranser"]
    utleverans = orderflode.read("utleverans", "show", number)
    assert [(each["ordered"], each["quantity"], each["outstanding"]) for each in utleverans["lines"]] == [
        (5, 3, 2), (2, 2, 0),
    ]  # fmt: skip
    note = words_of(written(orderflode, tmp_path / "note.pdf", "utleverans", "document", number))
    # Ordered, delivered and outstanding, in all.
    assert number in note and "12345" in note and "7 5 2" in note

    orderflode.run("stock", "receive", "10", "12345", 2, "--document", "följesedel 1")
    orderflode.run("work", "--until-done")

    assert states(orderflode) == {"B-1": "delivered", name: "delivered", "B-2": "backordered"}
    second = orderflode.read("order", "show", f"orderflode:{name}")["utleveranser"]
    assert len(second) == 1 and second != [number]
    assert balance(orderflode, "12345") == (0, 0, 0)
    assert orderflode.read("verify")["broken"] == []
