"""Which numbers are one person's? An earlier number is joined to a later one, undone again, and nothing is rewritten.

Patients and orders keep their rows; a link says which number is the current one. There are no chains: when the number
others led to is itself joined, they are carried along, and given back when that join is undone. The database refuses
what is wrong (migrations/sql/0002_patients.sql). Next: patient_looks.py, the same with every look logged.
"""

from datetime import datetime
from typing import NamedTuple

import psycopg

from config.database import Connection
from workflows.identity import IdentityKind

LASTING = (IdentityKind.RESERVNUMMER, IdentityKind.SAMORDNINGSNUMMER, IdentityKind.PERSONNUMMER)
"""The kinds of numbers, from the one that is given for a day to the one that lasts."""


class JoinRefused(Exception):
    """Numren kan inte slås ihop (the numbers cannot be joined)."""


class PatientNumber(NamedTuple):
    """One number of a person: our id of it and its kind. `joined_at` is when it was joined to the current one."""

    id: int
    kind: str
    joined_at: datetime | None = None

    @property
    def current(self) -> bool:
        """Whether it is the person's current number."""
        return self.joined_at is None


def why_not_joined(earlier: str, later: str) -> str | None:
    """Why a number of the kind `earlier` does not lead to one of the kind `later`, with the right choice."""
    if LASTING.index(IdentityKind(earlier)) < LASTING.index(IdentityKind(later)):
        return None
    if earlier == later:
        return (
            f"Två {earlier} slås inte ihop: ett reservnummer eller samordningsnummer slås ihop med det personnummer "
            "personen fick sedan (two numbers of one kind are not joined: a reservnummer or samordningsnummer is "
            "joined to the later personnummer)"
        )
    return (
        f"Ett {earlier} slås inte ihop med ett {later}: ange {later} som det tidigare numret "
        f"(give the {later} as the earlier number)"
    )


def person_of(tx: Connection, patient_id: int) -> set[int]:
    """The ids of all numbers of the same person, its own included."""
    return {number.id for number in numbers_of(tx, patient_id)}


def numbers_of(tx: Connection, patient_id: int) -> list[PatientNumber]:
    """The numbers of the person whose number `patient_id` is, the current one first."""
    rows = tx.execute(
        """
        WITH person AS (
            SELECT coalesce((SELECT new_patient FROM patient_link WHERE old_patient = p.id AND undone_at IS NULL), p.id)
                   AS current
            FROM patient p WHERE p.id = %s)
        SELECT p.id, p.kind, NULL::timestamptz AS joined_at FROM person JOIN patient p ON p.id = current
        UNION ALL
        SELECT p.id, p.kind, k.joined_at FROM person
        JOIN patient_link k ON k.new_patient = current AND k.undone_at IS NULL JOIN patient p ON p.id = k.old_patient
        ORDER BY joined_at NULLS FIRST, id
        """,
        (patient_id,),
    )
    return [PatientNumber(*row) for row in rows]


def join_patients(tx: Connection, earlier: PatientNumber, later: PatientNumber, *, by: str, why: str) -> None:
    """Let the earlier number lead to the later one. Raises JoinRefused, which names the right choice."""
    if earlier.id == later.id:
        raise JoinRefused("Samma nummer två gånger (the same number twice)")
    if refusal := why_not_joined(earlier.kind, later.kind):
        raise JoinRefused(refusal)
    if not _is_current(tx, earlier):
        raise JoinRefused(
            "Det tidigare numret är redan hopslaget: ångra först med patient unjoin "
            "(the earlier number is joined already: undo that first by patient unjoin)"
        )
    if not _is_current(tx, later):
        raise JoinRefused(
            "Det senare numret är självt hopslaget: slå ihop med personens gällande nummer "
            "(the later number is itself joined: join to the person's current number)"
        )
    _through_the_door(tx, "SELECT join_patients(%s, %s, %s, %s)", earlier.id, later.id, by, why)


def undo_join(tx: Connection, earlier: PatientNumber, *, by: str, why: str) -> None:
    """Let the number be a person's of its own again. Raises JoinRefused where it is not joined to a later one."""
    if _is_current(tx, earlier):
        raise JoinRefused(
            "Numret är inte hopslaget med ett senare: ange det tidigare numret "
            "(the number is not joined to a later one: give the earlier number)"
        )
    _through_the_door(tx, "SELECT undo_join(%s, %s, %s)", earlier.id, by, why)


def _is_current(tx: Connection, number: PatientNumber) -> bool:
    row = tx.execute("SELECT FROM patient_link WHERE old_patient = %s AND undone_at IS NULL", (number.id,)).fetchone()
    return row is None


def _through_the_door(tx: Connection, call: str, *arguments: object) -> None:
    try:
        # A savepoint: the log of the attempt stays.
        with tx.transaction():
            tx.execute(call.encode(), arguments)
    except (psycopg.errors.RestrictViolation, psycopg.errors.UniqueViolation):
        raise JoinRefused("Numren ändrades under tiden; försök igen (they changed meanwhile; try again)") from None
