"""Who looked at whose data, when and why? The log that Patientdatalagen asks for, written before data leave.

A function that reads a patient's data calls `log_access` in the same transaction: no log, no data. The table is
append-only (migrations/sql/0002_patients.sql). Next: patient_looks.py and recalls.py, which log.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from psycopg.types.json import Jsonb

from config.database import Connection
from config.fault_points import fault_point
from workflows.free_text import refuse_personal_number
from workflows.steps.cancel import ReasonMissing

Action = Literal["patient_search", "patient_show", "patient_join", "patient_unjoin", "recall", "export"]


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks and why; `role` and `unit` are the actor's, where they are known."""

    actor: str
    why: str
    role: str | None = None
    unit: str | None = None


def log_access(
    tx: Connection, action: Action, look: Look, patients: Collection[int], **details: str | int | list[str] | None
) -> None:
    """Log that the actor sees the data of `patients` (ids), one row each in one statement; one without a patient
    where nobody was found. Raises ReasonMissing, PersonalNumberInText."""
    why = a_reason(look.why)
    kept = {name: value for name, value in details.items() if value is not None}
    for value in kept.values():
        for text in value if isinstance(value, list) else [value]:
            refuse_personal_number(str(text))
    seen: list[int] | list[None] = sorted(set(patients)) or [None]
    tx.execute(
        "INSERT INTO access_log (actor, role, unit, patient_id, action, why, details) "
        "SELECT %s, %s, %s, p, %s, %s, %s FROM unnest(%s::bigint[]) AS p ORDER BY p",
        (look.actor, look.role, look.unit, action, why, Jsonb(kept), seen),
    )
    fault_point("access.logged")


def a_reason(text: str) -> str:
    """The reason, trimmed. Raises ReasonMissing for none, PersonalNumberInText for one with a number in it."""
    why = text.strip()
    if not why:
        raise ReasonMissing(ReasonMissing.__doc__)
    refuse_personal_number(why)
    return why
