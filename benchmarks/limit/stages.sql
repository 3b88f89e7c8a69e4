-- The four stages of the main line as one would write them for speed alone. %(ids)s is a cohort's ids, as text.
-- stage: validate
WITH wanted AS MATERIALIZED (
    SELECT o.sender AS store, l.article, sum(l.quantity) AS quantity
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.id = ANY (%(ids)s::bigint[]) AND l.order_id = ANY (%(ids)s::bigint[]) GROUP BY 1, 2),
locked AS MATERIALIZED (
    SELECT b.store, b.article FROM stock_balance b WHERE (b.store, b.article) IN (SELECT store, article FROM wanted)
    ORDER BY b.store, b.article FOR NO KEY UPDATE)
UPDATE stock_balance b SET reserved = b.reserved + w.quantity
FROM locked JOIN wanted w USING (store, article) WHERE b.store = locked.store AND b.article = locked.article;
WITH moved AS (
    UPDATE orders SET state = 'validated', version = version + 1, due_at = clock_timestamp(),
        state_since = clock_timestamp(), promised_by = received_at + interval '7 days',
        evidence = CASE WHEN prescriber IS NOT NULL THEN jsonb_build_array(
            jsonb_build_object('person', orderer_person, 'unit', orderer_unit, 'iso_prefix', '12',
                               'profession', 'arbetsterapeut', 'valid_from', ordered_on, 'valid_to', NULL),
            jsonb_build_object('person', prescriber, 'unit', orderer_unit, 'iso_prefix', '12',
                               'profession', 'arbetsterapeut', 'valid_from', ordered_on, 'valid_to', NULL)) END
    WHERE id = ANY (%(ids)s::bigint[]) RETURNING id, version)
INSERT INTO history (order_id, version, event, from_state, to_state, actor)
SELECT id, version, 'validate', 'draft', 'validated', 'limit' FROM moved;
INSERT INTO order_count_change (order_type, state, orders)
SELECT o.order_type, c.state, c.sign * count(*) FROM orders o, (VALUES ('draft', -1), ('validated', 1)) c (state, sign)
WHERE o.id = ANY (%(ids)s::bigint[]) GROUP BY 1, 2, c.sign;
-- stage: pick
WITH line AS MATERIALIZED (
    SELECT o.id, o.version + 1 AS version, o.sender, l.line_no, l.article, l.quantity
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.id = ANY (%(ids)s::bigint[]) AND l.order_id = ANY (%(ids)s::bigint[])),
moved AS (
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                          order_id, order_version, line_no, actor)
    SELECT 'pick', article, quantity, 'store', sender, 'outbound', sender, id, version, line_no, 'limit' FROM line),
wanted AS MATERIALIZED (SELECT sender AS store, article, sum(quantity) AS quantity FROM line GROUP BY 1, 2),
locked AS MATERIALIZED (
    SELECT b.store, b.article FROM stock_balance b WHERE (b.store, b.article) IN (SELECT store, article FROM wanted)
    ORDER BY b.store, b.article FOR NO KEY UPDATE)
UPDATE stock_balance b
SET on_hand = b.on_hand - w.quantity, reserved = b.reserved - w.quantity, outbound = b.outbound + w.quantity
FROM locked JOIN wanted w USING (store, article) WHERE b.store = locked.store AND b.article = locked.article;
WITH moved AS (
    UPDATE orders SET state = 'picked', version = version + 1, due_at = clock_timestamp(),
        state_since = clock_timestamp()
    WHERE id = ANY (%(ids)s::bigint[]) RETURNING id, version)
INSERT INTO history (order_id, version, event, from_state, to_state, actor)
SELECT id, version, 'pick', 'validated', 'picked', 'limit' FROM moved;
INSERT INTO order_count_change (order_type, state, orders)
SELECT o.order_type, c.state, c.sign * count(*) FROM orders o, (VALUES ('validated', -1), ('picked', 1)) c (state, sign)
WHERE o.id = ANY (%(ids)s::bigint[]) GROUP BY 1, 2, c.sign;
-- stage: create_utleverans
INSERT INTO number_counter (store, year, last)
SELECT DISTINCT sender, extract(year FROM now() AT TIME ZONE 'Europe/Stockholm')::smallint, 0 FROM orders
WHERE id = ANY (%(ids)s::bigint[]) ORDER BY 1 ON CONFLICT DO NOTHING;
WITH cohort AS MATERIALIZED (
    SELECT id, sender, row_number() OVER (PARTITION BY sender ORDER BY id) AS place
    FROM orders WHERE id = ANY (%(ids)s::bigint[])),
