-- The three doors. Orders change state through move_orders, goods move through move_goods, utleveranser are issued by
-- issue_utleveranser, and no role of the running processes may write those columns and tables in any other way.

CREATE TYPE goods_move AS (
    kind text, article text, quantity integer,
    from_place text, from_store text, to_place text, to_store text,
    order_id bigint, order_version integer, line_no integer, document text
);
CREATE TYPE reservation AS (store text, article text, quantity integer);
CREATE TYPE balance_change AS (store text, article text, on_hand integer, reserved integer, outbound integer);

-- Lock the balances of (store, article) pairs in key order; pairs that had none begin at zero.
CREATE FUNCTION lock_stock(stores text[], articles text[]) RETURNS SETOF stock_balance
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
    ORDER BY b.store, b.article
    FOR NO KEY UPDATE;
END $$;

-- Book movements and change reservations (a negative quantity releases), and apply both to the balances.
-- Where goods came free that somebody waits for, leave a restock row for the resume step.
CREATE FUNCTION move_goods(moves goods_move[], reservations reservation[], moved_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changes balance_change[];
    changed integer;
BEGIN
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                          order_id, order_version, line_no, document, actor)
    SELECT m.kind, m.article, m.quantity, m.from_place, m.from_store, m.to_place, m.to_store,
           m.order_id, m.order_version, m.line_no, m.document, moved_by
    FROM unnest(moves) m;

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
    IF changes IS NULL THEN
        RETURN;
    END IF;

    -- A statement of its own, so that the update below reads the rows as they are once locked.
    PERFORM count(*) FROM lock_stock(ARRAY(SELECT c.store FROM unnest(changes) c),
                                     ARRAY(SELECT c.article FROM unnest(changes) c));
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

-- Take orders of one type from one state to another and write their history. Refuses what no machine allows
-- and orders that stand elsewhere. utleveranser, and findings (violations or evidence; a JSON array), stand in the
-- order of ids.
CREATE FUNCTION move_orders(
    ids bigint[], type_of_order text, moving_event text, state_before text, state_after text,
    moved_by text, next_due timestamptz, why text DEFAULT NULL,
    utleveranser bigint[] DEFAULT '{}', findings jsonb DEFAULT NULL
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
            due_at = next_due,
            attempts = 0,
            alone = false,
            held_since = NULL,
            held_reason = NULL,
            ended_at = CASE WHEN state_after IN ('delivered', 'cancelled') THEN clock_timestamp() END,
            utleverans = coalesce(g.utleverans, o.utleverans),
            violations = CASE WHEN state_after = 'rejected' THEN findings -> (g.place - 1)::integer END,
            evidence = CASE WHEN state_after = 'rejected' THEN NULL
                            ELSE coalesce(nullif(findings -> (g.place - 1)::integer, 'null'), o.evidence) END
        FROM unnest(ids, utleveranser) WITH ORDINALITY AS g (id, utleverans, place)
        -- Expressions, so that no plan begins with the index of the state, which holds the whole backlog.
        WHERE o.id = g.id AND o.state || '' = state_before AND o.order_type || '' = type_of_order
        RETURNING o.id, o.version, o.violations
    )
    INSERT INTO history (order_id, version, event, from_state, to_state, actor, reason, details)
    SELECT m.id, m.version, moving_event, state_before, state_after, moved_by, why, m.violations
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
CREATE FUNCTION issue_utleveranser(ids bigint[])
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
        SELECT n.id, l.line_no, l.article, l.quantity - l.on_rest
        FROM numbered n JOIN order_line l ON l.order_id = n.order_id
        WHERE l.quantity > l.on_rest)
    SELECT n.order_id, n.id, s.delivery = 'automatic'
    FROM numbered n JOIN store s ON s.code = n.store ORDER BY 3, 2;
    GET DIAGNOSTICS issued = ROW_COUNT;
    IF issued <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders were picked', issued, cardinality(ids) USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- What was ordered may be put right while the order is rejected, and never else.
