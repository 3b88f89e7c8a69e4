"""Who waits for what? Places in the queue of backordered orders, kept per store and article."""

from collections.abc import Collection, Mapping, Sequence

from config.database import Connection
from workflows.allocation import Goods, Place
from workflows.ledger import OUTSTANDING
from workflows.steps.reading import read_equivalents


def keep_place(tx: Connection, order_ids: Sequence[int], lacking: Mapping[int, Collection[int]] | None = None) -> None:
    """Let orders wait for the lines they lack (order → line numbers), or for all their lines.

    An order that accepts an equivalent waits for both, and goes on with whichever comes first. The caller holds the
    locks of all these balances.
    """
    pairs = [(order_id, line_no) for order_id, lines in (lacking or {}).items() for line_no in lines]
    others = [
        (order_id, line_no, article)
        for order_id, lines in read_equivalents(tx, order_ids).items()
        for line_no, article in lines.items()
    ]
    tx.execute(
        f"""
        INSERT INTO waiting_line (store, article, priority, received_at, order_id, quantity)
        SELECT o.sender, wanted.article, o.priority, o.received_at, o.id, sum({OUTSTANDING})
        FROM orders o JOIN order_line l ON l.order_id = o.id
        LEFT JOIN unnest(%(other_orders)s::bigint[], %(other_lines)s::int[], %(others)s::text[])
            AS other (order_id, line_no, article) ON other.order_id = l.order_id AND other.line_no = l.line_no
        CROSS JOIN LATERAL unnest(ARRAY[l.article, other.article]) AS wanted (article)
        WHERE o.id = ANY(%(ids)s::bigint[]) AND {OUTSTANDING} > 0 AND wanted.article IS NOT NULL
          AND (%(all)s OR (l.order_id, l.line_no) IN (SELECT * FROM unnest(%(orders)s::bigint[], %(lines)s::int[])))
        GROUP BY o.id, wanted.article
        """,
        {
            "ids": list(order_ids), "all": lacking is None,
            "orders": [order_id for order_id, _ in pairs], "lines": [line_no for _, line_no in pairs],
            "other_orders": [order_id for order_id, _, _ in others], "other_lines": [line for _, line, _ in others],
            "others": [article for _, _, article in others],
        },
    )  # fmt: skip


def leave_queue(tx: Connection, order_ids: Sequence[int]) -> None:
    """Give up the orders' places: they go on, or are cancelled."""
    tx.execute("DELETE FROM waiting_line WHERE order_id = ANY(%s::bigint[])", (list(order_ids),))


def places_of(tx: Connection, order_ids: Sequence[int]) -> set[Goods]:
    """The goods that the orders stand in the queue for."""
    return set().union(*waiting_for(tx, order_ids).values())


def waiting_for(tx: Connection, order_ids: Sequence[int]) -> dict[int, set[Goods]]:
    """The goods that each of the orders stands in the queue for."""
    waiting: dict[int, set[Goods]] = {}
    for order_id, store, article in tx.execute(
        "SELECT order_id, store, article FROM waiting_line WHERE order_id = ANY(%s::bigint[])", (list(order_ids),)
    ):
        waiting.setdefault(order_id, set()).add(Goods(store, article))
    return waiting


def wake(tx: Connection, goods: Collection[Goods]) -> None:
    """Let the resume step look at goods that are free while somebody waits for them: a place before them was given up.

    The caller holds the balances' locks: an order that is just joining the queue is seen.
    """
    tx.execute(
        """
        INSERT INTO restock (store, article)
        SELECT b.store, b.article FROM stock_balance b
        WHERE (b.store, b.article) IN (SELECT * FROM unnest(%s::text[], %s::text[])) AND b.on_hand > b.reserved
          AND EXISTS (SELECT FROM waiting_line w WHERE w.store = b.store AND w.article = b.article)
        """,
        ([each.store for each in goods], [each.article for each in goods]),
    )


def first_places(tx: Connection, goods: Collection[Goods], leaving_out: Sequence[int] = ()) -> dict[Goods, Place]:
    """For goods that somebody waits for: the first place in the queue, `leaving_out` and held orders aside.

    Read after the balances are locked: whoever began to wait did so under the same locks.
    """
    rows = tx.execute(
        """
        SELECT g.store, g.article, first.priority, first.received_at, first.order_id
        FROM unnest(%s::text[], %s::text[]) AS g (store, article)
        CROSS JOIN LATERAL (
            SELECT w.priority, w.received_at, w.order_id FROM waiting_line w
            WHERE w.store = g.store AND w.article = g.article AND w.order_id <> ALL(%s::bigint[])
              AND NOT EXISTS (SELECT FROM orders o WHERE o.id = w.order_id AND o.held_since IS NOT NULL)
            ORDER BY w.priority, w.received_at, w.order_id LIMIT 1) first
        """,
        ([each.store for each in goods], [each.article for each in goods], list(leaving_out)),
    )
    return {Goods(store, article): Place(*place) for store, article, *place in rows}
