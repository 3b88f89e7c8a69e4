-- Everything between shelf and patient and back: what the orders, their lines and the movements carry for it.

ALTER TABLE orders
    -- Whether an equivalent article (the article's successor) may be sent in the place of what was ordered.
    ADD COLUMN accept_equivalent boolean NOT NULL DEFAULT false,
    -- The moment by which delivery is promised: the end of a day, or 24 hours after an akut order was received.
    ADD COLUMN promised_by timestamptz,
    -- Since when it stands in its state.
    ADD COLUMN state_since timestamptz NOT NULL DEFAULT now(),
    -- A swap points at the order whose device it replaces.
    ADD COLUMN swap_of bigint REFERENCES orders;
CREATE INDEX orders_swap ON orders (swap_of) WHERE swap_of IS NOT NULL;

ALTER TABLE order_line
    -- What was ordered, where `article` is the equivalent that is sent instead.
    ADD COLUMN ordered_article text CHECK (ordered_article <> article),
    -- The serial number of the main device that this accessory belongs to.
    ADD COLUMN accessory_to text,
    -- Units cancelled out of the line, and units that came back after the delivery.
    ADD COLUMN cancelled integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    ADD COLUMN returned integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    ADD CHECK (on_rest + cancelled + short_delivered + returned <= quantity);

-- What is said of a line changes only while the order stands where that can happen.
CREATE FUNCTION refuse_untimely_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM orders WHERE id = NEW.order_id;
    IF (NEW.article, NEW.ordered_article) IS DISTINCT FROM (OLD.article, OLD.ordered_article)
            AND stands NOT IN ('draft', 'backordered')
        OR NEW.cancelled <> OLD.cancelled AND stands NOT IN ('backordered', 'validated', 'picked')
        OR NEW.returned <> OLD.returned AND stands <> 'delivered'
        OR NEW.serial_numbers IS DISTINCT FROM OLD.serial_numbers AND stands NOT IN ('draft', 'backordered', 'validated', 'picked')
    THEN
        RAISE EXCEPTION 'line % of order % cannot change so in %', NEW.line_no, NEW.order_id, stands
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_line_changed_in_time BEFORE UPDATE ON order_line FOR EACH ROW
    WHEN (NEW.article <> OLD.article OR NEW.ordered_article IS DISTINCT FROM OLD.ordered_article
          OR NEW.cancelled <> OLD.cancelled OR NEW.returned <> OLD.returned
          OR NEW.serial_numbers IS DISTINCT FROM OLD.serial_numbers)
    EXECUTE FUNCTION refuse_untimely_line_change();
CREATE TRIGGER orders_equivalent_when_rejected BEFORE UPDATE OF accept_equivalent, swap_of ON orders
    FOR EACH ROW WHEN (OLD.state <> 'rejected') EXECUTE FUNCTION refuse_amendment();

-- Places beside the shelf: returned goods before they are judged, goods in repair, goods written off (svinn).
ALTER TABLE movement
    DROP CONSTRAINT movement_kind_check,
    DROP CONSTRAINT movement_from_place_check,
    DROP CONSTRAINT movement_to_place_check,
    ADD CONSTRAINT movement_kind_check CHECK (kind IN (
        'opening', 'receive', 'adjust', 'count', 'difference', 'reverse_difference',
        'pick', 'short_pick', 'deliver', 'short_delivery', 'cancel', 'reduce', 'fail_delivery',
        'return', 'restock', 'repair', 'write_off')),
    ADD CONSTRAINT movement_from_place_check CHECK (from_place IN (
        'store', 'outbound', 'receiver', 'supplier', 'difference', 'inspection', 'repair')),
    ADD CONSTRAINT movement_to_place_check CHECK (to_place IN (
        'store', 'outbound', 'receiver', 'difference', 'inspection', 'repair', 'written_off'));
DROP INDEX movement_one_document;
CREATE UNIQUE INDEX movement_one_document
    ON movement (document, article, from_place, from_store, to_place, to_store) WHERE document IS NOT NULL;

DROP FUNCTION move_orders(bigint[], text, text, text, text, text, timestamptz, text, bigint[], jsonb);

-- Take orders of one type from one state to another and write their history. Refuses what no machine allows
-- and orders that stand elsewhere. utleveranser, and findings (violations or evidence; a JSON array), stand in the
-- order of ids; so do promises (by when the goods are promised) and particulars (what the history keeps beside the
-- reason). An event that leaves the state as it was leaves it due as it was.
CREATE FUNCTION move_orders(
    ids bigint[], type_of_order text, moving_event text, state_before text, state_after text,
    moved_by text, next_due timestamptz, why text DEFAULT NULL,
    utleveranser bigint[] DEFAULT '{}', findings jsonb DEFAULT NULL,
    promises timestamptz[] DEFAULT '{}', particulars jsonb DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    IF NOT EXISTS (SELECT FROM allowed_transition t
                   WHERE t.order_type = type_of_order AND t.event = moving_event
                     AND t.from_state = state_before AND t.to_state = state_after) THEN
        RAISE EXCEPTION 'no machine of % allows % from % to %', type_of_order, moving_event, state_before, state_after
            USING ERRCODE = 'check_violation';
    END IF;
    WITH moved_order AS (
        UPDATE orders o
        SET state = state_after,
            version = o.version + 1,
            due_at = CASE WHEN state_before = state_after THEN o.due_at ELSE next_due END,
            attempts = 0,
            alone = false,
            held_since = NULL,
            held_reason = NULL,
            ended_at = CASE WHEN state_after IN ('delivered', 'cancelled') THEN clock_timestamp() END,
            utleverans = coalesce(g.utleverans, o.utleverans),
            promised_by = coalesce(g.promised_by, o.promised_by),
            state_since = CASE WHEN state_before = state_after THEN o.state_since ELSE clock_timestamp() END,
            violations = CASE WHEN state_after = 'rejected' THEN findings -> (g.place - 1)::integer END,
            evidence = CASE WHEN state_after = 'rejected' THEN NULL
                            ELSE coalesce(nullif(findings -> (g.place - 1)::integer, 'null'), o.evidence) END
        FROM unnest(ids, utleveranser, promises) WITH ORDINALITY AS g (id, utleverans, promised_by, place)
        -- Expressions, so that no plan begins with the index of the state, which holds the whole backlog.
        WHERE o.id = g.id AND o.state || '' = state_before AND o.order_type || '' = type_of_order
        RETURNING o.id, o.version, coalesce(o.violations, particulars -> (g.place - 1)::integer) AS details
    )
    INSERT INTO history (order_id, version, event, from_state, to_state, actor, reason, details)
    SELECT m.id, m.version, moving_event, state_before, state_after, moved_by, why, m.details
    FROM moved_order m;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF state_after = 'utleverans' AND EXISTS (
        SELECT FROM orders o LEFT JOIN utleverans u ON u.order_id = o.id
        WHERE o.id = ANY (ids) AND o.utleverans IS DISTINCT FROM u.id) THEN
        RAISE EXCEPTION 'an order takes its own utleverans' USING ERRCODE = 'check_violation';
    END IF;
    IF moved <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders stood in % for %', moved, cardinality(ids), state_before, moving_event
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- Number an utleverans for each order and write its lines; returns them with whether delivery goes by itself.
-- The number is gapless: one counter row per store and year, taken as a block in the transaction that uses it.
CREATE OR REPLACE FUNCTION issue_utleveranser(ids bigint[])
RETURNS TABLE (order_id bigint, utleverans bigint, delivers_itself boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    this_year smallint := extract(year FROM now() AT TIME ZONE 'Europe/Stockholm');
    issued integer;
BEGIN
    INSERT INTO number_counter (store, year, last)
    SELECT DISTINCT o.sender, this_year, 0 FROM orders o
    WHERE o.id = ANY (ids)
      AND NOT EXISTS (SELECT FROM number_counter c WHERE c.store = o.sender AND c.year = this_year)
    ORDER BY 1
    ON CONFLICT DO NOTHING;

    RETURN QUERY
    WITH cohort AS MATERIALIZED (
        SELECT o.id, o.sender, row_number() OVER (PARTITION BY o.sender ORDER BY c.place) AS place
        FROM unnest(ids) WITH ORDINALITY AS c (id, place)
        JOIN orders o ON o.id = c.id AND o.state || '' = 'picked'),
    counter AS MATERIALIZED (
        SELECT c.store, w.wanted
        FROM number_counter c
        JOIN (SELECT sender, count(*) AS wanted FROM cohort GROUP BY sender) w ON w.sender = c.store
        WHERE c.year = this_year
        ORDER BY c.store FOR NO KEY UPDATE OF c),
    taken AS (
        UPDATE number_counter c SET last = c.last + k.wanted FROM counter k
        WHERE c.store = k.store AND c.year = this_year
        RETURNING c.store, c.last - k.wanted AS before),
    numbered AS (
        INSERT INTO utleverans (order_id, store, year, sequence)
        SELECT c.id, t.store, this_year, t.before + c.place
        FROM cohort c JOIN taken t ON t.store = c.sender ORDER BY t.store, c.place
        RETURNING id, order_id, store),
    lines AS (
        INSERT INTO utleverans_line (utleverans, line_no, article, quantity)
        SELECT n.id, l.line_no, l.article, l.quantity - l.on_rest - l.cancelled
        FROM numbered n JOIN order_line l ON l.order_id = n.order_id
        WHERE l.quantity > l.on_rest + l.cancelled)
    SELECT n.order_id, n.id, s.delivery = 'automatic'
    FROM numbered n JOIN store s ON s.code = n.store ORDER BY 3, 2;
    GET DIAGNOSTICS issued = ROW_COUNT;
    IF issued <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders were picked', issued, cardinality(ids) USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- The movements of a period, for lists and exports by day.
CREATE INDEX movement_by_time ON movement USING brin (at);

GRANT INSERT (accept_equivalent, swap_of), UPDATE (accept_equivalent) ON orders TO orderflode_worker;
-- What came back (returned) and what a line is an accessory of follow from returns and ties: triggers and doors.
GRANT UPDATE (article, ordered_article, cancelled, serial_numbers) ON order_line TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION move_orders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_orders TO orderflode_worker;
