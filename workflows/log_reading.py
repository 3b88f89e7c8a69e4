"""What does the access log say? An extract for the patient, samples for review, and the decisions that were made.

A patient may know from which unit, when and how their data were looked at (Patientdatalagen 8 kap. 5 §). Who is
responsible samples the log regularly, and documents it (HSLF-FS 2016:40 4 kap. 9 §). Next: log_retention.py.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg.rows import dict_row

from config.database import Connection
from workflows.free_text import refuse_personal_number

Decision = Literal["right", "asked", "wrong"]

DECISIONS: Mapping[Decision, tuple[str, str]] = {
    "right": ("befogad", "was right"),
    "asked": ("frågan ställd till användaren", "the user is asked"),
    "wrong": ("obefogad", "was not right"),
}

_AT_A_PATIENT = "a.patient_id IS NOT NULL AND a.action <> 'denied'"

KINDS: Mapping[str, tuple[str, str, str]] = {
    "random": ("slumpvis", "at random", "true"),
    "outside-hours": (
        "utanför vardagar 06–20", "outside working days 06–20",
        "(extract(isodow FROM a.at AT TIME ZONE 'Europe/Stockholm') > 5 "
        "OR extract(hour FROM a.at AT TIME ZONE 'Europe/Stockholm') NOT BETWEEN 6 AND 19)",
    ),
    "same-unit": (
        "flera från samma enhet har tittat på samma patient inom en vecka",
        "several people of one unit looked at the same patient within a week",
        f"{_AT_A_PATIENT} AND EXISTS (SELECT FROM access_log b WHERE b.patient_id = a.patient_id AND b.unit = a.unit "
        "AND b.actor <> a.actor AND b.at BETWEEN a.at - interval '7 days' AND a.at + interval '7 days')",
    ),
    "no-relation": (
        "ingen order från användarens enhet eller kommun till patienten",
        "no order to the patient from the user's unit or kommun",
        f"{_AT_A_PATIENT} AND NOT EXISTS (SELECT FROM orders o WHERE o.patient_id = a.patient_id "
        "AND (o.orderer_unit = a.unit OR o.kommun = a.kommun OR a.unit IS NULL AND a.kommun IS NULL))",
    ),
    "denied": ("nekade", "denied", "a.action = 'denied'"),
}  # fmt: skip
"""How rows are picked for review: a name in Swedish and in English, and the condition."""


class NoSuchLook(Exception):
    """Raden finns inte i åtkomstloggen (there is no such row in the access log)."""


class NoteMissing(Exception):
    """Beskriv vad som gjorts (say what was done about it)."""


def looks_at(tx: Connection, patients: Collection[int]) -> list[dict[str, Any]]:
    """Who looked at these patients, newest first: at, unit, kommun, role, action, why. No name: the unit answers."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT at, unit, kommun, role, action, why FROM access_log "
            "WHERE patient_id = ANY(%s::bigint[]) ORDER BY at DESC, id DESC",
            (list(patients),),
        ).fetchall()


def sample(
    tx: Connection, kind: str, begins: datetime, ends: datetime, how_many: int,
    *, drawn: datetime | None = None, kommun: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Up to `how_many` rows of the period and kind that were not reviewed when it was `drawn` (now), by lot.

    Whoever says when it was drawn gets the same rows again, since that moment is the lot's seed. `kommun`: of the looks
    of those who act for it.
    """
    drawn = drawn or datetime.now(UTC)
    ours = "" if kommun is None else "AND a.kommun = %(kommun)s"
    by_lot = "ORDER BY hashint8extended(a.id, %(seed)s), a.id"
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            # The lot needs the rows' numbers alone, which the indexes have; the rows are read of those drawn.
            f"""
            SELECT a.id, a.at, a.actor, a.role, a.unit, a.kommun, a.action, a.why, a.patient_id AS patient,
                   a.order_id AS "order"
            FROM access_log a WHERE a.id = ANY (ARRAY(
                SELECT a.id FROM access_log a
                WHERE a.at >= %(begins)s AND a.at < %(ends)s AND ({KINDS[kind][2]}) {ours}
                  AND NOT EXISTS (SELECT FROM access_review r WHERE r.look = a.id AND r.reviewed_at < %(drawn)s)
                {by_lot} LIMIT %(most)s))
            {by_lot}
            """.encode(),
            {
                "begins": begins, "ends": ends, "kommun": kommun, "drawn": drawn,
                "seed": int(drawn.timestamp() * 1_000_000), "most": how_many,
            },
        ).fetchall()  # fmt: skip


def review(
    tx: Connection, look: int, decision: Decision, note: str | None, *, by: str, kommun: str | None = None
) -> None:
    """Keep what the reviewer decided of a row, which is their kommun's where they have one.

    Raises NoSuchLook, NoteMissing, PersonalNumberInText.
    """
    refuse_personal_number(note)
    if decision != "right" and not (note or "").strip():
        raise NoteMissing(NoteMissing.__doc__)
    seen = "SELECT FROM access_log WHERE id = %(look)s AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s)"
    if tx.execute(seen, {"look": look, "kommun": kommun}).fetchone() is None:
        raise NoSuchLook(NoSuchLook.__doc__)
    tx.execute(
        "INSERT INTO access_review (look, decision, note, reviewed_by) VALUES (%s, %s, %s, %s)",
        (look, decision, note, by),
    )


def reviews(tx: Connection, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    """The decisions of a period, oldest first: look, decision, note, reviewed_by, reviewed_at."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT look, decision, note, reviewed_by, reviewed_at FROM access_review "
            "WHERE reviewed_at >= %s AND reviewed_at < %s ORDER BY id",
            (begins, ends),
        ).fetchall()
