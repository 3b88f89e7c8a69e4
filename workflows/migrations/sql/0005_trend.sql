-- How did the counts change, hour by hour? Added up where the changes are rolled up, so that no step does more than before.

-- By how much the orders of a type in a state became more (or fewer) within an hour. All states together are the orders
-- that came in, since a move takes from one state what it gives to another; `delivered` and `cancelled` are ends.
CREATE TABLE order_count_hour (
    hour        timestamptz NOT NULL,
    order_type  text NOT NULL,
    state       text NOT NULL,
    orders      bigint NOT NULL,
    PRIMARY KEY (hour, order_type, state)
);
GRANT SELECT ON order_count_hour TO orderflode_worker;

-- Add the changes to the counts and to this hour; nothing where another does so at this moment. An hour is forgotten
-- after two weeks, so that at most 336 are kept.
CREATE OR REPLACE FUNCTION roll_up_order_counts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this_hour CONSTANT timestamptz := date_trunc('hour', now(), 'UTC');
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('orderflode.roll_up_order_counts')) THEN
        RETURN;
    END IF;
    WITH change AS MATERIALIZED (DELETE FROM order_count_change RETURNING order_type, state, orders),
    summed AS MATERIALIZED (
        SELECT order_type, state, sum(orders) AS orders FROM change GROUP BY 1, 2 HAVING sum(orders) <> 0),
    of_hour AS (
        INSERT INTO order_count_hour AS h (hour, order_type, state, orders)
        SELECT this_hour, order_type, state, orders FROM summed
        ON CONFLICT (hour, order_type, state) DO UPDATE SET orders = h.orders + excluded.orders)
    INSERT INTO order_count AS c (order_type, state, orders) SELECT order_type, state, orders FROM summed
    ON CONFLICT (order_type, state) DO UPDATE SET orders = c.orders + excluded.orders;
    DELETE FROM order_count_hour WHERE hour < this_hour - interval '14 days';
END $$;
