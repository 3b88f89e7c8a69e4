"""What does the list of a recall say? Whom to contact, by the newest address, and nothing that protects nobody.

Next: exchange/outgoing/recall_file.py.
"""

import csv
import io
from typing import Any

import pytest
from builders import a_world, an_order, run_all, store
from order_files import everything
from people import (
    ANOTHER_PERSONNUMMER,
    LOOK,
    PERSONNUMMER,
    RESERVNUMMER,
    a_holding,
    delivered_to,
    index_of,
)

from config.database import Database
from exchange.outgoing.recall_file import COLUMNS, write_recall
from exchange.outgoing.safe_csv import BOM
from workflows.patient_looks import join_numbers
from workflows.patients import Keys, KeysUnusable, load_keys
from workflows.recall_rows import pages_of
from workflows.recalls import Recalled, recall

AT_HOME = {
    "name": "Testperson 1", "phone": "08-465 004 07",
    "address": {"street": "Låtsasgatan 1", "postal_code": "652 24", "city": "Karlstad"},
}  # fmt: skip
MOVED = {"name": "Testperson 1", "address": {"street": "Låtsasgatan 2", "city": "Kil"}}


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 9, ("10", "A2"): 9})
    return database


def listed(database: Database, keys: Keys) -> list[dict[str, Any]]:
    """The rows of the file of a recall of A1 that are with receivers."""
    handle = io.StringIO(newline="")
    result = recall(database, Recalled("A1"), LOOK)
    assert write_recall(handle, pages_of(database, result.recall), keys) == result.rows
    text = handle.getvalue()
    assert text.startswith(BOM)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))
    assert all(set(row) == set(COLUMNS) for row in rows)
    return [row for row in rows if row["plats"] == "hos mottagaren"]


def test_a_patient_is_named_with_the_newest_address_and_the_order_with_whom_to_ask(world: Database, keys: Keys) -> None:
    order_id = delivered_to(world, keys, PERSONNUMMER, ("A1", 2), told=AT_HOME, external_id="F-1")
    delivered_to(world, keys, PERSONNUMMER, ("A2", 1), told=MOVED)

    (row,) = listed(world, keys)

    assert row["sedan"] and row["utleverans"].startswith("10-")
    assert {name: value for name, value in row.items() if value and name not in ("sedan", "utleverans")} == {
        "artikel": "A1", "antal": "2", "plats": "hos mottagaren", "lager": "10", "lagernamn": "HMS",
        "mottagare": "Patient", "patient": "20000101-1493", "namn": "Testperson 1", "telefon": "08-465 004 07",
        "adress": "Låtsasgatan 2, Kil", "order": "test:F-1", "beställande enhet": "03-05",
        "enhetens namn": "Hemvården", "förskrivare": "forsk", "förskrivarens namn": "Förskrivare",
    }  # fmt: skip
    assert order_id


def test_a_joined_person_is_listed_under_the_current_number(world: Database, keys: Keys) -> None:
    delivered_to(world, keys, RESERVNUMMER, ("A1", 1), told=AT_HOME)
    delivered_to(world, keys, PERSONNUMMER, ("A2", 1), told=MOVED)
    assert [(row["patient"], row["adress"]) for row in listed(world, keys)] == [
        (RESERVNUMMER, "Låtsasgatan 1, 652 24 Karlstad")
    ]
    join_numbers(world, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    assert [(row["patient"], row["adress"]) for row in listed(world, keys)] == [("20000101-1493", "Låtsasgatan 2, Kil")]


@pytest.mark.parametrize("protected_under", [PERSONNUMMER, RESERVNUMMER])
def test_who_is_protected_in_one_order_has_no_address_in_any(world: Database, keys: Keys, protected_under: str) -> None:
    for number in (PERSONNUMMER, RESERVNUMMER):
        delivered_to(world, keys, number, ("A1", 1), told=AT_HOME)
    delivered_to(world, keys, protected_under, ("A2", 1), told=MOVED, protected=True)
    join_numbers(world, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    delivered_to(world, keys, ANOTHER_PERSONNUMMER, ("A1", 1), told=MOVED)

    shown = {(row["patient"], row["skyddad"], row["telefon"], row["adress"]) for row in listed(world, keys)}

    assert shown == {("20000101-1493", "skyddad", "", ""), ("18900101-9802", "", "", "Låtsasgatan 2, Kil")}


def test_a_vardenhet_is_named_and_what_was_out_before_the_first_day_too(world: Database, keys: Keys) -> None:
    store(world, an_order(("A1", 3)))
    run_all(world)
    a_holding(world, keys, "A1", "04-01")
    a_holding(world, keys, "A1", PERSONNUMMER)

    shown = sorted(
        (row["mottagare"], row["mottagarkod"], row["namn"], row["patient"], row["antal"], row["sedan"] == "2020-02-03")
        for row in listed(world, keys)
    )

    assert shown == [
        ("Patient", "", "", "20000101-1493", "1", True),
        ("Vårdenhet", "03-05", "Hemvården", "", "3", False),
        ("Vårdenhet", "04-01", "Rehab", "", "1", True),
    ]


def test_what_somebody_wrote_is_no_formula(world: Database, keys: Keys) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1), told={"name": "=1+1", "phone": "+46 8 465 004 01"})
    (row,) = listed(world, keys)
    assert (row["namn"], row["telefon"]) == ("'=1+1", "'+46 8 465 004 01")


def test_without_the_keys_nothing_is_read(world: Database, keys: Keys, tmp_path: Any) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1), told=AT_HOME)
    with pytest.raises(KeysUnusable):
        listed(world, load_keys(tmp_path / "others.json"))


def test_no_number_and_no_address_is_in_clear_in_the_database(world: Database, keys: Keys) -> None:
    for number in (RESERVNUMMER, PERSONNUMMER):
        delivered_to(world, keys, number, ("A1", 1), told=AT_HOME)
    join_numbers(world, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    listed(world, keys)

    stored = everything(world)

    assert all(stored[table] for table in ("access_log", "patient_link", "recall", "recall_row", "recipient"))
    for secret in (PERSONNUMMER, "20000101-1493", "0001011493", "000101-1493", RESERVNUMMER, "Låtsasgatan", "08-465"):
        forms = (secret, secret.encode().hex())
        assert [table for table, rows in stored.items() for row in rows if any(form in row for form in forms)] == []
