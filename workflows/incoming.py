"""What is coming to a store, and what do its waiting orders take of it? Read by refill.py and backorders.py."""

from workflows.ledger import OUTSTANDING
from workflows.order_types import LAGER_10, CustomerOrderType

COMING = f"""
    SELECT o.receiver_code AS store, l.article,
        coalesce(sum({OUTSTANDING}) FILTER (WHERE o.state IN ('picked', 'utleverans')), 0) AS on_its_way,
        coalesce(sum({OUTSTANDING}) FILTER (WHERE o.state IN ('validated', 'backordered')), 0) AS promised,
        coalesce(sum({OUTSTANDING}) FILTER (WHERE o.state IN ('draft', 'rejected')), 0) AS unjudged,
        coalesce(array_agg(DISTINCT o.id) FILTER (WHERE o.state = 'rejected'), '{{}}') AS rejected
    FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE (o.state <> 'rejected'
           OR o.sender = '{LAGER_10}' AND o.customer_order_type <> '{CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER}')
      AND o.order_type = 'lagerflyttsorder' AND o.receiver_kind = 'kommunlager' AND o.ended_at IS NULL
    GROUP BY o.receiver_code, l.article
"""
"""SQL: per store and article, the units of lagerflyttsorder to it. `on_its_way` has left its sender; `promised` is
accepted there (a restorder too); `unjudged` is not. What was rejected waits for a person who amends or
cancels it, and counts only where R1 lets it come at all: from lager 10, and not as a move between kommuner (`rejected`
has the ids of those orders)."""

TAKEN_BY_WAITING = f"""
    SELECT o.sender AS store, l.article, sum({OUTSTANDING}) AS units
    FROM (SELECT DISTINCT store, order_id FROM waiting_line) w
    JOIN orders o ON o.id = w.order_id AND o.sender = w.store JOIN order_line l ON l.order_id = o.id
    GROUP BY o.sender, l.article
"""
"""SQL: per store and article, the units that its waiting orders will take when they go on; nothing is reserved yet."""
