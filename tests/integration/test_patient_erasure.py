"""Is a patient forgotten where the law allows, and told everything before? Next: workflows/patient_erasure.py."""

import json
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from builders import CONFIRMED, a_world, order_row
from order_files import a_body, a_file, everything, taken_in, to_a_patient
from people import (
    ANOTHER_PERSONNUMMER,
    LOOK,
    PERSONNUMMER,
    SAMORDNINGSNUMMER,
    a_holding,
    delivered_to,
    index_of,
    logged,
    patient_of,
)
from sealing import seal_now

from config.database import Database
from exchange.outgoing.document_store import DocumentStore, remove_documents, sealed_file
from workflows.access_log import SIGNED, Look, mac_of_row
from workflows.keyring import keys_of
from workflows.log_chain import broken_looks, chain_digest, seals_of
from workflows.log_retention import outlived, remove_looks
from workflows.patient_erasure import ErasureRefused, erase_person, told_to_subject
from workflows.patient_looks import PatientNotFound, join_numbers, show_person
from workflows.patients import Keys, load_keys
from workflows.resealing import left, reseal
from workflows.rotating import begin
from workflows.verify.checking import verify

TOLD = {"name": "Åsa Öberg", "phone": "070-1740605", "address": {"city": "Kil"}, "note": "Ring på"}


@pytest.fixture
def look(keys: Keys) -> Look:
    return replace(LOOK, keys=keys)


@pytest.fixture
def world(database: Database, keys: Keys, tmp_path: Path) -> Database:
    keys_of(database, tmp_path / "keys.json")
    a_world(database, stock={("10", "A1"): 100})
    return database


def came_back_long_ago(database: Database, years: int = 11) -> None:
    """Everything delivered has come back, and it is long ago."""
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE order_line SET returned = quantity")
        owner.execute("UPDATE orders SET ended_at = now() - make_interval(years => %s)", (years,))


def erased(database: Database, keys: Keys, look: Look, number: str = PERSONNUMMER, decision: str | None = None) -> int:
    ids, hashes = erase_person(database, index_of(keys, number), look, years=10, decision=decision)
    assert len(ids) > 0
    return len(hashes)


def test_nothing_that_tells_of_the_patient_is_left_and_the_order_keeps_its_row(
    world: Database, keys: Keys, look: Look, tmp_path: Path
) -> None:
    file = a_file(tmp_path, to_a_patient("P-1"), to_a_patient("P-2", ANOTHER_PERSONNUMMER), a_body("U-1"))
    taken_in(world, keys, file)
    order = delivered_to(world, keys, PERSONNUMMER, ("A1", 2), told=TOLD)
    documents = DocumentStore(world, keys, tmp_path / "documents")
    documents.render_ahead(10)
    came_back_long_ago(world)
    before = order_row(world, order)
    with world.transaction() as tx:
        hashes = [
            bytes(sha256) for (sha256,) in tx.execute(
                "SELECT sha256 FROM document d JOIN utleverans u ON u.id = d.utleverans "
                "JOIN orders o ON o.id = u.order_id JOIN patient p ON p.id = o.patient_id WHERE p.lookup = %s",
                (index_of(keys, PERSONNUMMER),),
            )
        ]  # fmt: skip
    _, gone = erase_person(world, index_of(keys, PERSONNUMMER), look, years=10, decision=None)
    remove_documents(documents.folder, gone)

    assert sorted(set(gone)) == sorted(set(hashes))
    assert not any(sealed_file(documents.folder, sha256).exists() for sha256 in gone)
    with pytest.raises(PatientNotFound):
        show_person(world, index_of(keys, PERSONNUMMER), look)
    after = order_row(world, order)
    assert {column for column in before if before[column] != after[column]} == {"body_hash"}
    with world.transaction() as tx:
        # The other patient's row and the vårdenhet's are left.
        assert tx.execute("SELECT count(*) FROM intake_row").fetchone() == (2,)
        assert tx.execute("SELECT count(*) FROM recipient").fetchone() == (1,)
        assert tx.execute("SELECT count(*), count(erased_at) FROM patient").fetchone() == (2, 1)
        assert list(broken_looks(tx, keys)) == []
    # Nothing but what came_back_long_ago says without returns.
    assert [each.invariant.name for each in verify(world).broken] == ["returned-is-what-was-received"]
    assert {row[0] for row in logged(world)} == {"patient_erase", "patient_search"}


