-- Whose rows are there for whom. Processes of ours see all; who asks through API or a page sees those of the kommun they
-- act for, which transaction() names in app.kommun ('*' is the whole region); the owner, in whose name the doors run,
-- sees rows in a transaction that has named somebody, and none otherwise.

-- Whose files they were; NULL is the whole region.
ALTER TABLE intake_batch ADD COLUMN kommun text CHECK (kommun NOT IN ('', '*'));
GRANT INSERT (kommun) ON intake_batch TO orderflode_worker;

-- Who asks is named for one transaction; after it the setting is empty, and then nobody's rows are there.
CREATE FUNCTION kommun_here() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT nullif(current_setting('app.kommun', true), '')
$$;
CREATE FUNCTION stores_here() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ARRAY(SELECT code FROM store WHERE kommun = kommun_here())
$$;

-- Every table that holds what is a kommun's, or a patient's.
DO $$
DECLARE
    named CONSTANT text := 'coalesce(current_setting(''app.kommun'', true), '''') <> ''''';
    holder text;
BEGIN
    FOREACH holder IN ARRAY ARRAY[
        'orders', 'order_line', 'history', 'utleverans', 'utleverans_line', 'document', 'waiting_line', 'swap',
        'accessory_tie', 'intake_batch', 'intake_verdict', 'intake_row', 'recipient', 'patient', 'patient_link',
        'stock_balance', 'stock_target', 'movement', 'restock', 'number_counter', 'difference_followup',
        'stock_count', 'stock_count_line', 'device', 'device_event', 'holding', 'return_order', 'return_line',
        'return_device', 'return_history', 'recall', 'recall_row', 'notice']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', holder);
        -- True, which the planner folds away: no plan of a step knows that there are policies.
        EXECUTE format('CREATE POLICY processes_see_all ON %I TO orderflode_worker USING (true)', holder);
        -- The owner is a member of the processes' role as well, and what one policy shows no other hides, unless it is
        -- restrictive. The planner asks once a statement, not once a row.
        EXECUTE format('CREATE POLICY owner_sees_all ON %I TO %I USING (%s)', holder, current_user, named);
        EXECUTE format('CREATE POLICY owner_names_somebody ON %I AS RESTRICTIVE TO %I USING (%s)',
                       holder, current_user, named);
    END LOOP;
END $$;

-- An order is stored by a process of ours, which may act for somebody: then it is an order of their kommun, or of a unit
-- that nobody knows, which is no kommun's.
CREATE POLICY creator_stays_at_home ON orders AS RESTRICTIVE FOR INSERT TO orderflode_worker
    WITH CHECK (kommun IS NULL OR current_setting('app.kommun', true) IN ('*', kommun));

-- What follows is for the role of who asks. Each policy asks for the setting and the stores once a statement (a SELECT
-- of its own is run once), and those of child rows ask for a parent that is there for the same role.

-- A kommun's orders: its units', and those that leave or reach its stores.
CREATE POLICY web_sees_its_kommun ON orders TO orderflode_web USING (
    (SELECT kommun_here()) = '*' OR kommun = (SELECT kommun_here())
    OR sender = ANY ((SELECT stores_here())::text[])
    OR receiver_kind = 'kommunlager' AND receiver_code = ANY ((SELECT stores_here())::text[]))
    WITH CHECK ((SELECT kommun_here()) IN ('*', kommun));

-- What belongs to an order.
CREATE POLICY web_sees_its_kommun ON order_line TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON history TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON waiting_line TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON swap TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON accessory_tie TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON utleverans TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON utleverans_line TO orderflode_web
    USING (EXISTS (SELECT FROM utleverans u WHERE u.id = utleverans));
CREATE POLICY web_sees_its_kommun ON document TO orderflode_web
    USING (EXISTS (SELECT FROM utleverans u WHERE u.id = utleverans));

-- Files, by whose they were. Their raw rows, like patients and what is known of recipients, are for nobody who asks:
-- functions of the processes read them, and leave a row in the access log.
CREATE POLICY web_sees_its_kommun ON intake_batch TO orderflode_web
    USING ((SELECT kommun_here()) IN ('*', kommun));
