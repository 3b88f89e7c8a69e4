"""How do the devices that were out before the first day get into the database? Each once, booked to its receiver.

A row seen before changes nothing; one that contradicts what is stored is a problem. Every problem is told at once, by
row and column, and none shows a value of a patient. Next: workflows/returns/, by which they come back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from config.database import Connection
from exchange.holding_rows import HOLDINGS_FILE, HoldingRow
from exchange.master_rows import FileProblem, Problems
from exchange.order_rows import new_patient
from exchange.shape_check import NO_PERSONAL_NUMBER, Expected
from workflows.devices import DeviceMove, move_devices
from workflows.identity import Identity, holds_personal_number, identity_of
from workflows.intake import PATIENT_BY_LOOKUP, NewPatient, store_patients
from workflows.keyring import hold_keys
from workflows.ledger import Movement, book
from workflows.order_types import ReceiverKind
from workflows.patients import Keys

_NO_PATIENT = Expected(
    "är inte ett giltigt personnummer, samordningsnummer eller reservnummer",
    "is not a valid personnummer, samordningsnummer or reservnummer",
)
_NOT_YET = Expected("får inte ligga efter i dag", "must not lie after today")
_NOT_MARKED = Expected("artikeln är inte individmärkt", "the article is not individually marked")
_KNOWN_DEVICE = Expected("individen finns redan någon annanstans", "the device is known to be somewhere else")
_CONTRADICTS = Expected(
    "har tidigare lästs in med ett annat värde under samma reference",
    "was loaded before with another value under the same reference",
)


@dataclass(frozen=True, slots=True)
class Registers:
    """By what patients' numbers are read and sealed: the keys, the day, and the region's reservnummer."""

    keys: Keys
    today: date
    reservnummer_patterns: Sequence[re.Pattern[str]] = ()

    def identity(self, row: HoldingRow) -> Identity | None:
        """Whose number the row has; None when it is nobody's."""
        return identity_of(row.receiver_id, on=self.today, reservnummer_patterns=self.reservnummer_patterns)

    def patient(self, row: HoldingRow) -> NewPatient | None:
        """The row's patient as stored; None for a vårdenhet."""
        identity = self.identity(row) if row.receiver_kind == ReceiverKind.PATIENT else None
        return None if identity is None else new_patient(identity.kind, identity.canonical, self.keys)


class Known(NamedTuple):
    """The codes that may be named: those of the files and of the database. `individual` is what the files say."""

    stores: set[str]
    units: set[str]
    articles: set[str]
    individual: Mapping[str, bool]


def take_turns(tx: Connection, rows: Sequence[object]) -> None:
    """Let one load of holdings or devices at a time compare and write."""
    if rows:
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('orderflode holdings', 0))")


def holding_problems(
    tx: Connection, rows: Sequence[HoldingRow], known: Known, registers: Registers | None
) -> list[FileProblem]:
    """Everything that is wrong with the rows; [] where they may be stored."""
    if not rows:
        return []
    assert registers is not None, "holdings are read with registers"
    hold_keys(tx)
    problems = Problems(HOLDINGS_FILE)
    stored = _stored(tx, rows)
    placed = _placed(tx, rows)
    individual = dict(tx.execute("SELECT number, individual FROM article").fetchall()) | dict(known.individual)
    first_seen: dict[tuple[str, str], int] = {}
    for row in rows:
        _check_names(row, known, registers, problems)
        if row.serial_number is not None:
            _check_device(row, individual, first_seen, problems)
        before = stored.get(row.reference)
        if before is not None:
            _check_unchanged(row, before, registers, problems)
        elif (row.article, row.serial_number) in placed:
            problems.add(row.row_no, "serial_number", _KNOWN_DEVICE)
    return problems.found


def _check_names(row: HoldingRow, known: Known, registers: Registers, problems: Problems) -> None:
    if row.receiver_kind == ReceiverKind.PATIENT:
        if registers.identity(row) is None:
            problems.add(row.row_no, "receiver_id", _NO_PATIENT)
    elif holds_personal_number(row.receiver_id):
        problems.add(row.row_no, "receiver_id", NO_PERSONAL_NUMBER)
    elif row.receiver_id not in known.units:
        problems.add(row.row_no, "receiver_id", _there_is_none("vårdenheten", "vårdenhet"))
    if row.article not in known.articles:
        problems.add(row.row_no, "article", _there_is_none("artikeln", "article"))
    if row.store not in known.stores:
        problems.add(row.row_no, "store", _there_is_none("lagret", "store"))
    if row.since > registers.today:
        problems.add(row.row_no, "since", _NOT_YET)


def _there_is_none(what_sv: str, what_en: str) -> Expected:
    return Expected(f"{what_sv} finns inte", f"there is no such {what_en}")


