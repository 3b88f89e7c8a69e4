"""How do many orders move in SQL? As one does (../one_order.py), but what a batch asks of a balance is one update.

Balances are locked in key order, each store's part of the batch takes its numbers from the counter at once, and they
have no gaps. Next: worker.py.
"""

from benchmarks.peers.one_order import Statements

_LOCK_SENDERS_BALANCES = """
    SELECT FROM stock_balance
    WHERE (store, article) IN (
        SELECT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = ANY(%(ids)s))
    ORDER BY store, article FOR NO KEY UPDATE
"""

_LOCK_BOTH_STORES_BALANCES = """
    SELECT FROM stock_balance
    WHERE (store, article) IN (
        SELECT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = ANY(%(ids)s)
        UNION ALL
        SELECT o.receiver_code, l.article FROM orders o JOIN order_line l ON l.order_id = o.id
        WHERE o.id = ANY(%(ids)s) AND o.receiver_kind = 'kommunlager')
    ORDER BY store, article FOR NO KEY UPDATE
"""

_VALIDATE = """
    WITH moved AS (
        UPDATE orders SET state = 'validated', version = version + 1, state_since = clock_timestamp()
        WHERE id = ANY(%(ids)s) AND state = 'draft' RETURNING id, version, sender),
    demand AS (
        SELECT m.sender, l.article, sum(l.quantity)::integer AS quantity
        FROM moved m JOIN order_line l ON l.order_id = m.id GROUP BY m.sender, l.article),
    reserved AS (
        UPDATE stock_balance b SET reserved = b.reserved + d.quantity
        FROM demand d WHERE b.store = d.sender AND b.article = d.article)
    INSERT INTO history (order_id, version, event, from_state, to_state, actor)
    SELECT id, version, 'validate', 'draft', 'validated', %(actor)s FROM moved RETURNING order_id
"""

_PICK = """
    WITH moved AS (
        UPDATE orders SET state = 'picked', version = version + 1, state_since = clock_timestamp()
        WHERE id = ANY(%(ids)s) AND state = 'validated' RETURNING id, version, sender),
    booked AS (
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, actor)
        SELECT 'pick', l.article, l.quantity, 'store', m.sender, 'outbound', m.sender,
               m.id, m.version, l.line_no, %(actor)s
        FROM moved m JOIN order_line l ON l.order_id = m.id),
    demand AS (
        SELECT m.sender, l.article, sum(l.quantity)::integer AS quantity
        FROM moved m JOIN order_line l ON l.order_id = m.id GROUP BY m.sender, l.article),
    taken AS (
        UPDATE stock_balance b SET on_hand = b.on_hand - d.quantity, reserved = b.reserved - d.quantity,
                                   outbound = b.outbound + d.quantity
        FROM demand d WHERE b.store = d.sender AND b.article = d.article)
    INSERT INTO history (order_id, version, event, from_state, to_state, actor)
    SELECT id, version, 'pick', 'validated', 'picked', %(actor)s FROM moved RETURNING order_id
"""

_CREATE_UTLEVERANS = """
    WITH placed AS (
        SELECT id, sender, row_number() OVER (PARTITION BY sender ORDER BY id DESC) - 1 AS from_last
        FROM orders WHERE id = ANY(%(ids)s) AND state = 'picked'),
    numbered AS (
        INSERT INTO number_counter (store, year, last)
        SELECT sender, extract(year FROM now() AT TIME ZONE 'Europe/Stockholm'), count(*)
        FROM placed GROUP BY sender ORDER BY sender
        ON CONFLICT (store, year) DO UPDATE SET last = number_counter.last + excluded.last
        RETURNING store, year, last),
    issued AS (
        INSERT INTO utleverans (order_id, store, year, sequence)
        SELECT p.id, n.store, n.year, n.last - p.from_last FROM placed p JOIN numbered n ON n.store = p.sender
        RETURNING id, order_id),
    listed AS (
        INSERT INTO utleverans_line (utleverans, line_no, article, quantity)
        SELECT i.id, l.line_no, l.article, l.quantity FROM issued i JOIN order_line l ON l.order_id = i.order_id),
    moved AS (
        UPDATE orders o SET state = 'utleverans', version = o.version + 1, state_since = clock_timestamp(),
                            utleverans = i.id
        FROM issued i WHERE o.id = i.order_id AND o.state = 'picked' RETURNING o.id, o.version)
    INSERT INTO history (order_id, version, event, from_state, to_state, actor)
    SELECT id, version, 'create_utleverans', 'picked', 'utleverans', %(actor)s FROM moved RETURNING order_id
"""

# `change`: a balance may be both sender and receiver in one batch, and one statement updates a row only once.
_DELIVER = """
    WITH moved AS (
        UPDATE orders SET state = 'delivered', version = version + 1, state_since = clock_timestamp(),
                          ended_at = clock_timestamp()
        WHERE id = ANY(%(ids)s) AND state = 'utleverans'
        RETURNING id, version, sender, receiver_kind, receiver_code),
    booked AS (
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, actor)
        SELECT 'deliver', l.article, l.quantity, 'outbound', m.sender,
               CASE m.receiver_kind WHEN 'kommunlager' THEN 'store' ELSE 'receiver' END, m.receiver_code,
               m.id, m.version, l.line_no, %(actor)s
        FROM moved m JOIN order_line l ON l.order_id = m.id),
    change AS (
        SELECT store, l.article, sum(l.quantity * sent)::integer AS sent,
               sum(l.quantity * (1 - sent))::integer AS received
        FROM moved m JOIN order_line l ON l.order_id = m.id CROSS JOIN LATERAL (VALUES
            (m.sender, 1), (CASE m.receiver_kind WHEN 'kommunlager' THEN m.receiver_code END, 0)) AS party (store, sent)
        WHERE store IS NOT NULL GROUP BY store, l.article),
    handed_over AS (
        UPDATE stock_balance b SET outbound = b.outbound - c.sent, on_hand = b.on_hand + c.received
        FROM change c WHERE b.store = c.store AND b.article = c.article)
    INSERT INTO history (order_id, version, event, from_state, to_state, actor)
    SELECT id, version, 'deliver', 'utleverans', 'delivered', %(actor)s FROM moved RETURNING order_id
"""

STATEMENTS = {
    "validate": Statements(_LOCK_SENDERS_BALANCES, _VALIDATE),
    "pick": Statements(_LOCK_SENDERS_BALANCES, _PICK),
    "create_utleverans": Statements(None, _CREATE_UTLEVERANS),
    "deliver": Statements(_LOCK_BOTH_STORES_BALANCES, _DELIVER),
}
"""What each event does with the orders `ids`, by its name; `write` returns a row for each that moved."""