CREATE POLICY web_sees_its_kommun ON intake_verdict TO orderflode_web
    USING (EXISTS (SELECT FROM intake_batch b WHERE b.id = batch_id));

-- What belongs to a store.
DO $$
DECLARE
    holder text;
BEGIN
    FOREACH holder IN ARRAY ARRAY[
        'stock_balance', 'stock_target', 'restock', 'number_counter', 'stock_count', 'stock_count_line', 'holding',
        'return_order', 'notice']
    LOOP
        EXECUTE format($policy$CREATE POLICY web_sees_its_kommun ON %I TO orderflode_web USING (
            (SELECT kommun_here()) = '*' OR store = ANY ((SELECT stores_here())::text[]))$policy$, holder);
    END LOOP;
END $$;
CREATE POLICY web_sees_its_kommun ON return_line TO orderflode_web
    USING (EXISTS (SELECT FROM return_order r WHERE r.id = return_id));
CREATE POLICY web_sees_its_kommun ON return_device TO orderflode_web
    USING (EXISTS (SELECT FROM return_order r WHERE r.id = return_id));
CREATE POLICY web_sees_its_kommun ON return_history TO orderflode_web
    USING (EXISTS (SELECT FROM return_order r WHERE r.id = return_id));

-- Goods moved for an order are its own; others are of the stores they leave and reach.
CREATE POLICY web_sees_its_kommun ON movement TO orderflode_web USING (
    (SELECT kommun_here()) = '*'
    OR order_id IS NOT NULL AND EXISTS (SELECT FROM orders o WHERE o.id = order_id)
    OR order_id IS NULL AND (
        from_place <> 'receiver' AND from_store = ANY ((SELECT stores_here())::text[])
        OR to_place <> 'receiver' AND to_store = ANY ((SELECT stores_here())::text[])));
CREATE POLICY web_sees_its_kommun ON difference_followup TO orderflode_web
    USING (EXISTS (SELECT FROM movement m WHERE m.id = movement));
CREATE POLICY web_sees_its_kommun ON device TO orderflode_web USING (
    (SELECT kommun_here()) = '*' OR store = ANY ((SELECT stores_here())::text[])
    OR order_id IS NOT NULL AND EXISTS (SELECT FROM orders o WHERE o.id = order_id));
CREATE POLICY web_sees_its_kommun ON device_event TO orderflode_web USING (
    (SELECT kommun_here()) = '*' OR store = ANY ((SELECT stores_here())::text[])
    OR order_id IS NOT NULL AND EXISTS (SELECT FROM orders o WHERE o.id = order_id));

-- A view shows what its reader may see, not what its owner may.
ALTER VIEW device_with SET (security_invoker = true);

-- Under row security no condition is asked of a row before the policy unless it can tell nothing of what it was given:
-- PostgreSQL knows this of comparisons, not of ||, so that the lists' indexes are on the columns. In a collation of their
-- own no step and no door can take them for its own: those go by orders_due and the primary key.
DROP INDEX orders_listed, orders_of_sender;
CREATE INDEX orders_listed ON orders (order_type COLLATE "C", state COLLATE "C", id);
CREATE INDEX orders_of_sender ON orders (sender, order_type COLLATE "C", state COLLATE "C", id);
-- A kommun's list, where the region's would be read for a page of a small one: what its units ordered, and what reaches
-- its stores; what leaves them is in orders_of_sender.
CREATE INDEX orders_of_kommun ON orders (kommun, order_type COLLATE "C", state COLLATE "C", id);
CREATE INDEX orders_to_kommunlager ON orders (receiver_code, order_type COLLATE "C", state COLLATE "C", id)
    WHERE receiver_kind = 'kommunlager';

-- What the routes read; nothing is written by this role, and no door is open to it: steps and new orders are the
-- processes', after the order or its unit was found here.
GRANT SELECT ON orders, order_line, history, utleverans, utleverans_line, document, stock_balance, intake_batch,
    intake_verdict, store, vardenhet, article, person, person_unit, prescribing_right, stock_target,
    allowed_transition, article_stop, order_count, order_count_change, heartbeat TO orderflode_web;
