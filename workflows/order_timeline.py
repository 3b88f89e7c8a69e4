"""What has happened to one order? Everything in one stream: steps, goods, documents, returns, and who looked at whom.

Each happening is {"what", "at", "actor", "reason", …}; `what` is `step`, `goods`, `document`, `held`, `return`,
`order` or `look`, and what it holds besides is in the query that reads it. Every one is found by the order's number.
Nothing here tells who a patient is. Next: queries.py, the order itself.
"""

from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.queries import history_of
from workflows.returns.reading import return_events_of_order

MOST_LOOKS = 200
"""Of those who looked, so many of the last are shown: the whole log is the reviewer's page."""

_RANK = {"order": 0, "goods": 1, "step": 2, "document": 3, "held": 4, "return": 5, "look": 6}
"""Within one moment: what was moved comes before the step that it makes whole."""

_GOODS = """
    SELECT 'goods' AS what, min(m.at) AS at, m.actor, NULL AS reason, m.kind, m.from_place, m.from_store, m.to_place,
        m.to_store, jsonb_agg(jsonb_build_object('article', m.article, 'units', m.quantity) ORDER BY m.line_no) AS goods
    FROM movement m WHERE m.order_id = %(id)s
    GROUP BY m.order_version, m.kind, m.actor, m.from_place, m.from_store, m.to_place, m.to_store
"""
_DOCUMENTS = """
    SELECT 'document' AS what, u.created_at AS at, NULL AS actor, NULL AS reason, 'utleverans' AS kind, u.number
    FROM utleverans u WHERE u.order_id = %(id)s
    UNION ALL
    SELECT 'document', d.rendered_at, NULL, NULL, d.kind, u.number
    FROM utleverans u JOIN document d ON d.utleverans = u.id WHERE u.order_id = %(id)s
"""
_ORDERS = """
    SELECT 'order' AS what, (SELECT h.at FROM history h WHERE h.order_id = o.id AND h.version = 1) AS at,
        o.created_by AS actor, NULL AS reason, o.id AS "order",
        CASE WHEN o.rest_of = %(id)s THEN 'restorder' ELSE 'swap' END AS kind
    FROM orders o WHERE o.id IN (SELECT r.id FROM orders r WHERE r.rest_of = %(id)s
                                 UNION ALL SELECT s.id FROM orders s WHERE s.swap_of = %(id)s)
"""
_HELD = """
    SELECT 'held' AS what, o.held_since AS at, NULL AS actor, o.held_reason AS reason
    FROM orders o WHERE o.id = %(id)s AND o.held_since IS NOT NULL
"""
_LOOKS = """
    SELECT 'look' AS what, a.at, a.actor, a.why AS reason, a.action, a.role, a.unit, a.kommun
    FROM access_log a WHERE a.order_id = %(id)s ORDER BY a.id DESC LIMIT %(most)s
"""


def timeline(tx: Connection, order_id: int, *, with_looks: bool) -> list[dict[str, Any]]:
    """The order's happenings, first to last; who looked at its patient only `with_looks`."""
    found = [{"what": "step", **each} for each in history_of(tx, order_id)]
    found += [{"what": "return", **each} for each in return_events_of_order(tx, order_id)]
    with tx.cursor(row_factory=dict_row) as cursor:
        for query in (_GOODS, _DOCUMENTS, _ORDERS, _HELD, *([_LOOKS] if with_looks else [])):
            found += cursor.execute(query, {"id": order_id, "most": MOST_LOOKS}).fetchall()
    return sorted(found, key=lambda each: (each["at"], _RANK[each["what"]], each.get("version", 0)))