counter AS MATERIALIZED (
    SELECT c.store, c.year, w.wanted FROM number_counter c
    JOIN (SELECT sender, count(*) AS wanted FROM cohort GROUP BY sender) w ON w.sender = c.store
    WHERE c.year = extract(year FROM now() AT TIME ZONE 'Europe/Stockholm')
    ORDER BY c.store FOR NO KEY UPDATE OF c),
taken AS (
    UPDATE number_counter c SET last = c.last + k.wanted FROM counter k WHERE c.store = k.store AND c.year = k.year
    RETURNING c.store, c.year, c.last - k.wanted AS before),
numbered AS (
    INSERT INTO utleverans (order_id, store, year, sequence)
    SELECT c.id, t.store, t.year, t.before + c.place FROM cohort c JOIN taken t ON t.store = c.sender
    RETURNING id, order_id),
lines AS (
    INSERT INTO utleverans_line (utleverans, line_no, article, quantity)
    SELECT n.id, l.line_no, l.article, l.quantity FROM numbered n JOIN order_line l ON l.order_id = n.order_id
    WHERE l.order_id = ANY (%(ids)s::bigint[])),
moved AS (
    UPDATE orders o SET state = 'utleverans', version = version + 1, due_at = clock_timestamp(),
        state_since = clock_timestamp(), utleverans = n.id
    FROM numbered n WHERE o.id = n.order_id AND o.id = ANY (%(ids)s::bigint[]) RETURNING o.id, o.version)
INSERT INTO history (order_id, version, event, from_state, to_state, actor)
SELECT id, version, 'create_utleverans', 'picked', 'utleverans', 'limit' FROM moved;
INSERT INTO order_count_change (order_type, state, orders)
SELECT o.order_type, c.state, c.sign * count(*) FROM orders o, (VALUES ('picked', -1), ('utleverans', 1)) c (state, sign)
WHERE o.id = ANY (%(ids)s::bigint[]) GROUP BY 1, 2, c.sign;
-- stage: deliver
WITH line AS MATERIALIZED (
    SELECT o.id, o.version + 1 AS version, o.sender, l.line_no, l.article, l.quantity,
        o.receiver_kind = 'kommunlager' AS to_store, coalesce(o.receiver_code, 'patient') AS receiver
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.id = ANY (%(ids)s::bigint[]) AND l.order_id = ANY (%(ids)s::bigint[])),
moved AS (
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                          order_id, order_version, line_no, actor)
    SELECT 'deliver', article, quantity, 'outbound', sender, CASE WHEN to_store THEN 'store' ELSE 'receiver' END,
        receiver, id, version, line_no, 'limit' FROM line),
change AS MATERIALIZED (
    SELECT store, article, sum(on_hand) AS on_hand, sum(outbound) AS outbound FROM (
        SELECT sender AS store, article, 0 AS on_hand, -quantity AS outbound FROM line
        UNION ALL SELECT receiver, article, quantity, 0 FROM line WHERE to_store) d
    GROUP BY 1, 2),
locked AS MATERIALIZED (
    SELECT b.store, b.article FROM stock_balance b WHERE (b.store, b.article) IN (SELECT store, article FROM change)
    ORDER BY b.store, b.article FOR NO KEY UPDATE)
UPDATE stock_balance b SET on_hand = b.on_hand + c.on_hand, outbound = b.outbound + c.outbound
FROM locked JOIN change c USING (store, article) WHERE b.store = locked.store AND b.article = locked.article;
WITH moved AS (
    UPDATE orders SET state = 'delivered', version = version + 1, due_at = NULL, state_since = clock_timestamp(),
        ended_at = clock_timestamp()
    WHERE id = ANY (%(ids)s::bigint[]) RETURNING id, version)
INSERT INTO history (order_id, version, event, from_state, to_state, actor)
SELECT id, version, 'deliver', 'utleverans', 'delivered', 'limit' FROM moved;
INSERT INTO order_count_change (order_type, state, orders)
SELECT o.order_type, c.state, c.sign * count(*) FROM orders o, (VALUES ('utleverans', -1), ('delivered', 1)) c (state, sign)
WHERE o.id = ANY (%(ids)s::bigint[]) GROUP BY 1, 2, c.sign;
