"""What does the database guard? Its indexes and doors, each as somebody might have written it who knew no better."""

from typing import Final

from drill.region import STORES

ACKNOWLEDGE_BEFORE_DURABLE: Final = (
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "SELECT pg_reload_conf()",
)
"""COMMIT is answered before it is on the disk."""

NO_UNIQUE_CAUSE: Final = ("DROP INDEX movement_one_cause", "DROP INDEX movement_one_document")
"""A cause may move its goods as often as it is told to."""

_LOCK_STOCK: Final = """
CREATE OR REPLACE FUNCTION lock_stock(stores text[], articles text[]) RETURNS SETOF stock_balance
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO stock_balance (store, article)
    SELECT DISTINCT p.store, p.article FROM unnest(stores, articles) AS p (store, article)
    WHERE NOT EXISTS (SELECT FROM stock_balance b WHERE b.store = p.store AND b.article = p.article)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT b.* FROM stock_balance b
    WHERE (b.store, b.article) IN (SELECT * FROM unnest(stores, articles))
    ORDER BY b.store, b.article {lock};
END $$
"""

SKIP_LOCKED_BALANCES: Final = (_LOCK_STOCK.format(lock="FOR NO KEY UPDATE SKIP LOCKED"),)
"""A balance that somebody else has locked is passed over."""

READ_THEN_WRITE_STOCK: Final = (
    _LOCK_STOCK.format(lock=""),
    """
    CREATE OR REPLACE FUNCTION move_goods(moves goods_move[], reservations reservation[], moved_by text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        written balance_change[];
    BEGIN
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, document, actor)
        SELECT m.kind, m.article, m.quantity, m.from_place, m.from_store, m.to_place, m.to_store,
               m.order_id, m.order_version, m.line_no, m.document, moved_by FROM unnest(moves) m;
        WITH change AS (
            SELECT d.store, d.article, sum(d.on_hand) AS on_hand, sum(d.reserved) AS reserved,
                   sum(d.outbound) AS outbound
            FROM (
                SELECT m.from_store AS store, m.article, CASE m.from_place WHEN 'store' THEN -m.quantity ELSE 0 END
                       AS on_hand, 0 AS reserved,
                       CASE m.from_place WHEN 'outbound' THEN -m.quantity ELSE 0 END AS outbound
                FROM unnest(moves) m WHERE m.from_place IN ('store', 'outbound')
                UNION ALL
                SELECT m.to_store, m.article, CASE m.to_place WHEN 'store' THEN m.quantity ELSE 0 END, 0,
                       CASE m.to_place WHEN 'outbound' THEN m.quantity ELSE 0 END
                FROM unnest(moves) m WHERE m.to_place IN ('store', 'outbound')
                UNION ALL
                SELECT r.store, r.article, 0, r.quantity, 0 FROM unnest(reservations) r) d
            GROUP BY 1, 2)
        SELECT array_agg(ROW(c.store, c.article, coalesce(b.on_hand, 0) + c.on_hand,
                             coalesce(b.reserved, 0) + c.reserved, coalesce(b.outbound, 0) + c.outbound)
                         ::balance_change ORDER BY c.store, c.article)
        INTO written
        FROM change c LEFT JOIN stock_balance b ON b.store = c.store AND b.article = c.article;
        -- The moment between reading and writing, in which others write.
        PERFORM pg_sleep(0.01);
        INSERT INTO stock_balance (store, article, on_hand, reserved, outbound)
        SELECT w.store, w.article, w.on_hand, w.reserved, w.outbound FROM unnest(written) w
        ORDER BY 1, 2
        ON CONFLICT (store, article) DO UPDATE
        SET on_hand = excluded.on_hand, reserved = excluded.reserved, outbound = excluded.outbound;
        INSERT INTO restock (store, article)
        SELECT w.store, w.article FROM unnest(written) w
        WHERE w.on_hand > w.reserved
          AND EXISTS (SELECT FROM waiting_line l WHERE l.store = w.store AND l.article = w.article);
    END $$
    """,
)
"""The balance is read, reckoned with, and written: what others wrote in between is lost."""

NUMBER_FROM_SEQUENCE: Final = (
    *(f"CREATE SEQUENCE utleverans_number_{store}" for store in ("10", *STORES)),
    """
    CREATE FUNCTION number_from_sequence() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
        NEW.sequence := nextval('utleverans_number_' || NEW.store);
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER number_from_sequence BEFORE INSERT ON utleverans FOR EACH ROW "
    "EXECUTE FUNCTION number_from_sequence()",
)
"""A number is drawn from its store's sequence, which no rollback gives back."""