CREATE FUNCTION refuse_amendment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is %: only a rejected order is amended', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER orders_amended_when_rejected
    BEFORE UPDATE OF body_hash, order_type, customer_order_type, priority, kommun, sender, receiver_kind,
        receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit, prescriber,
        medical_decision_date, medical_decision_reference, instruction_reference, instruction_approved_by, partial,
        ordered_on, wanted_date, reference ON orders
    FOR EACH ROW WHEN (OLD.state <> 'rejected') EXECUTE FUNCTION refuse_amendment();
CREATE FUNCTION refuse_line_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM removed r JOIN orders o ON o.id = r.order_id WHERE o.state <> 'rejected') THEN
        RAISE EXCEPTION 'only a rejected order loses lines' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION refuse_late_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN orders o ON o.id = a.order_id WHERE o.state NOT IN ('draft', 'rejected')) THEN
        RAISE EXCEPTION 'only a draft or a rejected order gets lines' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER order_line_added_in_time AFTER INSERT ON order_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_line();
CREATE TRIGGER order_line_removed_when_rejected AFTER DELETE ON order_line REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_line_removal();

-- An order begins as a draft, and its creation is the first row of its history.
CREATE FUNCTION begin_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM created WHERE state <> 'draft' OR version <> 1) THEN
        RAISE EXCEPTION 'an order begins as a draft of version 1' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO history (order_id, version, event, to_state, actor)
    SELECT id, 1, 'create', 'draft', created_by FROM created;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_begin_history AFTER INSERT ON orders REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION begin_history();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movement_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON movement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The role of the running processes; transaction() takes it on. It may not go round the doors.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orderflode_worker') THEN
        BEGIN
            CREATE ROLE orderflode_worker NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- Another database of this server is being migrated at the same moment.
        END;
    END IF;
    -- Always granted: from PostgreSQL 16 on, who makes a role is a member that may not take it on. In a server with
    -- several databases the role may be another owner's, who has granted it already.
    BEGIN
        EXECUTE format('GRANT orderflode_worker TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
        IF NOT pg_has_role(current_user, 'orderflode_worker', 'MEMBER') THEN
            RAISE;
        END IF;
    END;
END $$;
GRANT USAGE ON SCHEMA public TO orderflode_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO orderflode_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO orderflode_worker;
GRANT INSERT, UPDATE ON store, vardenhet, article, person, stock_target, intake_batch, heartbeat, claim TO orderflode_worker;
GRANT INSERT, UPDATE, DELETE ON person_unit, prescribing_right TO orderflode_worker;
GRANT INSERT ON key_check, patient, recipient, intake_row, intake_verdict, document, restock, waiting_line TO orderflode_worker;
GRANT INSERT (
    source, external_id, body_hash, order_type, customer_order_type, priority, received_at, due_at, kommun, sender,
    receiver_kind, receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit, prescriber,
    medical_decision_date, medical_decision_reference, instruction_reference, instruction_approved_by, partial,
    ordered_on, wanted_date, reference, batch_id, rest_of, evidence, created_by
) ON orders TO orderflode_worker;
GRANT INSERT, DELETE ON order_line TO orderflode_worker;
GRANT DELETE ON waiting_line, restock, claim TO orderflode_worker;
GRANT UPDATE (note_due) ON utleverans TO orderflode_worker;
GRANT UPDATE (on_rest, short_delivered) ON order_line TO orderflode_worker;
GRANT UPDATE (
    due_at, attempts, alone, held_since, held_reason,
    body_hash, order_type, customer_order_type, priority, kommun, sender, receiver_kind, receiver_code, patient_id,
    recipient, protected, orderer_person, orderer_unit, prescriber, medical_decision_date,
    medical_decision_reference, instruction_reference, instruction_approved_by, partial, ordered_on, wanted_date,
    reference
) ON orders TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION lock_stock, move_goods, move_orders, issue_utleveranser FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_stock, move_goods, move_orders, issue_utleveranser TO orderflode_worker;
