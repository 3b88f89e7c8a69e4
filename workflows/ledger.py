"""Where are the goods? The stock ledger's door from Python: lock balances, book movements, reserve and release.

A movement takes a quantity from one place to another; balances are the sums, checked by the database. All
writing goes through move_goods and move_order_lines (migrations/sql/0003_doors.sql), in key order. Next: queries.py,
verify/.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from config.database import Connection
from workflows.allocation import Goods

OUTSTANDING = "l.quantity - l.on_rest - l.cancelled"
"""SQL: the units of a line that this order itself moves: not those of its restorder, nor those cancelled out of it."""


class Movement(NamedTuple):
    """One row to book. Its cause is an order's line at a version, or a document (a receipt, a count)."""

    kind: str
    article: str
    quantity: int
    from_place: str
    from_store: str
    to_place: str
    to_store: str
    order_id: int | None = None
    order_version: int | None = None
    line_no: int | None = None
    document: str | None = None


class Reservation(NamedTuple):
    """A change of what is reserved; a negative quantity releases."""

    store: str
    article: str
    quantity: int


def lock_free(tx: Connection, goods: Collection[Goods]) -> dict[Goods, int]:
    """Lock the balances in key order and return what is free of each: on_hand − reserved, in units."""
    rows = tx.execute(
        "SELECT store, article, on_hand - reserved FROM lock_stock(%s::text[], %s::text[])",
        ([each.store for each in goods], [each.article for each in goods]),
    ).fetchall()
    return {Goods(store, article): free for store, article, free in rows}


def book(tx: Connection, movements: Sequence[Movement], reservations: Iterable[Reservation], actor: str) -> None:
    """Book movements and change reservations, all or nothing. Raises psycopg's CheckViolation for a balance
    that would fall below zero or below what is reserved."""
    columns = list(zip(*movements, strict=True)) or [()] * len(Movement._fields)
    reserved = list(zip(*reservations, strict=True)) or [()] * len(Reservation._fields)
    tx.execute(
        "SELECT move_goods("
        "(SELECT array_agg(m::goods_move) FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[], "
        "%s::text[], %s::text[], %s::bigint[], %s::int[], %s::int[], %s::text[]) AS m), "
        "(SELECT array_agg(r::reservation) FROM unnest(%s::text[], %s::text[], %s::int[]) AS r), %s)",
        [*map(list, columns), *map(list, reserved), actor],
    )


def move_lines(
    tx: Connection,
    order_ids: Sequence[int],
    kind: str,
    from_place: str,
    to_place: str,
    actor: str,
    *,
    release: bool = False,
) -> None:
    """Move the outstanding units of every line of the orders between two places of their sender; `to_place`
    "receiver" is their receiver, where a kommunlager's goods stand in its store.

    `release` gives up the reservations of the same units in the same update: on_hand may at no time fall
    below reserved.
    """
    tx.execute(
        "SELECT move_order_lines(%s::bigint[], %s, %s, %s, %s, %s)",
        (list(order_ids), kind, from_place, to_place, release, actor),
    )


def release_lines(tx: Connection, order_ids: Sequence[int], actor: str) -> None:
    """Give up the reservations of the orders' lines."""
    tx.execute(
        f"""
        SELECT move_goods(NULL, (
            SELECT array_agg(ROW(o.sender, l.article, -({OUTSTANDING}))::reservation)
            FROM orders o JOIN order_line l ON l.order_id = o.id
            WHERE o.id = ANY(%(ids)s::bigint[]) AND l.order_id = ANY(%(ids)s::bigint[]) AND {OUTSTANDING} > 0),
            %(actor)s)
        """,
        {"ids": list(order_ids), "actor": actor},
    )


def reverse_differences(tx: Connection, order_ids: Sequence[int], actor: str) -> None:
    """Take back the differences booked when the orders were validated: their goods were never taken."""
    tx.execute(
        """
        SELECT move_goods((
            SELECT array_agg(ROW('reverse_difference', m.article, m.quantity, 'store', o.sender,
                                 'difference', o.sender, o.id, o.version + 1, m.line_no, NULL)::goods_move)
            FROM orders o
            JOIN (SELECT order_id, line_no, article,
                         sum(CASE kind WHEN 'difference' THEN quantity ELSE -quantity END) AS quantity
                  FROM movement
                  WHERE order_id = ANY(%(ids)s::bigint[]) AND kind IN ('difference', 'reverse_difference')
                  GROUP BY order_id, line_no, article) m ON m.order_id = o.id AND m.quantity > 0
            WHERE o.id = ANY(%(ids)s::bigint[])), NULL, %(actor)s)
        """,
        {"ids": list(order_ids), "actor": actor},
    )
