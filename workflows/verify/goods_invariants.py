"""What must always hold of goods? Balances are recomputed from movements, reservations and outbound from orders."""

from workflows.ledger import OUTSTANDING
from workflows.verify.invariant import Invariant

_LEDGER = """
    SELECT store, article, sum(on_hand) AS on_hand, sum(outbound) AS outbound FROM (
        SELECT from_store AS store, article, CASE from_place WHEN 'store' THEN -quantity ELSE 0 END AS on_hand,
               CASE from_place WHEN 'outbound' THEN -quantity ELSE 0 END AS outbound
        FROM movement WHERE from_place IN ('store', 'outbound')
        UNION ALL
        SELECT to_store, article, CASE to_place WHEN 'store' THEN quantity ELSE 0 END,
               CASE to_place WHEN 'outbound' THEN quantity ELSE 0 END
        FROM movement WHERE to_place IN ('store', 'outbound')) entry
    GROUP BY store, article
"""


def _demanded(states: str) -> str:
    return f"""
        SELECT o.sender AS store, l.article, sum({OUTSTANDING}) AS units
        FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.state IN ({states}) GROUP BY 1, 2
    """


GOODS = (
    Invariant(
        "balance-is-sum-of-movements",
        "Saldot är summan av lagerrörelserna.",
        "A balance is the sum of its movements.",
        f"""
        SELECT format('%s %s: on_hand %s, movements %s; outbound %s, movements %s', store, article, b.on_hand,
                      m.on_hand, b.outbound, m.outbound)
        FROM stock_balance b FULL JOIN ({_LEDGER}) m USING (store, article)
        WHERE coalesce(b.on_hand, 0) <> coalesce(m.on_hand, 0) OR coalesce(b.outbound, 0) <> coalesce(m.outbound, 0)
        """,
    ),
    Invariant(
        "never-oversold",
        "Inget saldo är negativt eller mindre än det reserverade.",
        "No balance is negative or below what is reserved.",
        "SELECT format('%s %s', store, article) FROM stock_balance "
        "WHERE on_hand < 0 OR reserved < 0 OR outbound < 0 OR reserved > on_hand",
    ),
    Invariant(
        "reserved-for-validated-orders",
        "Det reserverade är vad de validerade ordrarna väntar på att få plockat.",
        "What is reserved is what validated orders have yet to pick.",
        f"""
        SELECT format('%s %s: reserved %s, demanded %s', store, article, b.reserved, d.units)
        FROM stock_balance b FULL JOIN ({_demanded("'validated'")}) d USING (store, article)
        WHERE coalesce(b.reserved, 0) <> coalesce(d.units, 0)
        """,
    ),
    Invariant(
        "outbound-belongs-to-orders",
        "Gods på väg ut tillhör plockade ordrar.",
        "Goods in outbound belong to picked orders.",
        f"""
        SELECT format('%s %s: outbound %s, orders %s', store, article, b.outbound, d.units)
        FROM stock_balance b FULL JOIN ({_demanded("'picked', 'utleverans'")}) d USING (store, article)
        WHERE coalesce(b.outbound, 0) <> coalesce(d.units, 0)
        """,
    ),
    Invariant(
        "delivered-units-were-moved",
        "En levererad orders enheter har lämnat lagret en gång och nått mottagaren.",
        "A delivered order's units left the store once and reached the receiver.",
        f"""
        SELECT format('order %s line %s', l.order_id, l.line_no)
        FROM orders o JOIN order_line l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, line_no, sum(CASE kind WHEN 'pick' THEN quantity WHEN 'reduce' THEN -quantity END)
                              AS picked,
                          sum(quantity) FILTER (WHERE kind = 'deliver') AS delivered
                   FROM movement WHERE order_id IS NOT NULL GROUP BY 1, 2) m USING (order_id, line_no)
        WHERE o.state = 'delivered' AND (coalesce(m.picked, 0) <> {OUTSTANDING}
            OR coalesce(m.delivered, 0) <> {OUTSTANDING} - l.short_delivered)
        """,
    ),
    Invariant(
        "delivered-to-the-receiver",
        "Det levererade gick till orderns mottagare.",
        "What was delivered went to the order's receiver.",
        """
        SELECT format('order %s line %s', m.order_id, m.line_no) FROM movement m JOIN orders o ON o.id = m.order_id
        WHERE m.kind = 'deliver' AND (m.from_store <> o.sender OR m.to_store <> coalesce(o.receiver_code, 'patient')
            OR m.to_place <> CASE o.receiver_kind WHEN 'kommunlager' THEN 'store' ELSE 'receiver' END)
        """,
    ),
    Invariant(
        "cancelled-units-are-back",
        "En makulerad orders enheter är tillbaka.",
        "A cancelled order's units are back.",
        """
        SELECT format('order %s', order_id) FROM movement JOIN orders o ON o.id = order_id
        WHERE o.state = 'cancelled' GROUP BY order_id
        HAVING sum(CASE 'outbound' WHEN to_place THEN quantity WHEN from_place THEN -quantity ELSE 0 END) <> 0
        """,
    ),
    Invariant(
        "movement-has-its-cause",
        "Varje lagerrörelse för en order hör till ett av orderns steg.",
        "Every movement of an order belongs to one of its steps.",
        """
        SELECT format('movement %s of order %s', m.id, m.order_id) FROM movement m
        LEFT JOIN history h ON h.order_id = m.order_id AND h.version = m.order_version
            AND h.event = ANY (CASE m.kind
                WHEN 'pick' THEN '{pick}' WHEN 'short_pick' THEN '{pick}'
                WHEN 'deliver' THEN '{deliver}' WHEN 'short_delivery' THEN '{deliver}'
                WHEN 'difference' THEN '{validate, resume}' WHEN 'reverse_difference' THEN '{cancel, unreserve, reduce}'
                ELSE ARRAY[m.kind] END::text[])
        WHERE m.order_id IS NOT NULL AND h.order_id IS NULL
        """,
    ),
)
