"""The story of a file that was wrong: a spreadsheet is imported, undone, mended and imported again.

Told through the command line, as a person at a kommun's store and a nightly job would.
"""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from request_bodies import PERSONNUMMER
from workbooks import a_workbook

COLUMNS = (
    "external_id", "order_type", "sender", "receiver_kind", "receiver_id", "orderer_person", "orderer_unit",
    "article", "quantity",
)  # fmt: skip


def line(external_id: object, article: str, quantity: object) -> tuple[object, ...]:
    return (external_id, "bestallning", "10", "vardenhet", "03-05", "best-1", "03-05", article, quantity)


def begin(orderflode: CommandLine, stock: dict[tuple[str, str], int], **policies: str) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", stock, **policies))


def orders(orderflode: CommandLine) -> dict[str, tuple[str, list[tuple[str, int]]]]:
    """State and lines of each order."""
    return {
        order["external_id"]: (order["state"], [(each["article"], each["quantity"]) for each in order["lines"]])
        for order in orderflode.read("orders")
    }


def balance(orderflode: CommandLine, article: str) -> tuple[int, int, int]:
    (found,) = orderflode.read("stock", "--store", "10", "--article", article)
    return found["on_hand"], found["reserved"], found["outbound"]


def receipt_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_spreadsheet_with_a_mistake_is_undone_mended_and_taken_again(orderflode: CommandLine, tmp_path: Path) -> None:
    begin(orderflode, {("10", "00890"): 50, ("10", "12345"): 5}, picking="confirmed")
    sheet = tmp_path / "vecka47.xlsx"
    wrong = [("B-1", "00890", 20.0), ("B-1", "12345", 1), ("B-2", "00890", 30), ("B-3", "00890", 2), ("B-4", "A-1", 0)]
    a_workbook(sheet, COLUMNS, *(line(*each) for each in wrong))

    tried = orderflode.read("import", sheet, "--dry-run", status=1)
    assert (tried["accepted"], tried["refused"], tried["sheet"], tried["batch"]) == (3, 1, "Ordrar", None)
    taken = orderflode.read("import", sheet, "--receipt", tmp_path / "kvitto.csv", status=1)
    assert (taken["accepted"], taken["refused"], taken["unchanged"]) == (3, 1, 0)
    assert [(each["external_id"], each["rows"]) for each in taken["orders"]] == [("B-4", [6, 6])]
    assert [(each["first_row"], each["verdict"], each["external_id"], each["field"])
            for each in receipt_of(tmp_path / "kvitto.csv")] == [
        ("2", "accepted", "B-1", ""), ("4", "accepted", "B-2", ""), ("5", "accepted", "B-3", ""),
        ("6", "refused", "B-4", "rows[6].quantity"),
    ]  # fmt: skip
    orderflode.run("work", "--until-done")
    assert balance(orderflode, "00890") == (50, 50, 0)
    assert orders(orderflode)["B-3"][0] == "backordered"

    # Twenty should have been two: the whole import is taken back before anybody has picked.
    batch = taken["batch"]
    tried = orderflode.read("import-undo", batch, "--reason", "fel antal", "--dry-run")
    assert (tried["undone"], tried["cancelled"]) == (False, 3)
    undone = orderflode.read("import-undo", batch, "--reason", "fel antal")
    assert (undone["undone"], undone["cancelled"], undone["left"], undone["picked"]) == (True, 3, 0, [])
    assert balance(orderflode, "00890") == (50, 0, 0)
    again = orderflode.run("import-undo", batch, "--reason", "fel antal", status=1)
    assert "redan ångrad" in again.complaint and "fel antal" in again.complaint
    (listed,) = orderflode.read("imports")
    assert (listed["batch"], listed["source"], listed["accepted"], listed["undone"]["reason"]) == (
        batch, "import", 3, "fel antal",
    )  # fmt: skip
    assert "fel antal" in orderflode.run("imports").out

    a_workbook(sheet, COLUMNS, line("B-1", "00890", 2), line("B-1", "12345", 1), *(line(*each) for each in wrong[2:4]))
    mended = orderflode.read("import", sheet)
    assert (mended["accepted"], mended["unchanged"], mended["seen_before"]) == (3, 0, None)
    orderflode.run("work", "--until-done")

    now = orders(orderflode)
    assert now["B-1"] == ("validated", [("00890", 2), ("12345", 1)])
    assert now[f"B-1~undone-{batch}"] == ("cancelled", [("00890", 20), ("12345", 1)])
    assert {each for each in now if "~" not in each} == {"B-1", "B-2", "B-3"}
    assert balance(orderflode, "00890") == (50, 34, 0)
    orderflode.run("receipt", batch, "--out", tmp_path / "senare.csv")
    assert [each["state"] for each in receipt_of(tmp_path / "senare.csv")] == ["cancelled"] * 3 + [""]
    assert orderflode.read("verify")["broken"] == []


