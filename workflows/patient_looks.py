"""What may be done with a patient's number? Show, join, unjoin: each in one transaction with its row in the log.

The log is committed with the answer, also where nobody was found or the join was refused. Next: access_log.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.database import Connection, Database
from workflows.access_log import Look, a_reason, log_access
from workflows.patient_links import JoinRefused, PatientNumber, join_patients, numbers_of, undo_join
from workflows.patient_records import find_patient, orders_of, things_held


class PatientNotFound(Exception):
    """Patienten finns inte (there is no such patient)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the back office sees one: numbers (the current one first), orders and things held."""

    numbers: list[PatientNumber]
    orders: list[dict[str, Any]]
    held: list[dict[str, Any]]


def show_person(database: Database, index: bytes, look: Look) -> Person:
    """The person with the number of that keyed index, under all their numbers. Raises PatientNotFound."""
    with database.transaction(statement_timeout_ms=0) as tx:
        (found,) = _search(tx, look, number=index)
        if found is not None:
            numbers = numbers_of(tx, found.id)
            ids = [number.id for number in numbers]
            log_access(tx, "patient_show", look, ids)
            return Person(numbers, orders_of(tx, ids), things_held(tx, ids))
    raise PatientNotFound(PatientNotFound.__doc__)


def join_numbers(database: Database, earlier: bytes, later: bytes, look: Look) -> tuple[PatientNumber, PatientNumber]:
    """Join the number with the keyed index `earlier` to `later`; returns both. Raises PatientNotFound, JoinRefused."""
    why = a_reason(look.why)
    refusal: JoinRefused | None = None
    with database.transaction() as tx:
        old, new = _search(tx, look, earlier=earlier, later=later)
        if old is not None and new is not None:
            log_access(tx, "patient_join", look, [old.id, new.id])
            refusal = _refusal_of(lambda: join_patients(tx, old, new, by=look.actor, why=why))
    if old is None or new is None:
        which = "Det tidigare numret" if old is None else "Det senare numret"
        raise PatientNotFound(f"{which} finns inte (the {'earlier' if old is None else 'later'} number is not there)")
    if refusal is not None:
        raise refusal
    return old, new


def unjoin_number(database: Database, earlier: bytes, look: Look) -> PatientNumber:
    """Undo the join of the number with that keyed index; returns it. Raises PatientNotFound, JoinRefused."""
    why = a_reason(look.why)
    refusal: JoinRefused | None = None
    with database.transaction() as tx:
        (found,) = _search(tx, look, number=earlier)
        if found is not None:
            log_access(tx, "patient_unjoin", look, [number.id for number in numbers_of(tx, found.id)])
            refusal = _refusal_of(lambda: undo_join(tx, found, by=look.actor, why=why))
    if found is None:
        raise PatientNotFound(PatientNotFound.__doc__)
    if refusal is not None:
        raise refusal
    return found


def _search(tx: Connection, look: Look, **indexes: bytes) -> list[PatientNumber | None]:
    """Who has these numbers. Where one is nobody's, the search is all that happens, and is logged."""
    found = [find_patient(tx, index) for index in indexes.values()]
    if missing := [name for name, each in zip(indexes, found, strict=True) if each is None]:
        log_access(tx, "patient_search", look, [each.id for each in found if each is not None], not_found=missing)
    return found


def _refusal_of(attempt: Callable[[], None]) -> JoinRefused | None:
    """Why it was refused, as a value: the transaction with the log goes on."""
    try:
        attempt()
    except JoinRefused as refusal:
        return refusal
    return None
