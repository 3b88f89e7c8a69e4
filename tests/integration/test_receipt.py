"""What does the sender of a file get back? Every order with its verdict and its state, and nobody's number."""

import csv
from pathlib import Path

import pytest
from builders import a_world, run_all
from order_files import NUMBER, a_body, a_file, rows, taken_in, to_a_patient

from config.database import Database
from exchange.outgoing import receipt
from exchange.outgoing.receipt import COLUMNS, write_receipt
from workflows.patients import Keys
from workflows.undoing import undo_import


def read(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert all(tuple(each) == COLUMNS for each in found)
    return found


def test_a_receipt_has_every_order_and_every_violation_in_the_order_of_the_rows(
    database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt, "_PAGE", 2)
    a_world(database, stock={("10", "A1"): 100})
    taken_in(database, keys, a_file(tmp_path, a_body("I-1")))
    run_all(database)
    bad = a_body("=I-2", lines=[{"article": "A1", "quantity": 0}], reference=NUMBER)
    path = a_file(tmp_path, to_a_patient("I-3"), bad, "{broken", a_body("I-1"), a_body(NUMBER), a_body("-4"))
    batch = taken_in(database, keys, path).batch

    counts = write_receipt(database, keys, batch, tmp_path / "receipt.csv")

    assert counts == {"accepted": 2, "refused": 3, "unchanged": 1}
    found = read(tmp_path / "receipt.csv")
    told = [tuple(each[name] for name in ("first_row", "verdict", "external_id", "state", "code")) for each in found]
    assert told == [
        ("1", "accepted", "I-3", "draft", ""),
        ("2", "refused", "'=I-2", "", "field-format"),
        ("2", "refused", "'=I-2", "", "quantity"),
        ("3", "refused", "", "", "field-format"),
        ("4", "unchanged", "I-1", "delivered", ""),
        ("5", "refused", "", "", "field-format"),
        ("6", "accepted", "'-4", "draft", ""),
    ]
    ids = dict(rows(database, "SELECT external_id, id::text FROM orders"))
    assert [each["order_id"] for each in found] == [ids["I-3"], "", "", "", ids["I-1"], "", ids["-4"]]
    assert found[2]["field"] == "lines[0].quantity" and found[2]["sv"] and found[2]["en"]
    assert NUMBER not in (tmp_path / "receipt.csv").read_text()
    assert [each.name for each in tmp_path.glob(".receipt*")] == []


def test_a_receipt_names_undone_orders_as_the_sender_did(database: Database, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("X~undone-1x"))).batch
    undo_import(database, batch, actor="test", reason="fel")
    write_receipt(database, keys, batch, tmp_path / "receipt.csv")
    found = [(each["external_id"], each["state"]) for each in read(tmp_path / "receipt.csv")]
    assert found == [("I-1", "cancelled"), ("X~undone-1x", "cancelled")]


def test_an_import_of_before_has_a_receipt_without_the_ids_of_what_was_refused(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-2", lines=[]))).batch
    with database.session() as owner:
        owner.execute("UPDATE intake_verdict SET order_key = NULL")
    write_receipt(database, keys, batch, tmp_path / "receipt.csv")
    assert [each["external_id"] for each in read(tmp_path / "receipt.csv")] == ["I-1", ""]


def test_a_receipt_that_cannot_be_written_leaves_nothing(database: Database, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"))).batch
    (tmp_path / "folder").mkdir()
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match="folder"):
        write_receipt(database, keys, batch, tmp_path / "folder")
    assert set(tmp_path.iterdir()) == before
