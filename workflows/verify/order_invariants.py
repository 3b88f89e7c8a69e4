"""What must always hold of orders? States are recomputed from history, numbers from utleveranser."""

from workflows.ledger import OUTSTANDING
from workflows.verify.invariant import Invariant

ORDERS = (
    Invariant(
        "state-is-last-of-history",
        "En orders läge är det sista i dess historik.",
        "An order's state is the last of its history.",
        """
        SELECT format('order %s: %s version %s, history %s version %s', coalesce(o.id, h.order_id), o.state,
                      o.version, h.to_state, h.version)
        FROM orders o FULL JOIN (
            SELECT DISTINCT ON (order_id) order_id, to_state, version FROM history
            ORDER BY order_id, version DESC) h ON h.order_id = o.id
        WHERE h.version IS DISTINCT FROM o.version OR h.to_state <> o.state
        """,
    ),
    Invariant(
        "counts-are-right",
        "Antalet ordrar per ordertyp och läge är vad som finns.",
        "The number of orders by type and state is what is there.",
        """
        SELECT format('%s %s: counted %s, there are %s', order_type, state, coalesce(kept.orders, 0),
                      coalesce(there.orders, 0))
        FROM (SELECT order_type, state, sum(orders) AS orders
              FROM (TABLE order_count UNION ALL TABLE order_count_change) c (order_type, state, orders)
              GROUP BY 1, 2) kept
        FULL JOIN (SELECT order_type, state, count(*) AS orders FROM orders GROUP BY 1, 2) there
            USING (order_type, state)
        WHERE coalesce(kept.orders, 0) <> coalesce(there.orders, 0)
        """,
    ),
    Invariant(
        "no-step-skipped",
        "Varje steg börjar där det förra slutade och är tillåtet.",
        "Every step begins where the one before ended, and is allowed.",
        """
        SELECT format('order %s version %s: %s from %s to %s', h.order_id, h.version, h.event, h.from_state, h.to_state)
        FROM (SELECT *, lag(to_state) OVER chain AS before, lag(version) OVER chain AS version_before
              FROM history WINDOW chain AS (PARTITION BY order_id ORDER BY version)) h
        JOIN orders o ON o.id = h.order_id
        LEFT JOIN allowed_transition t ON t.order_type = o.order_type AND t.event = h.event
            AND t.from_state = h.from_state AND t.to_state = h.to_state
        WHERE CASE WHEN h.version = 1 THEN h.to_state <> 'draft' OR h.from_state IS NOT NULL
              ELSE h.before IS DISTINCT FROM h.from_state OR h.version_before <> h.version - 1
                   OR t.event IS NULL END
        """,
    ),
    Invariant(
        "one-end-at-most",
        "En order slutar högst en gång.",
        "An order ends at most once.",
        "SELECT format('order %s', order_id) FROM history WHERE to_state IN ('delivered', 'cancelled') "
        "GROUP BY order_id HAVING count(*) > 1",
    ),
    Invariant(
        "no-delivery-without-utleverans",
        "Ingen order levereras utan utleverans, och en utleverans hör till en order som plockats.",
        "No order is delivered without its utleverans, and an utleverans belongs to an order that was picked.",
        """
        SELECT format('order %s %s', o.id, o.state) FROM orders o FULL JOIN utleverans u ON u.order_id = o.id
        WHERE (o.state IN ('utleverans', 'delivered')) AND (u.id IS NULL OR u.id <> o.utleverans)
           OR u.id IS NOT NULL AND coalesce(o.state, '') NOT IN ('utleverans', 'delivered', 'cancelled')
        """,
    ),
    Invariant(
        "utleverans-lines-were-picked",
        "Utleveransens rader är vad som plockades.",
        "The lines of an utleverans are what was picked.",
        """
        SELECT format('utleverans %s line %s', u.number, coalesce(l.line_no, m.line_no))
        FROM utleverans_line l LEFT JOIN utleverans u ON u.id = l.utleverans
        FULL JOIN (SELECT order_id, m.line_no, sum(CASE m.kind WHEN 'pick' THEN m.quantity ELSE -m.quantity END)
                       AS quantity
                   FROM movement m JOIN utleverans x USING (order_id) WHERE m.kind IN ('pick', 'reduce')
                   GROUP BY 1, 2 HAVING sum(CASE m.kind WHEN 'pick' THEN m.quantity ELSE -m.quantity END) > 0) m
            ON m.order_id = u.order_id AND m.line_no = l.line_no
        WHERE l.quantity IS DISTINCT FROM m.quantity
        """,
    ),
    Invariant(
        "numbers-have-no-gaps",
        "Utleveransnumren är obrutna per lager och år.",
        "Utleverans numbers are gapless per store and year.",
        """
        SELECT format('%s %s: last %s, issued %s, highest %s', store, year, c.last, u.issued, u.highest)
        FROM number_counter c
        FULL JOIN (SELECT store, year, count(*) AS issued, max(sequence) AS highest FROM utleverans GROUP BY 1, 2) u
            USING (store, year)
        WHERE coalesce(c.last, 0) <> coalesce(u.issued, 0) OR coalesce(c.last, 0) <> coalesce(u.highest, 0)
        """,
    ),
    Invariant(
        "rest-adds-up",
        "Restordern har det som originalet lämnade.",
        "A restorder has what its original left to it.",
        """
        SELECT format('order %s line %s', l.order_id, l.line_no) FROM order_line l
        LEFT JOIN (SELECT r.rest_of, x.line_no, sum(x.quantity) AS units
                   FROM orders r JOIN order_line x ON x.order_id = r.id
                   WHERE r.rest_of IS NOT NULL GROUP BY 1, 2) rest
            ON rest.rest_of = l.order_id AND rest.line_no = l.line_no
        WHERE l.on_rest <> coalesce(rest.units, 0)
        """,
    ),
    Invariant(
        "failing-orders-are-held",
        "Ingen order försöks oftare än tillåtet utan att hållas.",
        "No order is tried more often than allowed without being held.",
        "SELECT format('order %s', id) FROM orders WHERE attempts >= 5 AND held_since IS NULL",
    ),
    Invariant(
        "accepted-orders-exist",
        "Varje order som en import har kvitterat finns.",
        "Every order that an import acknowledged is there.",
        "SELECT format('batch %s row %s', v.batch_id, v.first_row) FROM intake_verdict v "
        "LEFT JOIN orders o ON o.id = v.order_id WHERE v.verdict <> 'refused' AND o.id IS NULL",
    ),
)