def test_who_comes_back_is_a_new_patient_and_the_keys_can_still_be_changed(
    world: Database, keys: Keys, look: Look, tmp_path: Path
) -> None:
    first = delivered_to(world, keys, PERSONNUMMER, ("A1", 1), told=TOLD)
    came_back_long_ago(world)
    erased(world, keys, look)
    again = delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    assert order_row(world, first)["patient_id"] != order_row(world, again)["patient_id"]

    new = begin(world, tmp_path / "keys.json")
    reseal(world, new)
    assert left(world, new) == {}


def test_all_numbers_of_a_person_are_forgotten_together(world: Database, keys: Keys, look: Look) -> None:
    delivered_to(world, keys, SAMORDNINGSNUMMER, ("A1", 1))
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    join_numbers(world, index_of(keys, SAMORDNINGSNUMMER), index_of(keys, PERSONNUMMER), look)
    came_back_long_ago(world)
    erased(world, keys, look, SAMORDNINGSNUMMER)
    with world.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM patient WHERE erased_at IS NULL").fetchone() == (0,)


def test_what_must_be_kept_is_kept_and_the_refusal_is_logged(world: Database, keys: Keys, look: Look) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    with pytest.raises(ErasureRefused, match="return them"):
        erased(world, keys, look, decision="IVO 1")
    came_back_long_ago(world, years=9)
    with pytest.raises(ErasureRefused, match="ten years"):
        erased(world, keys, look)
    assert {row[0] for row in logged(world)} == {"denied"}

    erased(world, keys, look, decision="IVO 8.4-12345/2026")
    with world.transaction() as tx:
        ((details,),) = tx.execute("SELECT details FROM access_log WHERE action = 'patient_erase'").fetchall()
    assert details == {"decision": "IVO 8.4-12345/2026"}


def test_an_open_order_keeps_the_patient_whoever_decides(database: Database, keys: Keys, look: Look) -> None:
    a_world(database, stock={("10", "A1"): 100}, **CONFIRMED)
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    with pytest.raises(ErasureRefused, match="open order"):
        erased(database, keys, look, decision="IVO 1")
    patient = patient_of(database, keys, PERSONNUMMER)
    # And by the door itself.
    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tx.execute("SELECT * FROM erase_patients(%s)", (json.dumps({"patients": [patient]}),))


def test_things_from_before_the_first_day_keep_the_patient(world: Database, keys: Keys, look: Look) -> None:
    a_holding(world, keys, "A1", PERSONNUMMER)
    with pytest.raises(ErasureRefused, match="return them"):
        erased(world, keys, look, decision="IVO 1")


def test_who_is_nobody_is_searched_for_and_that_is_logged(world: Database, keys: Keys, look: Look) -> None:
    for ask in (
        lambda: erased(world, keys, look),
        lambda: told_to_subject(world, index_of(keys, PERSONNUMMER), look),
    ):
        with pytest.raises(PatientNotFound):
            ask()
    assert [row[:2] for row in logged(world)] == [("patient_search", None)] * 2


