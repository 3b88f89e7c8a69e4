"""What if a person counts fewer than expected? The missing units are found by line and booked as a difference."""

from collections.abc import Mapping

from config.database import Connection
from workflows.allocation import Goods
from workflows.cohort import Work
from workflows.ledger import OUTSTANDING, Movement, Reservation, book, lock_free


class ShortTooMuch(Exception):
    """Fler saknas än ordern har, eller alla: makulera i stället (more are short than it has, or all: cancel it)."""


def missing_by_line(work: Work) -> dict[int, int]:
    """The missing units of the one order by line_no. Raises ShortTooMuch."""
    rows = work.tx.execute(
        f"SELECT l.line_no, l.article, {OUTSTANDING} FROM order_line l WHERE l.order_id = %s ORDER BY l.line_no",
        (work.ids[0],),
    )
    return _by_line(rows.fetchall(), work.short)


def book_short(work: Work, missing: Mapping[int, int], kind: str, place: str) -> None:
    """Book the missing units (by line_no) of the one order from `place` to the sender's difference.

    At the pick (`place` is the store) they were reserved, and are released.
    """
    (order_id,) = work.ids
    # Everything the step will touch, in key order, before the first of it.
    lock_free(work.tx, order_goods(work.tx, order_id))
    rows = work.tx.execute(
        "SELECT l.line_no, l.article, o.sender, o.version + 1 FROM order_line l "
        "JOIN orders o ON o.id = l.order_id WHERE o.id = %s ORDER BY l.line_no",
        (order_id,),
    ).fetchall()
    sender, version = rows[0][2], rows[0][3]
    articles = {line_no: article for line_no, article, *_ in rows}
    book(
        work.tx,
        [
            Movement(kind, articles[line_no], units, place, sender, "difference", sender, order_id, version, line_no)
            for line_no, units in missing.items()
        ],
        [Reservation(sender, articles[line_no], -units) for line_no, units in missing.items() if place == "store"],
        work.actor,
    )


def order_goods(tx: Connection, *order_ids: int) -> set[Goods]:
    """The goods whose balances the orders' steps touch: at their senders and, for a lagerflytt, at its receiver; with
    what was ordered and what may be sent instead, for which they may come to wait."""
    rows = tx.execute(
        """
        WITH RECURSIVE wanted (order_id, article, accepts) AS (
            SELECT o.id, each.article, o.accept_equivalent FROM orders o JOIN order_line l ON l.order_id = o.id
            CROSS JOIN LATERAL unnest(ARRAY[l.article, l.ordered_article]) AS each (article)
            WHERE o.id = ANY(%(ids)s::bigint[]) AND each.article IS NOT NULL
            UNION
            SELECT wanted.order_id, next.number, true FROM wanted JOIN article a ON a.number = wanted.article
            JOIN article next ON next.number = a.successor WHERE wanted.accepts)
        SELECT DISTINCT store, wanted.article FROM orders o CROSS JOIN LATERAL unnest(
            ARRAY[o.sender, CASE o.receiver_kind WHEN 'kommunlager' THEN o.receiver_code END]) AS store
        JOIN wanted ON wanted.order_id = o.id WHERE o.id = ANY(%(ids)s::bigint[]) AND store IS NOT NULL
        """,
        {"ids": list(order_ids)},
    )
    return {Goods(store, article) for store, article in rows}


def _by_line(lines: list[tuple[int, str, int]], short: Mapping[str, int]) -> dict[int, int]:
    """Spread what is short of each article over its lines, the last line first."""
    left = dict(short)
    missing: dict[int, int] = {}
    for line_no, article, quantity in reversed(lines):
        units = min(quantity, left.get(article, 0))
        if units > 0:
            missing[line_no] = units
            left[article] -= units
    if any(left.values()) or sum(missing.values()) == sum(quantity for _, _, quantity in lines):
        raise ShortTooMuch(ShortTooMuch.__doc__)
    return missing
