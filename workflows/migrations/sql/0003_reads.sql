-- What is read while a million orders are stored: counts that nobody has to count, and tables that stay in good order.

-- How many orders of each type stand in each state: what has been rolled up, and the changes since. The sum of both is
-- the count. A move appends two rows and locks none, so that no step waits for another's count; the dispatcher rolls
-- up once a second.
CREATE TABLE order_count (
    order_type  text NOT NULL,
    state       text NOT NULL,
    orders      bigint NOT NULL,
    PRIMARY KEY (order_type, state)
);
CREATE TABLE order_count_change (
    order_type  text NOT NULL,
    state       text NOT NULL,
    orders      integer NOT NULL
-- Emptied once a second and always read as a whole: what is dead in it goes soon. Without vacuum_truncate its end is
-- never cut off, for which a vacuum would lock every step out.
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000, vacuum_truncate = off);

-- Nobody moves or locks an order until what is there has been counted: a transaction that had begun with the doors of
-- before would change no count. One that waits here finds the new doors.
LOCK TABLE orders IN EXCLUSIVE MODE;
INSERT INTO order_count (order_type, state, orders) SELECT order_type, state, count(*) FROM orders GROUP BY 1, 2;

-- An order begins as a draft, and its creation is the first row of its history.
CREATE OR REPLACE FUNCTION begin_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM created WHERE state <> 'draft' OR version <> 1) THEN
        RAISE EXCEPTION 'an order begins as a draft of version 1' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO history (order_id, version, event, to_state, actor)
    SELECT id, 1, 'create', 'draft', created_by FROM created;
    INSERT INTO order_count_change (order_type, state, orders)
    SELECT order_type, 'draft', count(*) FROM created GROUP BY order_type;
    RETURN NULL;
END $$;

-- Who amends a rejected order may make it one of another type.
CREATE FUNCTION count_by_new_type() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO order_count_change (order_type, state, orders)
    VALUES (OLD.order_type, OLD.state, -1), (NEW.order_type, NEW.state, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER orders_count_by_new_type AFTER UPDATE OF order_type ON orders
    FOR EACH ROW WHEN (OLD.order_type <> NEW.order_type) EXECUTE FUNCTION count_by_new_type();

-- Add the changes to the counts; nothing where another does so at this moment.
CREATE FUNCTION roll_up_order_counts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('orderflode.roll_up_order_counts')) THEN
        RETURN;
    END IF;
    WITH change AS (DELETE FROM order_count_change RETURNING order_type, state, orders)
    INSERT INTO order_count AS c (order_type, state, orders)
    SELECT order_type, state, sum(orders) FROM change GROUP BY 1, 2 HAVING sum(orders) <> 0
    ON CONFLICT (order_type, state) DO UPDATE SET orders = c.orders + excluded.orders;
END $$;

REVOKE EXECUTE ON FUNCTION roll_up_order_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION roll_up_order_counts TO orderflode_worker;
GRANT SELECT ON order_count, order_count_change TO orderflode_worker;

-- Lists by type and state, and by sender, the highest number first, and the lowest number of each (its oldest). One
-- expression in the place of two columns, so that no step and no door can take these for its own: they go by orders_due
-- and the primary key.
CREATE INDEX orders_listed ON orders ((order_type || ' ' || state), id);
CREATE INDEX orders_of_sender ON orders (sender, (order_type || ' ' || state), id);
-- Held orders are listed by number, and few: the main line pays nothing for them, nor for those that failed.
DROP INDEX orders_held;
CREATE INDEX orders_held ON orders (id) WHERE held_since IS NOT NULL;
CREATE INDEX orders_retrying ON orders (id) WHERE attempts > 0 AND held_since IS NULL;

-- Vacuum. An order leaves four dead rows behind it, and as many entries in each index; a claim, a list and the oldest of
-- a state step over those until they are gone. orders is vacuumed when a twentieth of it is dead (0001_orders.sql): each
-- time reads its indexes as a whole, so that a share keeps the cost of an order the same however many are stored, where
-- a fixed number of dead rows would let it grow. A delivery note that has been rendered leaves one dead entry likewise.
ALTER TABLE utleverans SET (autovacuum_vacuum_scale_factor = 0.05);
-- What only grows is frozen at the first visit: a vacuum for what has been inserted reads the new pages alone, and none
-- has to come back to all of them when the transaction numbers run out.
ALTER TABLE history SET (autovacuum_freeze_min_age = 0);
ALTER TABLE movement SET (autovacuum_freeze_min_age = 0);
ALTER TABLE utleverans_line SET (autovacuum_freeze_min_age = 0);
ALTER TABLE order_line SET (autovacuum_freeze_min_age = 0);