def test_the_subject_is_told_everything_that_is_kept(world: Database, keys: Keys, look: Look) -> None:
    order = delivered_to(world, keys, PERSONNUMMER, ("A1", 2), told=TOLD)
    show_person(world, index_of(keys, PERSONNUMMER), look)
    told = told_to_subject(world, index_of(keys, PERSONNUMMER), look)
    assert told["numbers"] == [{"kind": "personnummer", "number": PERSONNUMMER}]
    (shown,) = told["orders"]
    assert (shown["id"], shown["recipient"], shown["lines"][0]["quantity"]) == (order, TOLD, 2)
    assert told["held"][0]["units"] == 2
    assert [each["action"] for each in told["looks"]] == ["patient_export", "patient_show"]
    assert logged(world)[-1][0] == "patient_export"


def test_retention_finds_what_has_been_kept_as_long_as_it_must_and_no_younger(
    world: Database, keys: Keys, look: Look
) -> None:
    old = delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    delivered_to(world, keys, ANOTHER_PERSONNUMMER, ("A1", 1))
    came_back_long_ago(world)
    with world.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE orders SET ended_at = now() - interval '9 years' WHERE id <> %s", (old,))
    with world.transaction() as tx:
        found = outlived(tx, years_of_looks=5, years_of_records=10)
        assert found.patients == (patient_of(world, keys, PERSONNUMMER),)
        assert outlived(tx, years_of_looks=5, years_of_records=12).patients == ()
        # Fewer than the law asks for are not asked for.
        assert outlived(tx, years_of_looks=0, years_of_records=0) == found


def test_looks_go_after_five_years_by_whole_seals_and_the_chain_still_stands(
    world: Database, keys: Keys, look: Look
) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    show_person(world, index_of(keys, PERSONNUMMER), look)
    seal_now(world, keys)
    show_person(world, index_of(keys, PERSONNUMMER), look)
    seal_now(world, keys)
    with pytest.raises(psycopg.errors.RestrictViolation):
        remove_looks(world, keys, (1,), by="test")

    age(world, keys, seal=1, years=6)
    with world.transaction() as tx:
        found = outlived(tx, years_of_looks=5, years_of_records=10)
        assert (found.seals, found.looks) == ((1,), 1)
        assert list(broken_looks(tx, keys)) == []
    assert remove_looks(world, keys, found.seals, by="test") == 1
    with world.transaction() as tx:
        assert list(broken_looks(tx, keys)) == []
        assert tx.execute("SELECT count(*) FROM access_log").fetchone() == (1,)


def test_a_removal_that_nobody_with_the_keys_wrote_is_told(world: Database, keys: Keys, look: Look) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1))
    show_person(world, index_of(keys, PERSONNUMMER), look)
    seal_now(world, keys)
    with world.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM access_log")
        owner.execute("INSERT INTO access_removal VALUES (1, now(), 'x', sha256('x'))")
    with world.transaction() as tx:
        assert list(broken_looks(tx, keys)) == ["removal of seal 1: changed"]


def age(database: Database, keys: Keys, *, seal: int, years: int) -> None:
    """The seal and its rows are made older, as who has the keys could."""
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE access_log SET at = at - make_interval(years => %s) WHERE seal = %s", (years, seal))
        for row in owner.execute(f"SELECT {', '.join(SIGNED)} FROM access_log WHERE seal = {seal}".encode()).fetchall():
            owner.execute("UPDATE access_log SET mac = %s WHERE id = %s", (mac_of_row(keys, row), row[0]))
        previous = bytes(32)
        for each in seals_of(owner):
            digest = chain_digest(owner, keys, replace(each, previous=previous))
            owner.execute(
                "UPDATE access_seal SET previous = %s, digest = %s WHERE number = %s", (previous, digest, each.number)
            )
            previous = digest


def test_other_keys_open_nothing_for_the_subject(world: Database, keys: Keys, look: Look, tmp_path: Path) -> None:
    delivered_to(world, keys, PERSONNUMMER, ("A1", 1), told=TOLD)
    others = load_keys(tmp_path / "others.json")
    with pytest.raises(PatientNotFound):
        told_to_subject(world, index_of(others, PERSONNUMMER), replace(look, keys=others))
    assert PERSONNUMMER not in str(everything(world))
