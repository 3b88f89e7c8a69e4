"""What must always hold of orders that were made smaller, and of equivalents that were sent?"""

from workflows.ledger import OUTSTANDING
from workflows.verify.invariant import Invariant

SMALLER = (
    Invariant(
        "cancelled-units-have-their-reason",
        "Varje makulerad enhet på en rad finns i orderns historik.",
        "Every unit cancelled out of a line stands in the order's history.",
        """
        SELECT format('order %s line %s: cancelled %s, history %s', order_id, line_no, l.cancelled, h.units)
        FROM (SELECT order_id, line_no, cancelled FROM order_line WHERE cancelled > 0) l
        FULL JOIN (SELECT h.order_id, (cut ->> 'line')::int AS line_no, sum((cut ->> 'units')::int) AS units
                   FROM history h CROSS JOIN LATERAL jsonb_array_elements(h.details) AS cut
                   WHERE h.event = 'reduce' GROUP BY 1, 2) h USING (order_id, line_no)
        WHERE l.cancelled IS DISTINCT FROM h.units
        """,
    ),
    Invariant(
        "no-open-order-is-empty",
        "En öppen order har något kvar att leverera.",
        "An open order has something left to deliver.",
        f"""
        SELECT format('order %s', o.id) FROM orders o
        WHERE o.state IN ('backordered', 'validated', 'picked', 'utleverans')
          AND NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND {OUTSTANDING} > 0)
        """,
    ),
    Invariant(
        "equivalents-are-accepted",
        "En likvärdig artikel skickas bara där ordern godtar det.",
        "An equivalent article is sent only where the order accepts it.",
        "SELECT format('order %s line %s', l.order_id, l.line_no) FROM order_line l JOIN orders o ON o.id = l.order_id "
        "WHERE l.ordered_article IS NOT NULL AND NOT o.accept_equivalent",
    ),
)
