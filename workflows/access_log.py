"""Who looked at whose data, when and why? The log that Patientdatalagen asks for, written before data leave.

A function that reads a patient's data calls `log_access`, or one of the doors that log and then give what is sealed,
in the same transaction: no log, no data. Each row carries its keyed hash, so that the database alone can add none.
The table is append-only (migrations/sql/0004_access_log.sql). Next: log_chain.py, which seals the rows, and
patient_looks.py and recalls.py, which log.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from config.database import Connection
from config.fault_points import fault_point
from workflows.free_text import refuse_personal_number
from workflows.patients import Keys
from workflows.steps.cancel import ReasonMissing

Action = Literal[
    "patient_search", "patient_show", "patient_open", "patient_list", "patient_join", "patient_unjoin", "patient_erase",
    "patient_export", "recall", "export", "print", "log_extract", "denied",
]  # fmt: skip

Detail = str | int | list[str] | None


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks and why; `role`, `unit` and `kommun` are the actor's, where they are known. `keys` sign the rows."""

    actor: str
    why: str
    keys: Keys = field(repr=False)
    role: str | None = None
    unit: str | None = None
    kommun: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A patient's number as it is kept, once the look is logged."""

    id: int
    kind: str
    lookup: bytes
    sealed: bytes = field(repr=False)


def log_access(
    tx: Connection,
    action: Action,
    look: Look,
    patients: Collection[int],
    *,
    order_id: int | None = None,
    **details: Detail,
) -> None:
    """Log that the actor sees the data of `patients` (ids), one row each in one statement; one without a patient
    where nobody was found. Raises ReasonMissing, PersonalNumberInText."""
    tx.execute("SELECT write_looks(%s)", (look_entry(tx, action, look, patients, order_id, details),))
    fault_point("access.logged")


def open_patients(
    tx: Connection,
    action: Action,
    look: Look,
    patients: Collection[int],
    *,
    order_id: int | None = None,
    **details: Detail,
) -> list[Opened]:
    """Log the look, and what is sealed of the patients that the transaction's kommun sees.

    Raises ReasonMissing, PersonalNumberInText.
    """
    entry = look_entry(tx, action, look, patients, order_id, details)
    rows = tx.execute("SELECT id, kind, lookup, sealed FROM open_patients(%s)", (entry,)).fetchall()
    fault_point("access.logged")
    return [Opened(number, kind, bytes(lookup), bytes(sealed)) for number, kind, lookup, sealed in rows]


def open_recipient(
    tx: Connection, action: Action, look: Look, patients: Collection[int], *, order_id: int, **details: Detail
) -> tuple[Any, bytes] | None:
    """Log the look, and the order's recipient (id, sealed); None where it has none, or the kommun sees none.

    Raises ReasonMissing, PersonalNumberInText.
    """
    entry = look_entry(tx, action, look, patients, order_id, details)
    row = tx.execute("SELECT id, sealed FROM open_recipient(%s)", (entry,)).fetchone()
    fault_point("access.logged")
    return None if row is None else (row[0], bytes(row[1]))


def a_reason(text: str) -> str:
    """The reason, trimmed. Raises ReasonMissing for none, PersonalNumberInText for one with a number in it."""
    why = text.strip()
    if not why:
        raise ReasonMissing(ReasonMissing.__doc__)
    refuse_personal_number(why)
    return why


def look_entry(
    tx: Connection,
    action: Action,
    look: Look,
    patients: Collection[int],
    order_id: int | None,
    details: dict[str, Detail],
) -> Jsonb:
    """What the doors of the database take. The rows' numbers and moment are the database's.

    Raises ReasonMissing, PersonalNumberInText.
    """
    why = a_reason(look.why)
    kept = {name: value for name, value in details.items() if value is not None}
    for value in kept.values():
        for text in value if isinstance(value, list) else [value]:
            refuse_personal_number(str(text))
    seen: list[int] | list[None] = sorted(set(patients)) or [None]
    row = tx.execute("SELECT at, ids FROM next_looks(%s)", (len(seen),)).fetchone()
    assert row is not None
    at, ids = row
    common = (look.actor, look.role, look.unit, look.kommun)
    macs = [
        mac_of_row(look.keys, (number, at, *common, patient, action, why, order_id, look.request_id, kept)).hex()
        for number, patient in zip(ids, seen, strict=True)
    ]
    return Jsonb({
        "ids": ids, "at": at.astimezone(UTC).isoformat(), "actor": look.actor, "role": look.role, "unit": look.unit,
        "kommun": look.kommun, "action": action, "why": why, "order_id": order_id, "request_id": look.request_id,
        "details": kept, "patients": seen, "macs": macs,
    })  # fmt: skip


SIGNED = (
    "id", "at", "actor", "role", "unit", "kommun", "patient_id", "action", "why", "order_id", "request_id", "details",
)  # fmt: skip
"""The columns that a row's keyed hash is of, in this order."""


def mac_of_row(keys: Keys, row: Sequence[Any]) -> bytes:
    """The keyed hash of a row, given as the columns of SIGNED."""
    values = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
    return keys.mac_of("access_log", json.dumps(values, sort_keys=True, separators=(",", ":")).encode())