def _check_device(
    row: HoldingRow, individual: Mapping[str, bool], first_seen: dict[tuple[str, str], int], problems: Problems
) -> None:
    assert row.serial_number is not None
    earlier = first_seen.setdefault((row.article, row.serial_number), row.row_no)
    if earlier != row.row_no:
        twice = Expected(f"individen står redan på rad {earlier}", f"the device stands on row {earlier} already")
        problems.add(row.row_no, "serial_number", twice)
    if individual.get(row.article) is False:
        problems.add(row.row_no, "serial_number", _NOT_MARKED)


def _check_unchanged(row: HoldingRow, before: Mapping[str, object], registers: Registers, problems: Problems) -> None:
    patient = registers.patient(row)
    if patient is None and row.receiver_kind == ReceiverKind.PATIENT:
        return
    said = {
        "receiver_id": patient.lookup if patient else row.receiver_id,
        "article": row.article, "serial_number": row.serial_number, "quantity": row.quantity, "since": row.since,
        "store": row.store,
    }  # fmt: skip
    for column, value in said.items():
        known = before[column]
        if value not in known if isinstance(known, frozenset) else value != known:
            problems.add(row.row_no, column, _CONTRADICTS)


def _stored(tx: Connection, rows: Sequence[HoldingRow]) -> dict[str, dict[str, Any]]:
    """The holdings of the rows' references that are stored, each with its columns."""
    columns = ("article", "serial_number", "quantity", "since", "store")
    found = tx.execute(
        f"SELECT h.reference, p.lookup, p.other_lookup, h.unit, {', '.join(f'h.{column}' for column in columns)} "
        "FROM holding h LEFT JOIN patient p ON p.id = h.patient_id WHERE h.reference = ANY(%s::text[])",
        ([row.reference for row in rows],),
    )
    return {
        reference: {
            # While keys are changed a patient has two.
            "receiver_id": frozenset(bytes(each) for each in (lookup, other) if each) if lookup else unit,
            **dict(zip(columns, values, strict=True)),
        }
        for reference, lookup, other, unit, *values in found
    }


def _placed(tx: Connection, rows: Iterable[HoldingRow]) -> set[tuple[str, str | None]]:
    """The rows' devices that the register knows."""
    named = [(row.article, row.serial_number) for row in rows if row.serial_number is not None]
    found = tx.execute(
        "SELECT article, serial_number FROM device "
        "WHERE (article, serial_number) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        ([article for article, _ in named], [number for _, number in named]),
    )
    return {(article, number) for article, number in found}


def store_holdings(tx: Connection, rows: Sequence[HoldingRow], registers: Registers | None, *, actor: str) -> int:
    """Store the rows that are not stored yet, book their units to their receivers and register their devices;
    returns how many. They have no problems."""
    stored = _stored(tx, rows)
    fresh = [row for row in rows if row.reference not in stored]
    if not fresh:
        return 0
    assert registers is not None, "holdings are read with registers"
    hold_keys(tx)
    patients = [registers.patient(row) for row in fresh]
    store_patients(tx, [each for each in patients if each])
    inserted = _insert(tx, fresh, [each.lookup if each else None for each in patients])
    book(
        tx,
        [
            Movement(
                "opening", row.article, row.quantity, "supplier", "", "receiver",
                "patient" if row.receiver_kind == ReceiverKind.PATIENT else row.receiver_id,
                document=f"holding {row.reference}",
            )
            for row in fresh
        ],
        [],
        actor,
    )  # fmt: skip
    devices = [
        DeviceMove(row.article, row.serial_number, None, "receiver", row.store, holding=inserted[row.reference])
        for row in fresh
        if row.serial_number is not None
    ]
    move_devices(tx, devices, "opening", actor)
    return len(fresh)


def _insert(tx: Connection, rows: Sequence[HoldingRow], lookups: Sequence[bytes | None]) -> dict[str, int]:
    """Insert the holdings; their ids by reference."""
    found = tx.execute(
        "INSERT INTO holding (reference, patient_id, unit, article, serial_number, quantity, since, store) "
        "SELECT h.reference, p.id, CASE WHEN h.lookup IS NULL THEN h.unit END, h.article, h.serial_number, h.quantity, "
        "h.since, h.store FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::int[], "
        "%s::date[], %s::text[]) "
        "AS h (reference, lookup, unit, article, serial_number, quantity, since, store) "
        f"LEFT JOIN LATERAL ({PATIENT_BY_LOOKUP.format('h.lookup')}) p ON true RETURNING reference, id",
        (
            [row.reference for row in rows], list(lookups),
            # A patient's number is not even sent.
            [None if lookup else row.receiver_id for row, lookup in zip(rows, lookups, strict=True)],
            [row.article for row in rows], [row.serial_number for row in rows], [row.quantity for row in rows],
            [row.since for row in rows], [row.store for row in rows],
        ),
    )  # fmt: skip
    return dict(found.fetchall())
