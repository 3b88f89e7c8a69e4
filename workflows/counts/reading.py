"""What do people see of stock counts? The list, one count, and the sheet to count by.

Next: sheet_pages.py, a count's lines page by page.
"""

from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.counts.opening import CountNotFound


def list_counts(
    tx: Connection, store: str | None, state: str | None = None, before: int | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Counts, newest first, each with how many articles it has, how many are entered, and the units it booked."""
    return _counts(
        tx,
        "WHERE (%(store)s::text IS NULL OR c.store = %(store)s) AND (%(state)s::text IS NULL OR c.state = %(state)s) "
        "AND (%(before)s::bigint IS NULL OR c.id < %(before)s)",
        {"store": store, "state": state, "before": before, "limit": limit},
    )


def read_count(tx: Connection, count_id: int) -> dict[str, Any]:
    """One count, without its lines. Raises CountNotFound."""
    found = _counts(tx, "WHERE c.id = %(id)s", {"id": count_id, "limit": 1})
    if not found:
        raise CountNotFound(CountNotFound.__doc__)
    return found[0]


def show_count(tx: Connection, count_id: int) -> dict[str, Any]:
    """One count with its lines: counted, expected and difference are null for what is not entered.

    Raises CountNotFound.
    """
    return read_count(tx, count_id) | {"lines": _lines(tx, count_id)}


def sheet(tx: Connection, count_id: int, *, show_expected: bool) -> dict[str, Any]:
    """What is to be counted, along the shelves. The balance is told only when asked for: who counts should not know
    what to find. Raises CountNotFound."""
    count = show_count(tx, count_id)
    shown = ("article", "name", "shelf", "individual", "counted")
    on_hand: dict[str, int] = dict(
        tx.execute(
            "SELECT article, on_hand FROM stock_balance WHERE store = %s AND article = ANY(%s::text[])",
            (count["store"], [line["article"] for line in count["lines"]]),
        ).fetchall()
        if show_expected
        else []
    )
    lines = []
    for line in sorted(count["lines"], key=lambda each: (each["shelf"] is None, each["shelf"], each["article"])):
        answer = {column: line[column] for column in shown}
        if show_expected:
            now = on_hand.get(line["article"], 0)
            answer["expected"] = now if line["expected"] is None else line["expected"]
        lines.append(answer)
    return {column: count[column] for column in ("id", "store", "shelf", "state", "opened_at")} | {"lines": lines}


def _counts(tx: Connection, where: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT 'I-' || c.id AS id, c.store, c.shelf, c.state, c.opened_at, c.opened_by, c.ended_at, c.ended_by,
                c.reason, l.articles, l.entered, l.found, l.missing
            FROM stock_count c CROSS JOIN LATERAL (
                SELECT count(*) AS articles, count(counted) AS entered,
                       coalesce(sum(booked) FILTER (WHERE booked > 0), 0) AS found,
                       coalesce(-sum(booked) FILTER (WHERE booked < 0), 0) AS missing
                FROM stock_count_line WHERE count_id = c.id) l
            {where} ORDER BY c.id DESC LIMIT %(limit)s
            """.encode(),
            values,
        ).fetchall()


def _lines(tx: Connection, count_id: int) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT l.article, a.name, t.shelf, a.individual, l.counted, l.expected,
                l.counted - l.expected AS difference, l.booked, l.counted_at, l.entered_by,
                coalesce(to_jsonb(l.serial_numbers), '[]') AS serial_numbers,
                coalesce(to_jsonb(l.elsewhere), '[]') AS elsewhere
            FROM stock_count_line l JOIN article a ON a.number = l.article
            LEFT JOIN stock_target t ON t.store = l.store AND t.article = l.article
            WHERE l.count_id = %s ORDER BY l.article
            """,
            (count_id,),
        ).fetchall()
