"""Which lines of a count come next? Along the shelves, a page at a time: a store's count may have thousands."""

from typing import Any, Literal

from psycopg.rows import dict_row

from config.database import Connection
from workflows.counts.found_devices import FoundDevices, compare

Which = Literal["all", "left", "differing"]
"""Every line, those that nothing is entered for, or those whose entry differs from what was expected."""

MOST_COMPARED = 200
"""Marked articles that are compared with the register before the close."""

_WHICH = {
    "all": "true",
    "left": "l.counted IS NULL",
    # A closed count tells what it booked: what an order had corrected meanwhile is no difference of the count's.
    "differing": "coalesce(l.booked, l.counted - l.expected, 0) <> 0 OR l.elsewhere IS NOT NULL",
}
_PLACE = "(t.shelf IS NULL, coalesce(t.shelf, ''), l.article)"
_LINE = """
    stock_count_line l JOIN article a ON a.number = l.article
    LEFT JOIN stock_target t ON t.store = l.store AND t.article = l.article
"""


def page_of_lines(
    tx: Connection, count_id: int, which: Which, after: str, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Lines along the shelves, from the first one after the article `after`, and `after` of the next page.

    Each has article, name, shelf, individual, counted, expected, difference, booked, counted_at, entered_by,
    serial_numbers and elsewhere.
    """
    with tx.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            f"""
            SELECT l.article, a.name, t.shelf, a.individual, l.counted, l.expected,
                l.counted - l.expected AS difference, l.booked, l.counted_at, l.entered_by,
                coalesce(l.serial_numbers, '{{}}') AS serial_numbers, coalesce(l.elsewhere, '{{}}') AS elsewhere
            FROM {_LINE}
            WHERE l.count_id = %(count)s AND ({_WHICH[which]}) AND (%(after)s = '' OR {_PLACE} > (
                SELECT t.shelf IS NULL, coalesce(t.shelf, ''), l.article FROM {_LINE}
                WHERE l.count_id = %(count)s AND l.article = %(after)s))
            ORDER BY t.shelf NULLS LAST, l.article LIMIT %(limit)s
            """.encode(),
            {"count": count_id, "after": after, "limit": limit + 1},
        ).fetchall()
    return found[:limit], found[limit - 1]["article"] if len(found) > limit else None


def marked_articles(tx: Connection, count_id: int) -> list[tuple[str, str]]:
    """(number, name) of the count's individually marked articles."""
    return tx.execute(
        "SELECT a.number, a.name FROM stock_count_line l JOIN article a ON a.number = l.article "
        "WHERE l.count_id = %s AND a.individual ORDER BY a.number",
        (count_id,),
    ).fetchall()


def devices_so_far(tx: Connection, count_id: int, store: str) -> list[FoundDevices]:
    """Of the marked articles that are entered: what the close would find of the register, where that is anything."""
    lines = tx.execute(
        "SELECT l.article, coalesce(l.serial_numbers, '{}'), l.counted_at FROM stock_count_line l "
        "JOIN article a ON a.number = l.article WHERE l.count_id = %s AND a.individual AND l.counted IS NOT NULL "
        "ORDER BY l.article LIMIT %s",
        (count_id, MOST_COMPARED),
    ).fetchall()
    compared = [compare(tx, store, article, serials, at) for article, serials, at in lines]
    return [each for each in compared if each.to_move or each.elsewhere]


def standing_of(tx: Connection, count_id: int) -> dict[str, int]:
    """What the entries come to so far: differing (lines), found and missing (units)."""
    with tx.cursor(row_factory=dict_row) as cursor:
        (row,) = cursor.execute(
            "SELECT count(*) FILTER (WHERE counted <> expected) AS differing, "
            "coalesce(sum(counted - expected) FILTER (WHERE counted > expected), 0)::int AS found, "
            "coalesce(sum(expected - counted) FILTER (WHERE counted < expected), 0)::int AS missing "
            "FROM stock_count_line WHERE count_id = %s",
            (count_id,),
        ).fetchall()
    return row
