"""How does one order move in SQL? For each event two statements of one transaction: lock the balances, then write.

What a competent user of psycopg writes: set-based within the order, balances locked in key order, nothing written when
the order does not stand where the event begins. Numbers have no gaps: each comes from a counter row.
"""

from typing import NamedTuple


class Statements(NamedTuple):
    """An event's two queries with the parameters `id` and `actor`; `write` returns a row if the order moved, else none.

    `lock` is None where no balance is touched.
    """

    lock: str | None
    write: str


_LOCK_SENDERS_BALANCES = """
    SELECT FROM stock_balance
    WHERE (store, article) IN (
        SELECT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = %(id)s)
    ORDER BY store, article FOR NO KEY UPDATE
"""

_LOCK_BOTH_STORES_BALANCES = """
    SELECT FROM stock_balance
    WHERE (store, article) IN (
        SELECT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = %(id)s
        UNION ALL
        SELECT o.receiver_code, l.article FROM orders o JOIN order_line l ON l.order_id = o.id
        WHERE o.id = %(id)s AND o.receiver_kind = 'kommunlager')
    ORDER BY store, article FOR NO KEY UPDATE
"""

# `demand`, here and below: an article may stand on two lines of an order.
_VALIDATE = """
    WITH moved AS (
        UPDATE orders SET state = 'validated', version = version + 1, state_since = clock_timestamp()
        WHERE id = %(id)s AND state = 'draft' RETURNING id, version, sender),
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
        WHERE id = %(id)s AND state = 'validated' RETURNING id, version, sender),
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
    WITH numbered AS (
        INSERT INTO number_counter (store, year, last)
        SELECT sender, extract(year FROM now() AT TIME ZONE 'Europe/Stockholm'), 1
        FROM orders WHERE id = %(id)s AND state = 'picked'
        ON CONFLICT (store, year) DO UPDATE SET last = number_counter.last + 1
        RETURNING store, year, last),
    issued AS (
        INSERT INTO utleverans (order_id, store, year, sequence)
        SELECT %(id)s, store, year, last FROM numbered RETURNING id, order_id),
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

_DELIVER = """
    WITH moved AS (
        UPDATE orders SET state = 'delivered', version = version + 1, state_since = clock_timestamp(),
                          ended_at = clock_timestamp()
        WHERE id = %(id)s AND state = 'utleverans' RETURNING id, version, sender, receiver_kind, receiver_code),
    booked AS (
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                              order_id, order_version, line_no, actor)
        SELECT 'deliver', l.article, l.quantity, 'outbound', m.sender,
               CASE m.receiver_kind WHEN 'kommunlager' THEN 'store' ELSE 'receiver' END, m.receiver_code,
               m.id, m.version, l.line_no, %(actor)s
        FROM moved m JOIN order_line l ON l.order_id = m.id),
    demand AS (
        SELECT m.sender, m.receiver_kind, m.receiver_code, l.article, sum(l.quantity)::integer AS quantity
        FROM moved m JOIN order_line l ON l.order_id = m.id
        GROUP BY m.sender, m.receiver_kind, m.receiver_code, l.article),
    sent AS (
        UPDATE stock_balance b SET outbound = b.outbound - d.quantity
        FROM demand d WHERE b.store = d.sender AND b.article = d.article),
    received AS (
        UPDATE stock_balance b SET on_hand = b.on_hand + d.quantity
        FROM demand d
        WHERE d.receiver_kind = 'kommunlager' AND b.store = d.receiver_code AND b.article = d.article)
    INSERT INTO history (order_id, version, event, from_state, to_state, actor)
    SELECT id, version, 'deliver', 'utleverans', 'delivered', %(actor)s FROM moved RETURNING order_id
"""

STATEMENTS = {
    "validate": Statements(_LOCK_SENDERS_BALANCES, _VALIDATE),
    "pick": Statements(_LOCK_SENDERS_BALANCES, _PICK),
    "create_utleverans": Statements(None, _CREATE_UTLEVERANS),
    "deliver": Statements(_LOCK_BOTH_STORES_BALANCES, _DELIVER),
}
"""What each event does, by its name; in the order of an order's life."""
