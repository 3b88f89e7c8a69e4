"""What lies on a store's shelves, and how did it come there? A page of balances, one balance, its latest movements.

Asked in the name of who looks: row security keeps other kommuner's stores apart. Next: incoming.py (what is ordered to
a store), ledger.py (how movements are booked).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.incoming import COMING

MOST_LOOKED_AT = 20_000
"""Articles of a store that one page looks through at most for those that a search means."""

_SHELF = f"""
    SELECT k.article, a.name, a.individual, a.withdrawn, t.shelf, coalesce(b.on_hand, 0) AS on_hand,
        coalesce(b.reserved, 0) AS reserved, coalesce(b.on_hand - b.reserved, 0) AS available,
        coalesce(b.outbound, 0) AS outbound, t.reorder_point, t.target,
        coalesce(b.on_hand - b.reserved, 0) <= t.reorder_point IS TRUE AS below,
        coalesce(c.on_its_way, 0)::int AS on_its_way, coalesce(c.promised + c.unjudged, 0)::int AS ordered
    FROM unnest(%(articles)s::text[]) AS k (article) JOIN article a ON a.number = k.article
    LEFT JOIN stock_balance b ON b.store = %(store)s AND b.article = k.article
    LEFT JOIN stock_target t ON t.store = %(store)s AND t.article = k.article
    LEFT JOIN (SELECT * FROM ({COMING}) every WHERE every.store = %(store)s
        AND every.article = ANY(%(articles)s::text[])) c ON c.article = k.article
    ORDER BY k.article
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles of a store: those whose number begins so or whose name holds it; those at or below their reorder
    point alone; from the first one after `after`."""

    search: str = ""
    below: bool = False
    after: str = ""


def stores_here(tx: Connection, kommun: str | None, code: str | None = None) -> list[dict[str, Any]]:
    """The stores of the kommun, or of the region (that of the code alone, where one is given): code, name, kind,
    kommun, and how many counts are open."""
    return _rows(
        tx,
        """
        SELECT s.code, s.name, s.kind, s.kommun, (
            SELECT count(*) FROM stock_count c WHERE c.store = s.code AND c.state = 'open') AS open_counts
        FROM store s WHERE (%(kommun)s::text IS NULL OR s.kommun = %(kommun)s)
            AND (%(code)s::text IS NULL OR s.code = %(code)s) ORDER BY s.code
        """,
        {"kommun": kommun, "code": code},
    )


def receiving_stores(tx: Connection, kommun: str | None) -> list[dict[str, Any]]:
    """The stores to which the kommun's goods may come back: its own, and those of HMS; code and name."""
    return _rows(
        tx,
        "SELECT code, name FROM store WHERE %(kommun)s::text IS NULL OR kommun = %(kommun)s OR kind = 'hms' "
        "ORDER BY kind = 'hms', code",
        {"kommun": kommun},
    )


def page_of_shelves(tx: Connection, store: str, wanted: Wanted, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Balances by article, and `after` of the next page: article, name, individual, withdrawn, shelf, on_hand,
    reserved, available (on_hand − reserved), outbound, reorder_point, target, below, on_its_way, ordered; in units."""
    looked_at = MOST_LOOKED_AT if wanted.search or wanted.below else limit
    candidates = tx.execute(
        """
        SELECT k.article, (%(search)s = '' OR k.article ^@ %(search)s OR strpos(lower(a.name), lower(%(search)s)) > 0)
            AND (NOT %(below)s OR coalesce(b.on_hand - b.reserved, 0) <= t.reorder_point IS TRUE)
        FROM (
            (SELECT article FROM stock_balance WHERE store = %(store)s AND article > %(after)s
             ORDER BY article LIMIT %(most)s)
            UNION
            (SELECT article FROM stock_target WHERE store = %(store)s AND article > %(after)s
             ORDER BY article LIMIT %(most)s)
            ORDER BY article LIMIT %(most)s) k
        JOIN article a ON a.number = k.article
        LEFT JOIN stock_balance b ON b.store = %(store)s AND b.article = k.article
        LEFT JOIN stock_target t ON t.store = %(store)s AND t.article = k.article
        ORDER BY k.article
        """,
        {
            "store": store, "after": wanted.after, "search": wanted.search, "below": wanted.below, "most": looked_at,
        },
    ).fetchall()  # fmt: skip
    meant = [article for article, is_meant in candidates if is_meant]
    shown = meant[:limit]
    last = shown[-1] if len(meant) >= limit else candidates[-1][0] if len(candidates) == looked_at else None
    return read_shelves(tx, store, shown), last


def read_shelves(tx: Connection, store: str, articles: Sequence[str]) -> list[dict[str, Any]]:
    """The balances of these articles, as page_of_shelves tells them; zero where the store never had one."""
    return _rows(tx, _SHELF, {"store": store, "articles": list(articles)})


def is_kept(tx: Connection, store: str, article: str) -> bool:
    """Whether the store has, had or should have the article."""
    return (
        tx.execute(
            "SELECT FROM stock_balance WHERE store = %(store)s AND article = %(article)s UNION ALL "
            "SELECT FROM stock_target WHERE store = %(store)s AND article = %(article)s LIMIT 1",
            {"store": store, "article": article},
        ).fetchone()
        is not None
    )


def movements_of_shelf(
    tx: Connection, store: str, article: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """What changed the balance, newest first: id, kind, units (+ came, − left), from_place, from_store, to_place,
    to_store, order, utleverans, document, actor, at."""
    return _rows(
        tx,
        """
        SELECT m.id, m.kind, m.units, m.from_place, m.from_store, m.to_place, m.to_store, m.order_id AS "order",
            u.number AS utleverans, m.document, m.actor, m.at
        FROM (
            (SELECT *, -quantity AS units FROM movement WHERE from_store = %(store)s AND article = %(article)s
                AND from_place = 'store' AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s)
            UNION ALL
            (SELECT *, quantity AS units FROM movement WHERE to_store = %(store)s AND article = %(article)s
                AND to_place = 'store' AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s)
            ORDER BY id DESC LIMIT %(limit)s) m
        LEFT JOIN utleverans u ON u.order_id = m.order_id
        ORDER BY m.id DESC
        """,
        {"store": store, "article": article, "before": (1 << 63) - 1 if before is None else before, "limit": limit},
    )


def devices_on_shelf(tx: Connection, store: str, article: str, after: str, limit: int) -> list[dict[str, Any]]:
    """The article's devices that are in the store or on their way out, by number: serial_number, place, order, since.
    From the first one after `after`."""
    return _rows(
        tx,
        'SELECT serial_number, place, order_id AS "order", since FROM device WHERE store = %(store)s '
        "AND article = %(article)s AND place IN ('store', 'outbound', 'inspection', 'repair') "
        "AND serial_number > %(after)s ORDER BY serial_number LIMIT %(limit)s",
        {"store": store, "article": article, "after": after, "limit": limit},
    )


def _rows(tx: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
