"""Is every look at a patient logged before data leave? No log, no data; and nobody changes what the log says.

Next: workflows/access_log.py, workflows/patient_looks.py, workflows/recalls.py.
"""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from builders import a_world
from people import LOOK, PERSONNUMMER, RESERVNUMMER, delivered_to, index_of, logged, patient_of

from config.database import Database
from workflows.access_log import Look, log_access
from workflows.free_text import PersonalNumberInText
from workflows.patient_looks import PatientNotFound, join_numbers, show_person, unjoin_number
from workflows.patients import Keys
from workflows.recalls import Recalled, recall
from workflows.steps.cancel import ReasonMissing


@pytest.fixture
def world(database: Database, keys: Keys) -> Database:
    a_world(database, stock={("10", "A1"): 10})
    delivered_to(database, keys, PERSONNUMMER, ("A1", 2))
    return database


LOOKS: dict[str, Callable[[Database, Keys, Look], object]] = {
    "show": lambda database, keys, look: show_person(database, index_of(keys, PERSONNUMMER), look),
    "search": lambda database, keys, look: show_person(database, index_of(keys, RESERVNUMMER), look),
    "join": lambda database, keys, look: join_numbers(
        database, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), look
    ),
    "unjoin": lambda database, keys, look: unjoin_number(database, index_of(keys, PERSONNUMMER), look),
    "recall": lambda database, _, look: recall(database, Recalled("A1"), look),
}


def owner_says(database: Database, statement: str) -> None:
    with database.session() as session:
        session.execute(statement.encode())


@pytest.mark.parametrize("name", LOOKS)
def test_who_cannot_be_logged_sees_nothing(world: Database, keys: Keys, name: str) -> None:
    owner_says(world, "REVOKE EXECUTE ON FUNCTION write_looks FROM orderflode_worker")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        LOOKS[name](world, keys, LOOK)

    with world.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM recall_row").fetchone() == (0,)
        assert tx.execute("SELECT count(*) FROM patient_link").fetchone() == (0,)


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("why", ["", " \t"])
def test_who_gives_no_reason_sees_nothing(world: Database, keys: Keys, name: str, why: str) -> None:
    with pytest.raises(ReasonMissing):
        LOOKS[name](world, keys, replace(LOOK, why=why))
    assert logged(world) == []


@pytest.mark.parametrize("name", LOOKS)
def test_a_reason_with_a_number_in_it_is_refused_and_not_kept(world: Database, keys: Keys, name: str) -> None:
    with pytest.raises(PersonalNumberInText):
        LOOKS[name](world, keys, replace(LOOK, why=f"gäller {PERSONNUMMER}"))
    assert logged(world) == []


def test_a_look_is_logged_with_who_and_why(world: Database, keys: Keys) -> None:
    patient = patient_of(world, keys, PERSONNUMMER)
    show_person(
        world, index_of(keys, PERSONNUMMER), replace(LOOK, why=" svar till patienten ", role="hms", unit="03-05")
    )

    assert logged(world) == [("patient_show", patient, "beata", "svar till patienten")]
    with world.transaction() as tx:
        assert tx.execute("SELECT role, unit, details FROM access_log").fetchone() == ("hms", "03-05", {})


def test_a_search_for_nobody_is_logged_without_a_patient(world: Database, keys: Keys) -> None:
    with pytest.raises(PatientNotFound):
        show_person(world, index_of(keys, RESERVNUMMER), LOOK)
    assert logged(world) == [("patient_search", None, LOOK.actor, LOOK.why)]


def test_a_join_with_nobody_is_logged_as_a_search_that_found_the_other(world: Database, keys: Keys) -> None:
    with pytest.raises(PatientNotFound, match="tidigare"):
        join_numbers(world, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    assert logged(world) == [("patient_search", patient_of(world, keys, PERSONNUMMER), LOOK.actor, LOOK.why)]


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE access_log SET actor = 'någon annan'",
        "DELETE FROM access_log",
        "TRUNCATE access_log",
        "INSERT INTO access_log (at, actor, action, why) VALUES (now() - interval '1 day', 'a', 'recall', 'b')",
    ],
)
def test_nobody_rewrites_the_log(world: Database, keys: Keys, forgery: str) -> None:
    show_person(world, index_of(keys, PERSONNUMMER), LOOK)
    before = logged(world)

    with pytest.raises(psycopg.errors.InsufficientPrivilege), world.transaction() as tx:
        tx.execute(forgery.encode())
    if not forgery.startswith("INSERT"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner_says(world, forgery)

    assert logged(world) == before


def test_many_patients_are_logged_in_one_statement(world: Database) -> None:
    with world.session() as session:
        session.execute(
            "INSERT INTO patient (lookup, kind, sealed) SELECT sha256(n::text::bytea), 'personnummer', 'x' "
            "FROM generate_series(1, 5000) n"
        )
        ids = [patient for (patient,) in session.execute("SELECT id FROM patient")]

    with world.transaction(statement_timeout_ms=5_000) as tx:
        log_access(tx, "recall", LOOK, ids, article="A1")
        # One command wrote them all: they carry its number within the transaction.
        assert tx.execute("SELECT count(*), count(DISTINCT cmin::text) FROM access_log").fetchone() == (5001, 1)


@pytest.mark.parametrize("bad", [{"action": "läsa"}, {"why": " "}, {"actor": ""}])
def test_the_database_refuses_a_row_that_says_too_little(world: Database, bad: dict[str, str]) -> None:
    row = {"actor": "a", "action": "export", "why": "b"} | bad
    with pytest.raises(psycopg.errors.CheckViolation), world.session() as owner:
        owner.execute("INSERT INTO access_log (actor, action, why) VALUES (%(actor)s, %(action)s, %(why)s)", row)