WAITING = (
    Invariant(
        "queue-is-of-waiting-orders",
        "Den som är restnoterad står i kö, och ingen annan.",
        "Who is backordered stands in the queue, and nobody else.",
        """
        SELECT format('order %s %s', coalesce(o.id, w.order_id), o.state)
        FROM (SELECT id, state FROM orders WHERE state = 'backordered') o
        FULL JOIN (SELECT DISTINCT order_id FROM waiting_line) w ON w.order_id = o.id
        WHERE o.id IS NULL OR w.order_id IS NULL
        """,
    ),
    Invariant(
        "nobody-waits-beside-free-goods",
        "Ingen order väntar på gods som ligger fritt för den.",
        "No order waits for goods that lie free for it.",
        f"""
        SELECT format('order %s', o.id) FROM orders o
        WHERE o.state = 'backordered' AND o.held_since IS NULL AND o.due_at IS NULL
          AND NOT EXISTS (SELECT FROM restock r WHERE r.store = o.sender)
          AND NOT EXISTS (
            SELECT FROM (SELECT l.article, sum({OUTSTANDING}) AS units FROM order_line l
                         WHERE l.order_id = o.id GROUP BY l.article) line
            LEFT JOIN stock_balance b ON b.store = o.sender AND b.article = line.article
            WHERE line.units > coalesce(b.on_hand - b.reserved, 0)
               OR EXISTS (SELECT FROM waiting_line w JOIN orders first ON first.id = w.order_id
                          WHERE w.store = o.sender AND w.article = line.article AND first.held_since IS NULL
                            AND (w.priority, w.received_at, w.order_id) < (o.priority, o.received_at, o.id)))
        """,
    ),
)
