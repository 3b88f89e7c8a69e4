"""What must always hold? Each invariant names itself and selects what breaks it: no rows, nothing broken.

They recompute from the bottom: balances from movements, reservations from orders, states from history, numbers from
utleveranser. Next: checking.py, which runs them in one snapshot.
"""

from typing import NamedTuple

from workflows.ledger import OUTSTANDING


class Invariant(NamedTuple):
    """A name, what holds in Swedish and English, and a query whose one column describes each break."""

    name: str
    sv: str
    en: str
    broken: str


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
        LEFT JOIN (SELECT order_id, line_no, sum(quantity) FILTER (WHERE kind = 'pick') AS picked,
                          sum(quantity) FILTER (WHERE kind = 'deliver') AS delivered
                   FROM movement WHERE order_id IS NOT NULL GROUP BY 1, 2) m USING (order_id, line_no)
        WHERE o.state = 'delivered' AND (coalesce(m.picked, 0) <> {OUTSTANDING}
            OR coalesce(m.delivered, 0) <> {OUTSTANDING} - l.short_delivered)
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
        WHERE m.order_id IS NOT NULL AND h.order_id IS NULL
        """,
    ),
)

ORDERS = (
    Invariant(
        "state-is-last-of-history",
        "En orders läge är det sista i dess historik.",
        "An order's state is the last of its history.",
        """
        SELECT format('order %s: %s version %s, history %s version %s', o.id, o.state, o.version, h.to_state, h.version)
        FROM orders o LEFT JOIN LATERAL (
            SELECT to_state, version FROM history WHERE order_id = o.id ORDER BY version DESC LIMIT 1) h ON true
        WHERE h.version IS DISTINCT FROM o.version OR h.to_state <> o.state
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
                   OR (t.event IS NULL AND o.state <> 'draft' AND o.rest_of IS NULL) END
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
        FROM utleverans u JOIN utleverans_line l ON l.utleverans = u.id
        FULL JOIN (SELECT m.order_id, m.line_no, m.quantity FROM movement m JOIN utleverans x ON x.order_id = m.order_id
                   WHERE m.kind = 'pick') m ON m.order_id = u.order_id AND m.line_no = l.line_no
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

INVARIANTS = GOODS + ORDERS