def test_an_import_of_which_an_order_is_picked_stands_and_the_order_is_named(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    begin(orderflode, {("10", "00890"): 50}, picking="confirmed", delivery="confirmed")
    file = write_orders(tmp_path / "o.ndjson", [an_order(f"B-{n}", ("00890", 1)) for n in range(3)])
    batch = orderflode.read("import", file)["batch"]
    orderflode.run("work", "--until-done")
    orderflode.run("confirm", "pick", "import:B-1")

    refused = orderflode.read("import-undo", batch, "--reason", "fel", status=1)
    assert [(each["external_id"], each["state"]) for each in refused["picked"]] == [("B-1", "picked")]
    told = orderflode.run("import-undo", batch, "--reason", "fel", status=1)
    assert told.out == "" and "import:B-1 Plockad" in told.err
    assert balance(orderflode, "00890") == (49, 2, 1)
    assert {state for state, _ in orders(orderflode).values()} == {"picked", "validated"}
    assert orderflode.read("imports")[0]["undone"] is None
    assert orderflode.read("verify")["broken"] == []


def test_a_job_that_repeats_a_file_by_itself_does_not_bring_back_what_was_undone(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    begin(orderflode, {("10", "00890"): 50})
    file = write_orders(tmp_path / "natt.ndjson", [an_order("B-1", ("00890", 1))])
    batch = orderflode.read("import", file, "--source", "natt", "--once")["batch"]
    orderflode.run("import-undo", batch, "--reason", "fel dag")

    refused = orderflode.run("import", file, "--source", "natt", "--once", status=2)
    assert f"batch {batch}" in refused.complaint
    assert orders(orderflode) == {f"B-1~undone-{batch}": ("cancelled", [("00890", 1)])}
    by_hand = orderflode.read("import", file, "--source", "natt")
    assert (by_hand["accepted"], by_hand["seen_before"], by_hand["seen_is_undone"]) == (1, batch, True)


@pytest.mark.parametrize(
    "words", [["imports", "--limit", "0"], ["import-undo", "x", "--reason", "y"], ["receipt", "1"]]
)
def test_a_call_that_cannot_be_tried_ends_with_2(orderflode: CommandLine, words: list[str]) -> None:
    orderflode.run(*words, status=2)


def test_what_is_refused_is_one_line_and_changes_nothing(orderflode: CommandLine, tmp_path: Path) -> None:
    file = write_orders(tmp_path / "o.ndjson", [an_order("B-1", ("00890", 1))])
    batch = orderflode.read("import", file)["batch"]
    nowhere = tmp_path / "nowhere" / "kvitto.csv"
    calls: list[tuple[int, list[Any]]] = [
        (1, ["import-undo", batch + 1, "--reason", "x"]), (1, ["import-undo", batch, "--reason", " "]),
        (1, ["import-undo", batch, "--reason", f"fel {PERSONNUMMER}"]), (1, ["receipt", 99, "--out", tmp_path / "r"]),
        (2, ["receipt", batch, "--out", nowhere]), (2, ["import", file, "--receipt", nowhere]),
        (2, ["import", file, file, "--receipt", tmp_path / "r"]), (2, ["import", file, "--sheet", "A"]),
        (2, ["import", file, "--receipt", tmp_path / "r", "--dry-run"]),
    ]  # fmt: skip
    before = orderflode.read("imports")
    for status, words in calls:
        assert PERSONNUMMER not in orderflode.run(*words, status=status).complaint
    assert orderflode.read("imports") == before
    assert not (tmp_path / "r").exists()
    assert json.loads(orderflode.run("receipt", batch, "--out", tmp_path / "r", "--json").out)["accepted"] == 1
