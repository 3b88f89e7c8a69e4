"""Where is a delivery note kept? Rendered once, sealed at rest, and the same bytes ever after.

Next: test_delivery_note.py (what stands on it), exchange/outgoing/document_store.py.
"""

import resource
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from builders import a_world, run_all
from order_files import NUMBER, a_body, a_file, counts, rows, taken_in, to_a_patient
from people import LOOK
from unit.document_reading import everything_in, metadata_of, words_of

from config.database import Database
from exchange.outgoing.document_store import DocumentStore
from workflows.patients import Keys, KeysUnusable, load_keys

AT_HOME = {"name": "Åsa Öberg", "address": {"street": "Storgatan 1", "city": "Karlstad"}, "phone": "08-465 004 07"}


@pytest.fixture
def documents(database: Database, keys: Keys, tmp_path: Path) -> DocumentStore:
    a_world(database, stock={("10", "A1"): 100})
    return DocumentStore(database, keys, tmp_path / "documents")


def delivered(store: DocumentStore, folder: Path, *bodies: dict[str, Any], keys: Keys | None = None) -> list[str]:
    """The orders taken in and delivered; the numbers of their utleveranser, in the order of the bodies."""
    assert counts(taken_in(store.database, keys or store.keys, a_file(folder, *bodies))) == (len(bodies), 0, 0)
    run_all(store.database)
    numbers = dict(rows(store.database, "SELECT external_id, number FROM utleverans JOIN orders o ON o.id = order_id"))
    return [numbers[body["external_id"]] for body in bodies]


def to_a_person(external_id: str, **told: object) -> dict[str, Any]:
    return to_a_patient(external_id, receiver={"kind": "patient", "id": NUMBER} | AT_HOME | told)


def files(store: DocumentStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def notes_due(store: DocumentStore) -> list[str]:
    return [number for (number,) in rows(store.database, "SELECT number FROM utleverans WHERE note_due ORDER BY id")]


def note_of(store: DocumentStore, number: str) -> bytes:
    pdf = store.delivery_note(number, LOOK)
    assert pdf is not None
    return pdf


def test_a_note_is_rendered_when_it_is_first_asked_for(documents: DocumentStore, tmp_path: Path) -> None:
    (number,) = delivered(documents, tmp_path, a_body("D-1"))
    assert files(documents) == []
    assert notes_due(documents) == [number]
    pdf = note_of(documents, number)
    assert pdf.startswith(b"%PDF")
    assert number in words_of(pdf)
    assert len(files(documents)) == 1
    assert notes_due(documents) == []


def test_a_number_that_was_never_given_has_no_note(documents: DocumentStore) -> None:
    assert documents.delivery_note("10-2026-999999", LOOK) is None
    assert documents.delivery_note("", LOOK) is None
    assert files(documents) == []


def test_a_stored_note_is_sealed_and_nobody_elses_to_read(documents: DocumentStore, tmp_path: Path) -> None:
    (number,) = delivered(documents, tmp_path, to_a_person("D-1"))
    pdf = note_of(documents, number)
    (file,) = files(documents)
    sealed = file.read_bytes()
    assert b"%PDF" not in sealed
    assert pdf[100:132] not in sealed
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)]
    assert any(mode & 0o077 == 0 for mode in modes), [oct(mode) for mode in modes]
    with pytest.raises(KeysUnusable):
        DocumentStore(documents.database, load_keys(tmp_path / "others.json"), documents.folder).delivery_note(
            number, LOOK
        )


def test_a_note_in_another_ones_place_cannot_be_read(documents: DocumentStore, tmp_path: Path) -> None:
    one, other = delivered(documents, tmp_path, to_a_person("D-1"), a_body("D-2"))
    note_of(documents, one)
    (file_of_one,) = files(documents)
    note_of(documents, other)
    (file_of_other,) = set(files(documents)) - {file_of_one}
    file_of_other.write_bytes(file_of_one.read_bytes())
    with pytest.raises(KeysUnusable):
        documents.delivery_note(other, LOOK)


def test_the_same_note_has_the_same_bytes_again_whatever_changed_since(
    documents: DocumentStore, tmp_path: Path
) -> None:
    (number,) = delivered(documents, tmp_path, a_body("D-1"))
    pdf = note_of(documents, number)
    assert "Artikel 1" in words_of(pdf)
    with documents.database.transaction() as tx:
        tx.execute("UPDATE article SET name = 'Omdöpt'")
    assert documents.delivery_note(number, LOOK) == pdf
    assert len(files(documents)) == 1


