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
    CREATE OR REPLACE FUNCTION change_balances(changes balance_change[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        written balance_change[];
    BEGIN
        INSERT INTO stock_balance (store, article) SELECT c.store, c.article FROM unnest(changes) c
        ORDER BY 1, 2 ON CONFLICT DO NOTHING;
        SELECT array_agg(ROW(b.store, b.article, b.on_hand + c.on_hand, b.reserved + c.reserved,
                             b.outbound + c.outbound)::balance_change ORDER BY b.store, b.article)
        INTO written
        FROM unnest(changes) c JOIN stock_balance b ON b.store = c.store AND b.article = c.article;
        -- The moment between reading and writing, in which others write.
        PERFORM pg_sleep(0.01);
        UPDATE stock_balance b SET on_hand = w.on_hand, reserved = w.reserved, outbound = w.outbound
        FROM unnest(written) w WHERE b.store = w.store AND b.article = w.article;
        INSERT INTO restock (store, article)
        SELECT c.store, c.article FROM unnest(changes) c
        WHERE c.on_hand > c.reserved
          AND EXISTS (SELECT FROM waiting_line l WHERE l.store = c.store AND l.article = c.article);
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
