"""Who looked at what, between which moments? The access log by person, patient, order and kind, the newest first.

Each question is answered by an index that stands in the order of the answer (migrations/sql/0005_review.sql): however
long the log is, a page of it reads about as many rows as it shows. The log has no row security of its own, since no
role but the processes' reads it: whoever reviews for one kommun names it here. Next: log_reading.py, samples and
decisions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection


@dataclass(frozen=True, slots=True)
class LookFilter:
    """Which rows; None leaves a thing open. `kommun` is the reviewer's own: the looks of those who act for it.

    `before` is the last row of the page before.
    """

    begins: datetime
    ends: datetime
    actor: str | None = None
    patients: tuple[int, ...] | None = None
    order: int | None = None
    action: str | None = None
    kommun: str | None = None
    before: int | None = None


_CONDITIONS = {
    "actor": "a.actor = %(actor)s",
    "patients": "a.patient_id = ANY (%(patients)s::bigint[])",
    "order": "a.order_id = %(order)s",
    "action": "a.action = %(action)s",
    "kommun": "a.kommun = %(kommun)s",
}


def search_looks(tx: Connection, wanted: LookFilter, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` rows: id, at, actor, role, unit, kommun, action, why, patient, order, sealed."""
    given = {name: getattr(wanted, name) for name in _CONDITIONS}
    if wanted.patients is not None:
        given["patients"] = list(wanted.patients)
    conditions = [condition for name, condition in _CONDITIONS.items() if given[name] is not None]
    last: tuple[datetime, int] | None = None
    if wanted.before is not None:
        last = tx.execute("SELECT at, id FROM access_log WHERE id = %s", (wanted.before,)).fetchone()
    if last is not None:
        conditions.append("(a.at, a.id) < (%(at)s, %(id)s)")
    query = f"""
        SELECT a.id, a.at, a.actor, a.role, a.unit, a.kommun, a.action, a.why, a.patient_id AS patient,
               a.order_id AS "order", a.seal IS NOT NULL AS sealed
        FROM access_log a
        WHERE {" AND ".join(["a.at >= %(begins)s AND a.at < %(ends)s", *conditions])}
        ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s"""
    at, row = last or (None, None)
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            query.encode(),
            given | {"begins": wanted.begins, "ends": wanted.ends, "at": at, "id": row, "limit": limit},
        ).fetchall()


def decisions_of(tx: Connection, looks: Collection[int]) -> dict[int, dict[str, Any]]:
    """By row, the last decision that a reviewer made of it: decision, note, reviewed_by, reviewed_at."""
    with tx.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT ON (look) look, decision, note, reviewed_by, reviewed_at FROM access_review "
            "WHERE look = ANY (%s::bigint[]) ORDER BY look, id DESC",
            (list(looks),),
        ).fetchall()
    return {row.pop("look"): row for row in rows}
