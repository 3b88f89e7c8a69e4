-- The doors of the main line, at the database's own pace: what every order passes is done in as few statements as the
-- rules allow, and nothing that the database holds already is sent to it.
--
-- Every row in here is fetched by its key, for one order as for five hundred. So a session plans each statement once, and
-- for nothing else than that: planning anew was half of what a lone order cost the database, and a plan that is kept must
-- not be one that was made for empty tables (the settings at the end).

-- Apply changes to balances, locked in key order; pairs that had none begin at zero. For the doors below alone.
-- Where goods came free that somebody waits for, leave a restock row for the resume step.
CREATE FUNCTION change_balances(changes balance_change[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed integer;
BEGIN
    INSERT INTO stock_balance (store, article)
    SELECT c.store, c.article FROM unnest(changes) c
    WHERE NOT EXISTS (SELECT FROM stock_balance b WHERE b.store = c.store AND b.article = c.article)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    -- A statement of its own, so that the update below reads the rows as they are once locked.
    PERFORM FROM stock_balance b JOIN unnest(changes) c ON c.store = b.store AND c.article = b.article
    ORDER BY b.store, b.article FOR NO KEY UPDATE OF b;
    UPDATE stock_balance b
    SET on_hand = b.on_hand + c.on_hand, reserved = b.reserved + c.reserved, outbound = b.outbound + c.outbound
    FROM unnest(changes) c
    WHERE b.store = c.store AND b.article = c.article;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(changes) THEN
        RAISE EXCEPTION 'a balance is missing: % of % changed', changed, cardinality(changes);
    END IF;
    INSERT INTO restock (store, article)
    SELECT c.store, c.article FROM unnest(changes) c
    WHERE c.on_hand - c.reserved > 0
      AND EXISTS (SELECT FROM waiting_line w WHERE w.store = c.store AND w.article = c.article)
    ORDER BY 1, 2;
END $$;

-- Book movements and change reservations (a negative quantity releases), and apply both to the balances.
CREATE OR REPLACE FUNCTION move_goods(moves goods_move[], reservations reservation[], moved_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changes balance_change[];
BEGIN
    IF moves IS NOT NULL THEN
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, document, actor)
        SELECT m.kind, m.article, m.quantity, m.from_place, m.from_store, m.to_place, m.to_store,
               m.order_id, m.order_version, m.line_no, m.document, moved_by
        FROM unnest(moves) m;
    END IF;

    SELECT array_agg(ROW(c.store, c.article, c.on_hand, c.reserved, c.outbound)::balance_change
                     ORDER BY c.store, c.article)
    INTO changes
    FROM (
        SELECT d.store, d.article, sum(d.on_hand) AS on_hand, sum(d.reserved) AS reserved, sum(d.outbound) AS outbound
        FROM (
            SELECT m.from_store AS store, m.article,
                   CASE m.from_place WHEN 'store' THEN -m.quantity ELSE 0 END AS on_hand,
                   0 AS reserved,
                   CASE m.from_place WHEN 'outbound' THEN -m.quantity ELSE 0 END AS outbound
            FROM unnest(moves) m WHERE m.from_place IN ('store', 'outbound')
            UNION ALL
            SELECT m.to_store, m.article,
                   CASE m.to_place WHEN 'store' THEN m.quantity ELSE 0 END, 0,
                   CASE m.to_place WHEN 'outbound' THEN m.quantity ELSE 0 END
            FROM unnest(moves) m WHERE m.to_place IN ('store', 'outbound')
            UNION ALL
            SELECT r.store, r.article, 0, r.quantity, 0 FROM unnest(reservations) r
        ) d
        GROUP BY d.store, d.article
    ) c;
    IF changes IS NOT NULL THEN
        PERFORM change_balances(changes);
    END IF;
END $$;

-- Move what is outstanding of every line of the orders from one place to another, the main line's way: between places
-- of their senders, or (to_place 'receiver') to their receivers, where a kommunlager's goods stand in its store.
-- Missing at the receipt is what the line says. `releases` gives up the reservations of the same units in the same
-- update: on_hand may at no time fall below reserved.
CREATE FUNCTION move_order_lines(
    ids bigint[], kind_of_move text, leaving text, reaching text, releases boolean, moved_by text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changes balance_change[];
BEGIN
    WITH line AS MATERIALIZED (
        SELECT o.id, o.version + 1 AS version, o.sender, l.line_no, l.article,
               l.quantity - l.on_rest - l.cancelled - l.short_delivered AS quantity,
               CASE WHEN reaching = 'receiver' AND o.receiver_kind = 'kommunlager' THEN 'store' ELSE reaching END
                   AS to_place,
               CASE WHEN reaching = 'receiver' THEN coalesce(o.receiver_code, 'patient') ELSE o.sender END AS to_store
        FROM orders o JOIN order_line l ON l.order_id = o.id
        WHERE o.id = ANY (ids) AND l.quantity > l.on_rest + l.cancelled + l.short_delivered),
    booked AS (
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, actor)
        SELECT kind_of_move, article, quantity, leaving, sender, to_place, to_store, id, version, line_no, moved_by
        FROM line)
    SELECT array_agg(ROW(c.store, c.article, c.on_hand, c.reserved, c.outbound)::balance_change
                     ORDER BY c.store, c.article)
    INTO changes
    FROM (
        SELECT d.store, d.article, sum(d.on_hand) AS on_hand, sum(d.reserved) AS reserved, sum(d.outbound) AS outbound
        FROM (
            SELECT sender AS store, article, CASE leaving WHEN 'store' THEN -quantity ELSE 0 END AS on_hand,
                   CASE WHEN releases THEN -quantity ELSE 0 END AS reserved,
                   CASE leaving WHEN 'outbound' THEN -quantity ELSE 0 END AS outbound
            FROM line
            UNION ALL
            SELECT to_store, article, CASE to_place WHEN 'store' THEN quantity ELSE 0 END, 0,
                   CASE to_place WHEN 'outbound' THEN quantity ELSE 0 END
            FROM line WHERE to_place IN ('store', 'outbound')
        ) d
        GROUP BY d.store, d.article
    ) c;
    IF changes IS NOT NULL THEN
        PERFORM change_balances(changes);
    END IF;
END $$;

-- Take orders of one type from one state to another, write their history and change the counts. Refuses what no machine allows
-- and orders that stand elsewhere. findings (violations or evidence; a JSON array), promises (by when the goods are
-- promised) and particulars (what the history keeps beside the reason) stand in the order of ids. An order that reaches
-- utleverans takes its own: without one the table's check refuses it. An event that leaves the state as it was leaves it
-- due as it was. utleveranser is what processes of the release before still send: it is not looked at.
CREATE OR REPLACE FUNCTION move_orders(
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
            utleverans = CASE WHEN state_after = 'utleverans'
                              THEN (SELECT u.id FROM utleverans u WHERE u.order_id = o.id) ELSE o.utleverans END,
            promised_by = coalesce(g.promised_by, o.promised_by),
            state_since = CASE WHEN state_before = state_after THEN o.state_since ELSE clock_timestamp() END,
            violations = CASE WHEN state_after = 'rejected' THEN findings -> (g.place - 1)::integer END,
            evidence = CASE WHEN state_after = 'rejected' THEN NULL
                            ELSE coalesce(nullif(findings -> (g.place - 1)::integer, 'null'), o.evidence) END
        FROM unnest(ids, promises) WITH ORDINALITY AS g (id, promised_by, place)
        -- Expressions, so that no plan begins with the index of the state, which holds the whole backlog.
        WHERE o.id = g.id AND o.state || '' = state_before AND o.order_type || '' = type_of_order
        RETURNING o.id, o.version, coalesce(o.violations, particulars -> (g.place - 1)::integer) AS details
    )
    INSERT INTO history (order_id, version, event, from_state, to_state, actor, reason, details)
    SELECT m.id, m.version, moving_event, state_before, state_after, moved_by, why, m.details
    FROM moved_order m;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders stood in % for %', moved, cardinality(ids), state_before, moving_event
            USING ERRCODE = 'check_violation';
    END IF;
    IF state_before <> state_after THEN
        INSERT INTO order_count_change (order_type, state, orders)
        VALUES (type_of_order, state_before, -moved), (type_of_order, state_after, moved);
    END IF;
END $$;

-- Number an utleverans for each order and write its lines; returns the orders by whether delivery goes by itself.
-- issue_utleveranser stays beside it for processes of the release before.
-- The number is gapless: one counter row per store and year, taken as a block in the transaction that uses it.
CREATE FUNCTION number_utleveranser(ids bigint[])
RETURNS TABLE (delivers_itself boolean, order_ids bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    this_year smallint := extract(year FROM now() AT TIME ZONE 'Europe/Stockholm');
    issued integer := 0;
BEGIN
    INSERT INTO number_counter (store, year, last)
    SELECT DISTINCT o.sender, this_year, 0 FROM orders o
    WHERE o.id = ANY (ids)
      AND NOT EXISTS (SELECT FROM number_counter c WHERE c.store = o.sender AND c.year = this_year)
    ORDER BY 1
    ON CONFLICT DO NOTHING;

    FOR delivers_itself, order_ids IN
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
            RETURNING utleverans.id, utleverans.order_id, utleverans.store),
        lines AS (
            INSERT INTO utleverans_line (utleverans, line_no, article, quantity)
            SELECT n.id, l.line_no, l.article, l.quantity - l.on_rest - l.cancelled
            FROM numbered n JOIN order_line l ON l.order_id = n.order_id
            WHERE l.quantity > l.on_rest + l.cancelled)
        SELECT s.delivery = 'automatic', array_agg(n.order_id ORDER BY n.id)
        FROM numbered n JOIN store s ON s.code = n.store GROUP BY 1 ORDER BY 1
    LOOP
        issued := issued + cardinality(order_ids);
        RETURN NEXT;
    END LOOP;
    IF issued <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders were picked', issued, cardinality(ids) USING ERRCODE = 'check_violation';
    END IF;
END $$;

DO $$
DECLARE
    door regprocedure;
BEGIN
    FOR door IN
        SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
            'lock_stock', 'change_balances', 'move_goods', 'move_order_lines', 'move_orders', 'number_utleveranser')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', door);
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', door);
        EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off', door);
        EXECUTE format('ALTER FUNCTION %s SET enable_mergejoin = off', door);
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION change_balances, move_order_lines, number_utleveranser FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_order_lines, number_utleveranser TO orderflode_worker;
