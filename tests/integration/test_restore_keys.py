"""Whose keys open a backup? Its own alone; without them exactly what is said to be lost is lost, and the rest works."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_world import an_empty_database, an_installation, brought_back, documents_of, kept, numbers_to, things_in
from builders import receive, run_all, states
from order_files import a_body, a_file, counts, rows, taken_in, to_a_patient
from people import LOOK

from config.database import Database
from config.server_urls import ServerUrls
from exchange.backup.keys import LOST_WITHOUT_KEYS, KeysMissing, KeysNotLost
from exchange.backup.restoring import OtherDocuments
from exchange.backup.writing import Installation
from exchange.outgoing.receipt import write_receipt
from workflows.keyring import keys_of
from workflows.patients import Keys, KeysUnusable, load_keys
from workflows.verify.checking import verify


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Installation:
    return an_installation(database, tmp_path)


@pytest.fixture
def file(here: Installation, tmp_path: Path) -> Path:
    return kept(here, tmp_path / "b.zip")


@pytest.fixture
def empty_url(servers: ServerUrls) -> Iterator[str]:
    with an_empty_database(servers) as url:
        yield url


def test_the_keys_are_put_in_their_place_for_their_owner_alone(
    here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    there = brought_back(file, empty_url, tmp_path / "there", keys=here.key_file)
    assert there.key_file.read_bytes() == here.key_file.read_bytes()
    assert stat.S_IMODE(there.key_file.stat().st_mode) == 0o600
    there.database.close()


def test_other_keys_and_none_are_refused(file: Path, empty_url: str, tmp_path: Path) -> None:
    load_keys(tmp_path / "others.json")
    (tmp_path / "no-keys.json").write_text("{}")
    for given in (None, tmp_path / "others.json", tmp_path / "missing.json"):
        with pytest.raises(KeysMissing):
            brought_back(file, empty_url, tmp_path / "there", keys=given)
    with pytest.raises(KeysUnusable):
        brought_back(file, empty_url, tmp_path / "there", keys=tmp_path / "no-keys.json")
    assert things_in(empty_url) == []
    assert not (tmp_path / "there").exists()


def test_keys_of_another_installation_are_not_written_over(
    here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    load_keys(tmp_path / "there" / "keys.json")
    before = (tmp_path / "there" / "keys.json").read_bytes()
    with pytest.raises(KeysMissing):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file)
    assert (tmp_path / "there" / "keys.json").read_bytes() == before


def test_keys_that_are_there_are_not_lost(file: Path, empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(KeysNotLost):
        brought_back(file, empty_url, tmp_path, lost=True)
    assert things_in(empty_url) == []


def test_documents_nobody_can_read_are_not_left_in_the_way(file: Path, empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").unlink()
    with pytest.raises(OtherDocuments):
        brought_back(file, empty_url, tmp_path, lost=True)
    assert things_in(empty_url) == []


@pytest.fixture
def keyless(here: Installation, file: Path, empty_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The installation restored after its keys were lost; new ones are made at the first use."""
    there = brought_back(file, empty_url, tmp_path / "there", lost=True)
    assert not there.key_file.exists()
    yield there
    assert verify(there.database).broken == ()
    there.database.close()


def new_keys(there: Installation) -> Keys:
    return keys_of(there.database, there.key_file)


def test_without_keys_the_orders_go_on_and_new_ones_are_taken(keyless: Installation, tmp_path: Path) -> None:
    receive(keyless.database, {("10", "A2"): 1})
    bodies = (a_body("new-1"), to_a_patient("new-2"))
    assert counts(taken_in(keyless.database, new_keys(keyless), a_file(tmp_path, *bodies))) == (2, 0, 0)
    run_all(keyless.database)
    ids = [order_id for (order_id,) in rows(keyless.database, "SELECT id FROM orders")]
    assert states(keyless.database, ids) == ["delivered"] * 10


def test_without_keys_notes_to_units_are_written_anew_and_those_to_patients_are_lost(
    here: Installation, keyless: Installation
) -> None:
    notes = documents_of(keyless)
    for number in numbers_to(keyless, "vardenhet"):
        assert notes.delivery_note(number, LOOK) == documents_of(here).delivery_note(number, LOOK)
    for number in numbers_to(keyless, "patient"):
        with pytest.raises(KeysUnusable):
            notes.delivery_note(number, LOOK)


def test_without_keys_numbers_and_names_are_lost(here: Installation, keyless: Installation) -> None:
    (lookup, sealed), *_ = rows(keyless.database, "SELECT lookup, sealed FROM patient")
    belongs_to = f"patient.sealed {bytes(lookup).hex()}"
    assert keys_of(here.database, here.key_file).unseal(bytes(sealed), belongs_to)
    with pytest.raises(KeysUnusable):
        new_keys(keyless).unseal(bytes(sealed), belongs_to)


def test_without_keys_receipts_of_refused_rows_are_lost(keyless: Installation, tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable):
        write_receipt(keyless.database, new_keys(keyless), 1, tmp_path / "receipt.csv")


def test_without_keys_an_order_sent_again_is_refused_never_doubled_and_its_patient_is_a_new_one(
    keyless: Installation, tmp_path: Path
) -> None:
    again = taken_in(keyless.database, new_keys(keyless), a_file(tmp_path, a_body("U-1"), to_a_patient("new-1")))
    assert counts(again) == (1, 1, 0)
    assert rows(keyless.database, "SELECT count(*) FROM orders WHERE external_id = 'U-1'") == [(1,)]
    assert rows(keyless.database, "SELECT count(*) FROM patient") == [(2,)]


def test_what_is_said_to_be_lost_is_what_these_tests_lose() -> None:
    assert [swedish.split()[0].rstrip(":") for swedish, _ in LOST_WITHOUT_KEYS] == [
        "patienternas", "följesedlar", "de", "igenkänningen",
    ]  # fmt: skip