def test_a_note_whose_file_is_lost_is_rendered_anew_with_the_same_bytes(
    documents: DocumentStore, tmp_path: Path
) -> None:
    (number,) = delivered(documents, tmp_path, to_a_person("D-1"))
    pdf = note_of(documents, number)
    (file,) = files(documents)
    file.unlink()
    assert documents.delivery_note(number, LOOK) == pdf
    assert files(documents) == [file]
    assert documents.delivery_note(number, LOOK) == pdf


def test_a_patients_name_and_address_are_printed_and_the_number_nowhere(
    documents: DocumentStore, tmp_path: Path
) -> None:
    named = to_a_person("D-1", name=f"Åsa Öberg {NUMBER}")
    (number,) = delivered(documents, tmp_path, named)
    pdf = note_of(documents, number)
    printed = words_of(pdf)
    for told in ("Åsa Öberg", "Storgatan 1", "08-465 004 07"):
        assert told in printed
    for text in (printed, metadata_of(pdf), everything_in(pdf).decode("latin-1")):
        assert list(in_clear(text)) == []


def in_clear(text: str) -> Iterator[str]:
    for writing in (NUMBER, NUMBER[2:], "20000101-1493", "000101-1493"):
        if writing in text:
            yield writing


def test_of_a_protected_identity_nothing_is_printed(documents: DocumentStore, tmp_path: Path) -> None:
    hidden = to_a_person("Öberg-1", protected=True) | {"reference": "Åsa hos mor", "note": "Ring Åsa"}
    (number,) = delivered(documents, tmp_path, hidden)
    pdf = note_of(documents, number)
    shown = words_of(pdf) + metadata_of(pdf) + everything_in(pdf).decode("latin-1")
    assert number in shown
    for told in ("Åsa", "Öberg", "Storgatan", "Karlstad", "465 004", "hos mor"):
        assert told not in shown
        assert told not in words_of(pdf)


def test_notes_are_rendered_ahead_oldest_first_and_each_once(documents: DocumentStore, tmp_path: Path) -> None:
    numbers = delivered(documents, tmp_path, *(a_body(f"D-{place}") for place in range(5)))
    asked_for = note_of(documents, numbers[1])
    due = notes_due(documents)
    assert documents.render_ahead(3) == 3
    assert notes_due(documents) == due[3:]
    assert documents.render_ahead(3) == len(due) - 3
    assert documents.render_ahead(3) == 0
    stored = {file: file.stat().st_mtime_ns for file in files(documents)}
    assert len(stored) == 5
    assert len({note_of(documents, number) for number in numbers}) == 5
    assert documents.delivery_note(numbers[1], LOOK) == asked_for
    assert {file: file.stat().st_mtime_ns for file in files(documents)} == stored


def test_a_note_that_cannot_be_rendered_does_not_stop_the_others(documents: DocumentStore, tmp_path: Path) -> None:
    (unreadable,) = delivered(documents, tmp_path, to_a_person("D-1"), keys=load_keys(tmp_path / "others.json"))
    (readable,) = delivered(documents, tmp_path, a_body("D-2"))
    assert notes_due(documents) == [unreadable, readable]
    assert documents.render_ahead(10) == 2
    assert notes_due(documents) == []
    assert len(files(documents)) == 1
    assert readable in words_of(note_of(documents, readable))
    with pytest.raises(KeysUnusable):
        documents.delivery_note(unreadable, LOOK)


def test_who_asks_at_once_gets_the_same_note_and_leaves_one_file(documents: DocumentStore, tmp_path: Path) -> None:
    numbers = delivered(documents, tmp_path, *(a_body(f"D-{place}") for place in range(5)))
    together = Barrier(6)

    def ask(number: str) -> bytes:
        together.wait(timeout=30)
        return note_of(documents, number)

    with ThreadPoolExecutor(6) as threads:
        for number in numbers:
            assert len(set(threads.map(ask, [number] * 6))) == 1
    assert [file.suffix for file in files(documents)] == [".sealed"] * 5


def test_a_disk_that_is_full_leaves_no_half_document_and_the_next_request_renders_it(
    documents: DocumentStore, tmp_path: Path
) -> None:
    (number,) = delivered(documents, tmp_path, a_body("D-1"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            documents.delivery_note(number, LOOK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(documents) == []
    assert note_of(documents, number).startswith(b"%PDF")


def test_what_a_writer_that_died_left_goes_when_the_document_is_written_anew(
    documents: DocumentStore, tmp_path: Path
) -> None:
    one, other = delivered(documents, tmp_path, a_body("D-1"), a_body("D-2"))
    note_of(documents, one)
    (whole,) = files(documents)
    left = whole.with_name(f".{whole.name}.left")
    whole.rename(left)
    note_of(documents, other)
    assert left in files(documents)
    note_of(documents, one)
    assert left not in files(documents)
    assert len(files(documents)) == 2
