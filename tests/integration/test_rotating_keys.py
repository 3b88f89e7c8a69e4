"""Are the keys changed for others while everybody works, and nobody notices? Next: workflows/rotating.py."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from builders import a_world
from order_files import a_body, a_file, taken_in, to_a_patient
from people import LOOK, PERSONNUMMER, delivered_to, index_of, patient_of
from waiting import wait_for

from config.database import Database
from exchange.demo_data.patients import official_test_numbers
from exchange.outgoing.document_store import DocumentStore, reseal_documents
from exchange.outgoing.receipt import write_receipt
from workflows.intake import NewPatient, store_patients
from workflows.key_file import read_ring, replace_ring, taking_over, with_coming, without_going
from workflows.keyring import hold_keys, keys_of
from workflows.patient_records import find_patient
from workflows.patients import Keys, KeysUnusable, load_keys, patient_row
from workflows.resealing import SEALED, left, reseal
from workflows.rotating import RotationRuns, alone, begin, finish

TOLD = {"name": "Åsa Öberg", "phone": "070-1740605"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def world(database: Database, keys: Keys, file: Path) -> Database:
    keys_of(database, file)
    a_world(database, stock={("10", "A1"): 100})
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told=TOLD)
    return database


def rotated(database: Database, file: Path, documents: Path | None = None) -> Keys:
    with alone(database):
        keys = begin(database, file)
        reseal(database, keys)
        if documents is not None:
            reseal_documents(documents, keys)
        assert left(database, keys) == {}
        finish(database, file)
    return load_keys(file, make=False)


def opened(database: Database, keys: Keys) -> list[str]:
    with database.transaction() as tx:
        rows = tx.execute("SELECT lookup, sealed FROM patient ORDER BY id").fetchall()
    return [keys.unseal(bytes(sealed), patient_row(bytes(lookup))).decode() for lookup, sealed in rows]


def test_after_a_change_everything_opens_with_the_new_keys_and_nothing_with_the_old(
    world: Database, keys: Keys, file: Path, tmp_path: Path
) -> None:
    old = keys.still()
    documents = DocumentStore(world, keys, tmp_path / "documents")
    with world.transaction() as tx:
        ((number,),) = tx.execute("SELECT number FROM utleverans").fetchall()
    note = documents.delivery_note(number, LOOK)

    new = rotated(world, file, documents.folder)

    assert opened(world, new) == [PERSONNUMMER]
    assert documents.delivery_note(number, LOOK) == note
    with pytest.raises(KeysUnusable):
        opened(world, old)
    assert list(read_ring(file).sealing) == ["k2"]
    assert keys_of(world, file).fingerprint == new.fingerprint != old.fingerprint
    with world.transaction() as tx:
        assert tx.execute("SELECT count(other_lookup) FROM patient").fetchone() == (0,)
        assert find_patient(tx, index_of(new, PERSONNUMMER)) is not None
        assert find_patient(tx, index_of(old, PERSONNUMMER)) is None
    for path in documents.folder.glob("*/*.sealed"):
        assert path.read_bytes()[1:3] == b"k2"


def test_keys_are_changed_as_often_as_one_likes(world: Database, file: Path) -> None:
    for number in (2, 3):
        assert rotated(world, file).current == f"k{number}"
    assert opened(world, load_keys(file)) == [PERSONNUMMER]


def test_every_column_that_may_be_sealed_or_hashed_with_a_key_is_known(database: Database) -> None:
    """A new one belongs in resealing.py, or here with why it has nothing of the keys."""
    changed = {
        *((each.table, each.column) for each in SEALED),
        ("patient", "sealed"), ("patient", "lookup"), ("patient", "other_lookup"), ("orders", "body_hash"),
        ("intake_batch", "content_hash"), ("intake_row", "order_key"), ("intake_verdict", "order_key"),
        ("key_check", "fingerprint"),
    }  # fmt: skip
    of_other_things = {
        ("document", "sha256"),  # of a content that is kept, sealed, in a file of that name
        # Of random secrets:
        ("session", "token_hash"), ("one_time_link", "token_hash"), ("known_device", "token_hash"),
        ("api_token", "token_hash"), ("oidc_login", "state_hash"), ("oidc_login", "browser_hash"),
        ("login_pace", "key"),  # of a login or an address, for some minutes
        ("access_log", "mac"), ("access_seal", "previous"), ("access_seal", "digest"), ("access_removal", "mac"),
        # by the log's own key, which stays: rows that are written stand for good
    }  # fmt: skip
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea'"
        ).fetchall()
    assert set(rows) == changed | of_other_things


def test_an_order_that_is_sent_again_is_known_before_during_and_after(
    world: Database, keys: Keys, file: Path, tmp_path: Path
) -> None:
    orders = a_file(tmp_path, a_body("U-1"), to_a_patient("P-1"))
    assert taken_in(world, keys, orders).accepted == 2
    other = a_file(tmp_path, a_body("U-1"), to_a_patient("P-1"), a_body("U-2"), name="other.ndjson")

    with alone(world):
        new = begin(world, file)
        assert taken_in(world, keys, other).unchanged == 2
        reseal(world, new)
        assert taken_in(world, keys, orders).unchanged == 2
        reseal(world, new)
        assert left(world, new) == {}
        finish(world, file)
    again = taken_in(world, load_keys(file), other)
    assert (again.accepted, again.unchanged, again.refused) == (0, 3, 0)
    assert again.seen_before is not None


def test_receipts_of_refused_rows_are_still_written(world: Database, keys: Keys, file: Path, tmp_path: Path) -> None:
    taken = taken_in(world, keys, a_file(tmp_path, a_body("U-1"), '{"external_id": "refused"}'))
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    write_receipt(world, keys, taken.batch, before)
    write_receipt(world, rotated(world, file), taken.batch, after)
    assert after.read_bytes() == before.read_bytes()
    assert b"refused" in after.read_bytes()


def test_rows_of_an_import_that_runs_keep_their_order_key(world: Database, keys: Keys, file: Path) -> None:
    with world.transaction() as tx:
        tx.execute("INSERT INTO intake_batch (source, content_hash) VALUES ('x', sha256('x'))")
        tx.execute(
            "INSERT INTO intake_row (batch_id, row_no, order_key, sealed) SELECT id, 1, sha256('y'), %s "
            "FROM intake_batch", (keys.seal(b"x", "intake_row.sealed 1 1"),),
        )  # fmt: skip
    with alone(world):
        new = begin(world, file)
        reseal(world, new)
        assert left(world, new) == {"intake_row.order_key": 1}
        with world.transaction() as tx:
            tx.execute("UPDATE intake_batch SET finished_at = now()")
        reseal(world, new)
        assert left(world, new) == {}


class Busy:
    """Somebody who works all the time: looks patients up, stores orders and opens what is sealed. Each has keys that
    were read before, as a process that runs does."""

    def __init__(self, *acts: Callable[[], None]) -> None:
        self.failed: list[BaseException] = []
        self.done = [0] * len(acts)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n, act)) for n, act in enumerate(acts)]

    def _work(self, place: int, act: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                act()
            except BaseException as error:
                self.failed.append(error)
                return
            self.done[place] += 1

    def __enter__(self) -> "Busy":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def test_under_load_no_look_up_fails_no_patient_becomes_two_and_nothing_is_left_on_the_old_keys(
    world: Database, file: Path
) -> None:
    known = [number for number in official_test_numbers()[:40] if number != PERSONNUMMER]
    coming = iter(official_test_numbers()[40:240])
    seeing, storing, opening = (load_keys(file) for _ in range(3))
    for number in known:
        patient_of(world, storing, number)
    stored: list[str] = []

    def look_up() -> None:
        for number in [*known[::7], *stored[-3:]]:
            with world.transaction() as tx:
                assert find_patient(tx, index_of(seeing, number)) is not None, "a patient was not found"

    def store() -> None:
        # A new one, and one that is known: who is known is found, whatever keys they were stored with.
        number = next(coming, known[1])
        with world.transaction() as tx:
            hold_keys(tx)
            patients = []
            for each in (number, known[0]):
                lookup = index_of(storing, each)
                sealed = storing.seal(each.encode(), patient_row(lookup))
                patients.append(NewPatient(lookup, "personnummer", sealed))
            store_patients(tx, patients)
        stored.append(number)

    def open_all() -> None:
        with world.transaction() as tx:
            rows = tx.execute("SELECT lookup, sealed FROM patient ORDER BY id LIMIT 30").fetchall()
        for lookup, sealed in rows:
            opening.unseal(bytes(sealed), patient_row(bytes(lookup)))

    with Busy(look_up, store, open_all) as busy:
        new = rotated(world, file)
    assert busy.failed == []
    assert min(busy.done) > 1
    everyone = opened(world, new)
    assert sorted(everyone) == sorted({PERSONNUMMER, *known, *stored})
    with world.transaction() as tx:
        assert left(world, new) == {}
        assert tx.execute("SELECT count(*) FROM patient WHERE substr(sealed, 2, 2) <> 'k2'").fetchone() == (0,)


def test_who_sealed_a_patient_before_the_keys_were_changed_may_not_store_them_after(
    world: Database, keys: Keys, file: Path
) -> None:
    stale = keys.still()
    begin(world, file)
    lookup = index_of(stale, "189001019802")
    patient = NewPatient(lookup, "personnummer", stale.seal(b"189001019802", patient_row(lookup)))
    with pytest.raises(psycopg.errors.SerializationFailure), world.transaction() as tx:
        store_patients(tx, [patient])
    with pytest.raises(psycopg.errors.SerializationFailure):
        delivered_to(world, stale, PERSONNUMMER, ("A1", 1), told=TOLD)
    # Who tries again has read the new file.
    delivered_to(world, load_keys(file), "189001019802", ("A1", 1), told=TOLD)


def test_the_keys_are_not_taken_over_while_somebody_stores_a_patient(world: Database, keys: Keys, file: Path) -> None:
    with world.transaction() as tx:
        hold_keys(tx)
        changing = threading.Thread(target=begin, args=(world, file))
        changing.start()
        changing.join(3)
        assert changing.is_alive()
        assert read_ring(file).current == "k1"
        lookup = index_of(keys, "189001019802")
        store_patients(tx, [NewPatient(lookup, "personnummer", keys.seal(b"189001019802", patient_row(lookup)))])
    changing.join(30)
    assert not changing.is_alive()
    new = load_keys(file)
    assert new.current == "k2"
    with world.transaction() as tx:
        assert find_patient(tx, index_of(new, "189001019802")) is not None


@pytest.mark.parametrize("stage", ["announced", "half sealed"])
def test_a_change_that_was_killed_is_gone_on_with(world: Database, keys: Keys, file: Path, stage: str) -> None:
    for number in official_test_numbers()[50:60]:
        patient_of(world, keys, number)
    if stage == "announced":
        replace_ring(file, with_coming(read_ring(file)))
    else:
        new = begin(world, file)
        with world.transaction() as tx:
            tx.execute("SELECT FROM patient WHERE id % 2 = 0 FOR UPDATE")
            reseal(world, new)
            assert left(world, new)["patient.sealed"] > 0
    assert find_with(world, load_keys(file)) == 10

    assert rotated(world, file).current == "k2"
    assert find_with(world, load_keys(file)) == 10


def find_with(database: Database, keys: Keys) -> int:
    with database.transaction() as tx:
        return sum(find_patient(tx, index_of(keys, each)) is not None for each in official_test_numbers()[50:60])


def test_two_do_not_change_the_keys_at_once(world: Database) -> None:
    with alone(world), pytest.raises(RotationRuns), alone(world):
        pass


def test_a_process_that_runs_reads_the_new_file_and_goes_on_while_there_is_none(keys: Keys, file: Path) -> None:
    sealed = keys.seal(b"x", "row")
    ring = taking_over(with_coming(read_ring(file)))
    replace_ring(file, ring)
    until_current(keys, "k2")
    assert keys.unseal(sealed, "row") == b"x"

    file.write_text("{")
    assert keys.unseal(keys.seal(b"y", "row"), "row") == b"y"
    file.unlink()
    assert keys.unseal(sealed, "row") == b"x"

    replace_ring(file, without_going(ring))
    until_refused(keys, sealed)
    assert file.stat().st_mode & 0o077 == 0


def until_current(keys: Keys, key: str) -> None:
    wait_for(lambda: keys.current == key)


def until_refused(keys: Keys, sealed: bytes) -> None:
    def refused() -> bool:
        try:
            keys.unseal(sealed, "row")
        except KeysUnusable:
            return True
        return False

    wait_for(refused)


def test_a_key_file_of_an_earlier_release_has_a_key_for_the_log(file: Path, tmp_path: Path) -> None:
    load_keys(file)
    content = json.loads(file.read_text())
    for name in ("log", "recognise"):
        del content[name]
    file.write_text(json.dumps(content))
    first, second = load_keys(file), load_keys(file)
    assert first.mac_of("x", b"y") == second.mac_of("x", b"y") != first.index_of("x", b"y")
    # What it recognised orders by was the index itself.
    assert first.recognition_of("orders.body", b"y") == first.index_of("orders.body", b"y")
    before, recognised = first.mac_of("x", b"y"), first.recognition_of("orders.body", b"y")
    replace_ring(file, without_going(taking_over(with_coming(read_ring(file)))))
    after = load_keys(file)
    assert after.mac_of("x", b"y") == before
    assert after.recognition_of("orders.body", b"y") == after.wrapped(recognised) != recognised
