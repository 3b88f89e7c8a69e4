"""Did a peer do the work? Whatever is missing, doubled, skipped or fused in the common schema is found here.

The names are the product's own (orders, history, movement, stock_balance, utleverans and their lines). Next: the
peers, one package each.
"""

import psycopg

from benchmarks.contender import WrongEndState

_MAIN_LINE = """
    (VALUES (1, 'create', NULL, 'draft'), (2, 'validate', 'draft', 'validated'), (3, 'pick', 'validated', 'picked'),
            (4, 'create_utleverans', 'picked', 'utleverans'), (5, 'deliver', 'utleverans', 'delivered'))
    AS step (version, event, from_state, to_state)
"""

_EXPECTED_MOVEMENTS = """
    SELECT l.order_id, l.line_no, m.version, m.kind, l.article, l.quantity, m.from_place, m.from_store, m.to_place,
           m.to_store
    FROM orders o JOIN order_line l ON l.order_id = o.id CROSS JOIN LATERAL (VALUES
        (3, 'pick', 'store', o.sender, 'outbound', o.sender),
        (5, 'deliver', 'outbound', o.sender,
            CASE o.receiver_kind WHEN 'kommunlager' THEN 'store' ELSE 'receiver' END, o.receiver_code)
    ) AS m (version, kind, from_place, from_store, to_place, to_store)
"""


def _differences(expected: str, found: str) -> str:
    """A query that counts rows of one query that the other has not, each as often as it stands there."""
    return (
        f"SELECT count(*) FROM ((({expected}) EXCEPT ALL ({found})) UNION ALL (({found}) EXCEPT ALL ({expected}))) rows"
    )


_FAULTS = {
    "orders too few or too many": "SELECT abs(count(*) - %(orders)s) FROM orders",
    "order lines too few or too many": "SELECT abs(count(*) - 2 * %(orders)s) FROM order_line",
    "orders not delivered": "SELECT count(*) FROM orders WHERE state <> 'delivered' OR version <> 5",
    "history rows missing or beside the main line": _differences(
        f"SELECT o.id, step.* FROM orders o CROSS JOIN {_MAIN_LINE}",
        "SELECT order_id, version, event, from_state, to_state FROM history",
    ),
    # xmin is the transaction that wrote the row: each transition is durable on its own.
    "orders with two transitions in one transaction": """
        SELECT count(*) FROM (SELECT FROM history GROUP BY order_id
                              HAVING count(DISTINCT xmin::text) <> count(*)) fused""",
    "orders without an utleverans of their own": """
        SELECT count(*) FROM orders o FULL JOIN utleverans u ON u.order_id = o.id
        WHERE (o.utleverans, o.sender) IS DISTINCT FROM (u.id, u.store)""",
    "numbers given twice": """
        SELECT count(*) - count(DISTINCT (store, year, sequence)) FROM utleverans""",
    "utleverans lines missing or wrong": _differences(
        "SELECT o.utleverans, l.line_no, l.article, l.quantity FROM orders o JOIN order_line l ON l.order_id = o.id",
        "SELECT utleverans, line_no, article, quantity FROM utleverans_line",
    ),
    "movements missing, doubled or wrong": _differences(
        _EXPECTED_MOVEMENTS,
        "SELECT order_id, line_no, order_version, kind, article, quantity, from_place, from_store, to_place, to_store "
        "FROM movement WHERE document IS NULL",
    ),
    "balances that are not the sum of their movements": """
        SELECT count(*) FROM stock_balance b FULL JOIN (
            SELECT store, article, sum(on_hand) AS on_hand, sum(outbound) AS outbound FROM (
                SELECT to_store AS store, article, quantity * (to_place = 'store')::integer AS on_hand,
                       quantity * (to_place = 'outbound')::integer AS outbound
                FROM movement WHERE to_place IN ('store', 'outbound')
                UNION ALL
                SELECT from_store, article, -quantity * (from_place = 'store')::integer,
                       -quantity * (from_place = 'outbound')::integer
                FROM movement WHERE from_place IN ('store', 'outbound')
            ) AS change GROUP BY store, article
        ) AS fold USING (store, article)
        WHERE (b.on_hand, b.outbound) IS DISTINCT FROM (fold.on_hand, fold.outbound)""",
    "balances that are negative, or still reserved or outbound": """
        SELECT count(*) FROM stock_balance WHERE on_hand < 0 OR reserved <> 0 OR outbound <> 0""",
}

_GAPS = """
    SELECT count(*) FROM (
        SELECT store, year, max(sequence) AS highest, count(*) AS given FROM utleverans GROUP BY store, year) numbers
    WHERE highest <> given
"""


def check_end_state(database_url: str, orders: int, *, gapless: bool = True) -> None:
    """Every order delivered once, step by step, with its rows; `gapless`: numbers without gaps for each store and year.

    Raises WrongEndState with every fault that was found and how many rows show it.
    """
    faults = _FAULTS | ({"stores with gaps in their numbers": _GAPS} if gapless else {})
    with psycopg.connect(database_url) as connection:
        counts = {}
        for fault, query in faults.items():
            row = connection.execute(query.encode(), {"orders": orders}).fetchone()
            assert row is not None
            counts[fault] = row[0]
    if any(counts.values()):
        raise WrongEndState("; ".join(f"{fault}: {count}" for fault, count in counts.items() if count))
