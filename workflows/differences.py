"""Where did goods and balance differ? Every difference of a store, what caused it, and who has looked into it.

A difference is a movement to or from a place where nobody can fetch it: `difference` or `written_off`. An own-store
difference counts less what was reversed. Next: ledger.py (how they are booked).
"""

from dataclasses import dataclass
from typing import Any

from psycopg.errors import RestrictViolation, UniqueViolation
from psycopg.rows import dict_row

from config.database import Connection, Database
from workflows.free_text import refuse_personal_number
from workflows.period import EVER, Period

KINDS = {
    "difference": "Saldot var lägre än vad som togs",
    "short_pick": "Fanns inte vid plock",
    "short_delivery": "Kom inte fram",
    "adjust": "Justering",
    "count": "Inventering",
    "write_off": "Svinn",
}
"""The kinds of difference, each with the cause to name where nobody gave one."""

KIND_NAMES = {
    "difference": "saldodifferens",
    "short_pick": "plockbrist",
    "short_delivery": "leveransbrist",
    "adjust": "justering",
    "count": "inventering",
    "write_off": "svinn",
}
"""The kinds by the words that people read in a list."""

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)

DIFFERENCES = f"""
    SELECT m.id, m.at, m.from_store AS store, m.kind, m.article,
           CASE WHEN m.from_place = 'difference' THEN 1 ELSE -1 END * (m.quantity - coalesce(r.units, 0)) AS units,
           m.order_id, m.document, m.actor,
           CASE m.kind WHEN 'adjust' THEN substr(m.document, strpos(m.document, ': ') + 2)
                       WHEN 'count' THEN (SELECT c.reason FROM stock_count c
                                          WHERE c.id = CASE m.kind WHEN 'count' THEN substr(m.document, 7)::bigint END)
           END AS cause
    FROM movement m
    LEFT JOIN LATERAL (
        SELECT sum(b.quantity) AS units FROM movement b
        WHERE m.kind = 'difference' AND b.order_id = m.order_id AND b.line_no = m.line_no
          AND b.kind = 'reverse_difference' AND b.order_version > m.order_version
          AND NOT EXISTS (
            SELECT FROM movement again WHERE again.order_id = m.order_id AND again.line_no = m.line_no
              AND again.kind = 'difference' AND again.order_version > m.order_version
              AND again.order_version < b.order_version)) r ON true
    WHERE m.kind IN ({_KINDS}) AND m.quantity > coalesce(r.units, 0)
      AND m.at >= %(begins)s AND m.at < %(ends)s
"""
"""SQL: every difference of a period (`begins`, `ends`); units are found (+) or missing (−). A reversal belongs to the
difference before it: a waiting order that goes on may book another."""


@dataclass(frozen=True, slots=True)
class DifferenceFilter:
    """Which differences to list; None leaves a thing open. `settled` lists those that are followed up as well."""

    store: str | None = None
    period: Period = EVER
    kind: str | None = None
    settled: bool = False


def list_differences(tx: Connection, wanted: DifferenceFilter) -> list[dict[str, Any]]:
    """Differences, oldest first: id, at, store, kind, article, name, units, order, document, cause, actor, settled."""
    return _differences(tx, wanted, "true ORDER BY d.at, d.id", {})


def page_of_differences(
    tx: Connection, wanted: DifferenceFilter, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The same of one store, newest first, from the first one before `before`."""
    of_store = "d.store = %(store)s AND d.id < %(before)s ORDER BY d.id DESC LIMIT %(limit)s"
    return _differences(tx, wanted, of_store, {"before": (1 << 63) - 1 if before is None else before, "limit": limit})


def is_difference_of(tx: Connection, difference: int, store: str) -> bool:
    """Whether there is a difference of that id in the store."""
    row = tx.execute(
        f"SELECT FROM movement WHERE id = %s AND from_store = %s AND kind IN ({_KINDS})".encode(), (difference, store)
    ).fetchone()
    return row is not None


def _differences(tx: Connection, wanted: DifferenceFilter, which: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""
            SELECT d.id, d.at, d.store, d.kind, d.article, a.name, d.units, d.order_id AS "order",
                   o.source || ':' || o.external_id AS external_id, d.document, d.cause, d.actor,
                   CASE WHEN f.movement IS NOT NULL THEN
                       jsonb_build_object('at', f.settled_at, 'by', f.settled_by, 'note', f.note) END AS settled
            FROM ({DIFFERENCES}) d
            LEFT JOIN article a ON a.number = d.article
            LEFT JOIN orders o ON o.id = d.order_id
            LEFT JOIN difference_followup f ON f.movement = d.id
            WHERE (%(store)s::text IS NULL OR d.store = %(store)s) AND (%(kind)s::text IS NULL OR d.kind = %(kind)s)
              AND (%(settled)s OR f.movement IS NULL) AND {which}
            """.encode(),
            {
                "store": wanted.store, "kind": wanted.kind, "settled": wanted.settled,
                "begins": wanted.period.begins, "ends": wanted.period.ends, **values,
            },
        ).fetchall()  # fmt: skip
    return [row | {"cause": row["cause"] or KINDS[row["kind"]]} for row in rows]


def totals(differences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per store and kind: how many differences, and the units found and missing."""
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for each in differences:
        key = (each["store"], each["kind"])
        total = sums.setdefault(key, {"store": key[0], "kind": key[1], "count": 0, "found": 0, "missing": 0})
        total["count"] += 1
        total["found" if each["units"] > 0 else "missing"] += abs(each["units"])
    return [sums[key] for key in sorted(sums)]


class NoDifference(Exception):
    """Det finns ingen sådan differens (there is no such difference)."""


class AlreadySettled(Exception):
    """Differensen är redan utredd (the difference is settled already)."""


class NoteMissing(Exception):
    """Vad utredningen visade måste anges (what was found out is required)."""


def settle(database: Database, difference: int, *, note: str, actor: str) -> None:
    """Note what was found out about a difference, once. Raises NoDifference, AlreadySettled, NoteMissing,
    PersonalNumberInText."""
    refuse_personal_number(note)
    if not note.strip():
        raise NoteMissing(NoteMissing.__doc__)
    try:
        with database.transaction() as tx:
            tx.execute(
                "INSERT INTO difference_followup (movement, note, settled_by) VALUES (%s, %s, %s)",
                (difference, note.strip(), actor),
            )
    except RestrictViolation:
        raise NoDifference(NoDifference.__doc__) from None
    except UniqueViolation:
        raise AlreadySettled(AlreadySettled.__doc__) from None
