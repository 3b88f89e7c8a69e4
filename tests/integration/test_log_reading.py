"""Is the access log read by those it is for: the patient, and who reviews it? Next: workflows/log_reading.py."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from builders import a_world
from people import ANOTHER_PERSONNUMMER, PERSONNUMMER, SAMORDNINGSNUMMER, delivered_to, patient_of

from config.database import Database
from workflows.free_text import PersonalNumberInText
from workflows.log_reading import KINDS, NoSuchLook, NoteMissing, looks_at, review, reviews, sample
from workflows.patients import Keys

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=STOCKHOLM), datetime(2027, 1, 1, tzinfo=STOCKHOLM)
FRIDAY = datetime(2026, 11, 20, 12, tzinfo=STOCKHOLM)


@pytest.fixture
def known(database: Database, keys: Keys) -> int:
    """A patient with an order of 03-05 in Karlstad."""
    a_world(database, stock={("10", "A1"): 10})
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    return patient_of(database, keys, PERSONNUMMER)


def a_look(
    database: Database, patient: int | None, actor: str = "anna", unit: str | None = "03-05",
    at: datetime = FRIDAY, action: str = "patient_open", kommun: str | None = "Karlstad",
) -> int:  # fmt: skip
    with database.session() as owner:
        ((row,),) = owner.execute(
            "INSERT INTO access_log (at, actor, role, unit, kommun, patient_id, action, why) "
            "VALUES (%s, %s, 'hms', %s, %s, %s, %s, 'x') RETURNING id",
            (at, actor, unit, kommun, patient, action),
        ).fetchall()
    return int(row)


def sampled(database: Database, kind: str, how_many: int = 100) -> set[int]:
    with database.transaction(snapshot=True) as tx:
        return {row["id"] for row in sample(tx, kind, BEGINS, ENDS, how_many)}


def test_a_patient_is_told_from_which_unit_and_when_and_no_name(database: Database, known: int) -> None:
    a_look(database, known)
    a_look(database, known, at=FRIDAY + timedelta(hours=1), unit="04-01", kommun="Kil")
    a_look(database, None, action="patient_search")
    with database.transaction() as tx:
        looks = looks_at(tx, [known])
    assert [(each["at"], each["unit"], each["kommun"]) for each in looks] == [
        (FRIDAY + timedelta(hours=1), "04-01", "Kil"),
        (FRIDAY, "03-05", "Karlstad"),
    ]
    assert "anna" not in str(looks)


def test_looks_outside_working_hours_are_found_by_the_clock_in_sweden(database: Database, known: int) -> None:
    hours = {
        datetime(2026, 11, 20, 5, 59, tzinfo=STOCKHOLM): True, datetime(2026, 11, 20, 6, tzinfo=STOCKHOLM): False,
        datetime(2026, 11, 20, 19, 59, tzinfo=STOCKHOLM): False, datetime(2026, 11, 20, 20, tzinfo=STOCKHOLM): True,
        datetime(2026, 11, 21, 12, tzinfo=STOCKHOLM): True, datetime(2026, 7, 1, 6, tzinfo=STOCKHOLM): False,
        # The night in which 02:30 comes twice, and the day when an hour is left out.
        datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM): True, datetime(2026, 3, 30, 6, tzinfo=STOCKHOLM): False,
    }  # fmt: skip
    rows = {a_look(database, known, at=at): outside for at, outside in hours.items()}
    assert sampled(database, "outside-hours") == {row for row, outside in rows.items() if outside}


def test_several_of_one_unit_at_one_patient_within_a_week_are_found(database: Database, known: int, keys: Keys) -> None:
    other = patient_of(database, keys, ANOTHER_PERSONNUMMER)
    together = {a_look(database, known), a_look(database, known, "bo", at=FRIDAY + timedelta(days=6))}
    a_look(database, known, "cia", at=FRIDAY + timedelta(days=20))
    a_look(database, known, "dan", unit="04-01")
    a_look(database, other)
    a_look(database, other)
    assert sampled(database, "same-unit") == together


def test_looks_at_patients_that_no_order_of_the_users_is_for_are_found(
    database: Database, known: int, keys: Keys
) -> None:
    stranger = patient_of(database, keys, SAMORDNINGSNUMMER)
    a_look(database, known)
    a_look(database, known, unit=None, kommun=None)
    found = {
        a_look(database, stranger), a_look(database, known, unit="04-01", kommun="Kil"),
        a_look(database, stranger, unit=None, kommun=None),
    }  # fmt: skip
    a_look(database, stranger, action="denied")
    assert sampled(database, "no-relation") == found


def test_what_is_reviewed_is_not_sampled_again_and_the_decision_is_kept(database: Database, known: int) -> None:
    first, second = a_look(database, known), a_look(database, known, action="denied")
    assert sampled(database, "denied") == {second}
    assert len(sampled(database, "random", 1)) == 1
    with database.transaction() as tx:
        review(tx, first, "right", None, by="granskaren")
        review(tx, second, "wrong", "samtal med chefen", by="granskaren")
    assert sampled(database, "random") == set()
    with database.transaction() as tx:
        kept = reviews(tx, datetime(2000, 1, 1, tzinfo=STOCKHOLM), datetime(2100, 1, 1, tzinfo=STOCKHOLM))
    assert [(each["look"], each["decision"], each["note"]) for each in kept] == [
        (first, "right", None), (second, "wrong", "samtal med chefen"),
    ]  # fmt: skip
    for forgery in ("UPDATE access_review SET decision = 'right'", "DELETE FROM access_review"):
        with pytest.raises(psycopg.errors.RestrictViolation), database.session() as owner:
            owner.execute(forgery.encode())


def test_a_decision_says_of_what_and_why(database: Database, known: int) -> None:
    row = a_look(database, known)
    with database.transaction() as tx:
        with pytest.raises(NoSuchLook):
            review(tx, 999, "right", None, by="x")
        with pytest.raises(NoteMissing):
            review(tx, row, "wrong", " ", by="x")
        with pytest.raises(PersonalNumberInText):
            review(tx, row, "asked", f"gäller {PERSONNUMMER}", by="x")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sample_is_of_the_period_alone(database: Database, known: int, kind: str) -> None:
    for action in ("patient_open", "denied"):
        a_look(database, known, at=BEGINS - timedelta(microseconds=1), action=action, unit="04-01", kommun="Kil")
        a_look(database, known, "bo", at=ENDS, action=action, unit="04-01", kommun="Kil")
    assert sampled(database, kind) == set()
