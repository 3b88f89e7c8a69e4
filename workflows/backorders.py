"""Who waits for what, and since when? The queues of backordered orders, read without locks. Next: steps/waiting.py."""

from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.incoming import COMING

_QUEUE = """
    SELECT w.store, w.article, w.order_id, w.priority, w.received_at, w.quantity,
        row_number() OVER (PARTITION BY w.store, w.article ORDER BY w.priority, w.received_at, w.order_id) AS place,
        since.at AS since,
        NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = w.order_id AND l.article = w.article) AS equivalent
    FROM waiting_line w
    CROSS JOIN LATERAL (
        SELECT max(h.at) AS at FROM history h
        WHERE h.order_id = w.order_id AND h.to_state = 'backordered' AND h.from_state <> 'backordered') since
    WHERE (%(store)s::text IS NULL OR w.store = %(store)s)
      AND (%(article)s::text IS NULL OR w.article = %(article)s)
"""


def list_backorders(tx: Connection, store: str | None, article: str | None) -> list[dict[str, Any]]:
    """By article and store: the units and number of orders that wait, how many of them are akut, since when the oldest
    has waited and for how many whole days, and what is free, on its way to the store and ordered to it, in units.
    Orders that would take it instead of another article are counted (`equivalent`), their units are not."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT article, store, q.units, q.orders, q.akut, q.equivalent, q.oldest,
                floor(extract(epoch FROM now() - q.oldest) / 86400)::int AS days,
                coalesce(b.on_hand - b.reserved, 0) AS free,
                coalesce(coming.on_its_way, 0)::int AS on_its_way,
                coalesce(coming.promised + coming.unjudged, 0)::int AS ordered
            FROM (SELECT article, store, coalesce(sum(quantity) FILTER (WHERE NOT equivalent), 0)::int AS units,
                      count(*)::int AS orders, count(*) FILTER (WHERE priority = 0)::int AS akut,
                      count(*) FILTER (WHERE equivalent)::int AS equivalent, min(since) AS oldest
                  FROM ({_QUEUE}) place GROUP BY article, store) q
            LEFT JOIN stock_balance b USING (store, article)
            LEFT JOIN ({COMING}) coming USING (store, article)
            ORDER BY article, store
            """,
            {"store": store, "article": article},
        ).fetchall()


def list_queue(tx: Connection, store: str | None, article: str | None) -> list[dict[str, Any]]:
    """Every place in the queues in order, first to last of each article and store: the order, its priority, since when
    it waits, how old it is, the units it needs, and whether it is held (then others go past it)."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT q.article, q.store, q.place::int, q.order_id AS order, o.source, o.external_id,
                CASE q.priority WHEN 0 THEN 'akut' ELSE 'normal' END AS priority, q.since, q.received_at,
                q.quantity AS units, q.equivalent, o.held_since IS NOT NULL AS held
            FROM ({_QUEUE}) q JOIN orders o ON o.id = q.order_id
            ORDER BY q.article, q.store, q.place
            """,
            {"store": store, "article": article},
        ).fetchall()
