"""What stood on the shelf at a moment that has passed? The balance less what has moved since.

What only corrects the record is told apart from goods that move: a difference that is found was there before.
"""

from collections.abc import Sequence
from datetime import datetime

from config.database import Connection

_SIGNED = "CASE WHEN m.to_place = 'store' AND m.to_store = %(store)s THEN m.quantity ELSE -m.quantity END"
_TOUCHES = "(m.to_place = 'store' AND m.to_store = %(store)s) <> (m.from_place = 'store' AND m.from_store = %(store)s)"


def moved_since(tx: Connection, store: str, articles: Sequence[str], moment: datetime) -> dict[str, int]:
    """Units that came to (+) or left (−) the store's shelf after `moment`, by article.

    A count corrects what stood on the shelf when it was counted, not when it was closed.
    """
    rows = tx.execute(
        f"""
        SELECT m.article, sum({_SIGNED}) FROM movement m
        LEFT JOIN stock_count_line c ON m.kind = 'count' AND c.article = m.article
            AND c.count_id = CASE m.kind WHEN 'count' THEN substr(m.document, 7)::bigint END
        WHERE m.at > %(moment)s AND m.article = ANY(%(articles)s::text[]) AND {_TOUCHES}
          AND coalesce(c.counted_at, m.at) > %(moment)s
        GROUP BY m.article
        """,
        {"store": store, "articles": list(articles), "moment": moment},
    )
    return {article: int(units) for article, units in rows}


def corrected_since(tx: Connection, store: str, counted: Sequence[tuple[str, datetime]]) -> dict[str, int]:
    """Units by which orders have corrected the shelf (own-store differences, short picks) since each article was
    counted: found (+) or missing (−), by article."""
    rows = tx.execute(
        f"""
        SELECT m.article, sum({_SIGNED}) FROM movement m
        JOIN unnest(%(articles)s::text[], %(moments)s::timestamptz[]) AS c (article, counted_at) USING (article)
        WHERE m.kind IN ('difference', 'reverse_difference', 'short_pick') AND m.at > c.counted_at
          AND m.at > (SELECT min(moment) FROM unnest(%(moments)s::timestamptz[]) AS moment) AND {_TOUCHES}
        GROUP BY m.article
        """,
        {
            "store": store,
            "articles": [article for article, _ in counted],
            "moments": [moment for _, moment in counted],
        },
    )
    return {article: int(units) for article, units in rows}
