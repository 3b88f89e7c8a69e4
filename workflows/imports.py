"""Which imports have there been, and what became of each of their orders? Read without locks, page by page.

Next: undoing.py; ../exchange/outgoing/receipt.py, which writes an import's receipt.
"""

from typing import Any, NamedTuple

from psycopg.rows import class_row, dict_row

from config.database import Connection


def list_imports(tx: Connection, before: int | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Imports, newest first: number, source, when, who, counts, and by whom, when and why it was undone."""
    with tx.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            """
            SELECT id AS batch, source, received_at, finished_at, imported_by, accepted, refused, unchanged,
                undone_at, undone_by, undone_reason
            FROM intake_batch WHERE %(before)s::bigint IS NULL OR id < %(before)s
            ORDER BY id DESC LIMIT %(limit)s
            """,
            {"before": before, "limit": limit},
        ).fetchall()
    for each in found:
        undone = {name: each.pop(f"undone_{name}") for name in ("at", "by", "reason")}
        each["undone"] = undone if undone["at"] else None
    return found


class Verdict(NamedTuple):
    """What became of one order of an import. `sealed` is the first raw row of a refused one."""

    first_row: int
    last_row: int
    verdict: str
    external_id: str | None
    order_id: int | None
    state: str | None
    violations: list[dict[str, str]] | None
    sealed: bytes | None


def verdicts_after(tx: Connection, batch: int, row_no: int, limit: int, *, refused_only: bool = False) -> list[Verdict]:
    """The next verdicts of the batch in the order of its rows, each with its order's state at this moment.

    An order is named as the sender named it, also where its import has been undone.
    """
    with tx.cursor(row_factory=class_row(Verdict)) as cursor:
        return cursor.execute(
            f"""
            SELECT v.first_row, v.last_row, v.verdict, o.id AS order_id, o.state, v.violations, r.sealed,
                CASE WHEN b.undone_at IS NULL THEN o.external_id
                     ELSE regexp_replace(o.external_id, '~undone-[0-9]+$', '') END AS external_id
            FROM intake_verdict v
            LEFT JOIN orders o ON o.id = v.order_id
            LEFT JOIN intake_batch b ON b.id = o.batch_id
            LEFT JOIN intake_row r ON r.batch_id = v.batch_id AND r.order_key = v.order_key AND r.row_no = v.first_row
            WHERE v.batch_id = %s AND v.first_row > %s {"AND v.verdict = 'refused'" if refused_only else ""}
            ORDER BY v.first_row LIMIT %s
            """,
            (batch, row_no, limit),
        ).fetchall()


def find_import(tx: Connection, batch: int, kommun: str | None) -> dict[str, Any] | None:
    """The import of that number: source, when, by whom, counts, and whether it was undone, when, by whom and why.

    `kommun` is who asks.
    """
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT id AS batch, source, received_at, finished_at, imported_by, accepted, refused, unchanged, "
            "undone_at IS NOT NULL AS undone, undone_at, undone_by, undone_reason FROM intake_batch "
            "WHERE id = %(batch)s AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s)",
            {"batch": batch, "kommun": kommun},
        ).fetchone()


def is_import(tx: Connection, batch: int) -> bool:
    """Whether there is an import of that number."""
    return tx.execute("SELECT FROM intake_batch WHERE id = %s", (batch,)).fetchone() is not None
