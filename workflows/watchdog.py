"""Which orders stand too long, and what is to be done? By state and limit; own-store orders without utleverans first.

Bounded by indexes: an order that waits is found by orders_standing, one that should run by itself by orders_due, a held
one by orders_held. Next: notices.py, which tells the stores.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from config.database import Connection
from workflows.order_types import OrderType

OWN_STORE, HELD = "own_store", "held"

KINDS = (OWN_STORE, HELD, "draft", "picked", "validated", "utleverans", "rejected", "backordered")
"""The kinds in the order they are listed; beside the first two, the states."""


class Advice(NamedTuple):
    """What a kind is called, and what is to be done about it."""

    name_sv: str
    name_en: str
    sv: str
    en: str


ADVICE: dict[str, Advice] = {
    OWN_STORE: Advice(
        "eget lager utan utleverans", "own store without utleverans",
        "bekräfta plocket (confirm pick): godset är redan taget, och saldot är fel tills utleveransen finns",
        "confirm the pick: the goods are taken already, and the balance is wrong until there is an utleverans",
    ),
    HELD: Advice(
        "hållna", "held", "avhjälp orsaken och släpp: order release", "mend the reason and release: order release"
    ),
    "draft": Advice(
        "väntar på prövning", "wait to be judged",
        "se att arbetare och dispatcher går: status", "see that workers and dispatcher run: status",
    ),
    "picked": Advice(
        "plockade utan utleverans", "picked without utleverans",
        "se att arbetare och dispatcher går: status", "see that workers and dispatcher run: status",
    ),
    "validated": Advice(
        "väntar på plock", "wait for the pick", "plocka och bekräfta: confirm pick", "pick and confirm: confirm pick"
    ),
    "utleverans": Advice(
        "väntar på leverans", "wait for the delivery",
        "bekräfta leveransen: confirm deliver; kom den inte fram: fail-delivery",
        "confirm the delivery: confirm deliver; if it did not arrive: fail-delivery",
    ),
    "rejected": Advice(
        "avvisade", "rejected",
        "rätta eller makulera: order amend, order cancel", "amend or cancel: order amend, order cancel",
    ),
    "backordered": Advice(
        "restnoterade", "backordered",
        "skaffa varorna eller makulera: stock receive, order cancel",
        "get the goods or cancel: stock receive, order cancel",
    ),
}  # fmt: skip

# What waits is found by how long it stands in its state; what should run by itself, by how long it has been due.
_STANDING = """
    WITH bounds AS (
        SELECT l.state, l.hours AS hours, CASE WHEN l.state IN ('validated', 'picked')
            THEN least(l.hours, %(own_store)s) ELSE l.hours END AS fewest
        FROM unnest(%(states)s::text[], %(hours)s::int[]) AS l (state, hours)),
    found AS (
        SELECT o.id, o.sender, o.order_type, o.state, o.state_since, b.hours
        FROM bounds b CROSS JOIN LATERAL (
            SELECT * FROM orders o WHERE o.state = b.state AND o.due_at IS NULL AND o.ended_at IS NULL
            AND o.held_since IS NULL AND o.state_since < %(now)s - make_interval(hours => b.fewest)
            ORDER BY o.state_since LIMIT %(most)s::int) o
        UNION ALL
        SELECT o.id, o.sender, o.order_type, o.state, o.state_since, b.hours
        FROM bounds b CROSS JOIN unnest(%(types)s::text[]) AS t (order_type)
        CROSS JOIN (VALUES (0), (1)) AS p (priority) CROSS JOIN LATERAL (
            SELECT * FROM orders o WHERE o.order_type = t.order_type AND o.state = b.state AND o.priority = p.priority
            AND o.held_since IS NULL AND o.due_at < %(now)s - make_interval(hours => b.fewest)
            AND o.state_since < %(now)s - make_interval(hours => b.fewest) LIMIT %(most)s::int) o),
    standing AS (
        (SELECT id, state, 'held' AS kind, held_since AS since FROM orders WHERE held_since IS NOT NULL
         LIMIT %(most)s::int)
        UNION ALL
        SELECT f.id, f.state, CASE
            WHEN f.state IN ('validated', 'picked') AND f.order_type <> 'lagerflyttsorder' AND s.kind = 'kommun'
                AND f.state_since < %(now)s - make_interval(hours => %(own_store)s) THEN 'own_store'
            WHEN f.state_since < %(now)s - make_interval(hours => f.hours) THEN f.state END, f.state_since
        FROM found f LEFT JOIN store s ON s.code = f.sender)
"""


def standing_orders(
    tx: Connection, limits: Mapping[str, int], now: datetime, store: str | None = None
) -> list[dict[str, Any]]:
    """Every order that stands too long: its kind, numbers, store, state, since when and for how many hours.

    `limits` are hours by kind. In the order of KINDS, the longest first; of `store` (the sender) or of all.
    """
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            _STANDING
            + "SELECT g.kind, o.id, o.source, o.external_id, o.order_type, o.sender AS store, o.state, g.since, "
            "floor(extract(epoch FROM %(now)s - g.since) / 3600)::int AS hours, o.held_reason "
            # One by one by their numbers: for a join of thousands every order would be read.
            "FROM standing g CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = g.id OFFSET 0) o "
            "WHERE g.kind IS NOT NULL AND (%(store)s::text IS NULL OR o.sender = %(store)s) "
            "ORDER BY array_position(%(kinds)s, g.kind), g.since, o.id",
            _values(limits, now) | {"store": store, "kinds": list(KINDS)},
        ).fetchall()


class Standing(NamedTuple):
    """How many orders of each kind stand too long; a kind without any is left out. `more`: some are not counted."""

    by_kind: dict[str, int]
    more: bool


def count_standing(tx: Connection, limits: Mapping[str, int], now: datetime, most: int) -> Standing:
    """Count what standing_orders names, the longest first and of each state up to `most`."""
    by_kind: dict[str, int] = {}
    by_state: dict[str, int] = {}
    for kind, state, orders in tx.execute(
        _STANDING + "SELECT kind, state, count(*) FROM standing GROUP BY 1, 2", _values(limits, now) | {"most": most}
    ):
        by_kind[kind] = by_kind.get(kind, 0) + orders
        by_state[state] = by_state.get(state, 0) + orders
    more = any(orders >= most for orders in by_state.values())
    return Standing({kind: by_kind[kind] for kind in KINDS if kind in by_kind}, more)


def _values(limits: Mapping[str, int], now: datetime) -> dict[str, Any]:
    states = [kind for kind in KINDS if kind not in (OWN_STORE, HELD)]
    return {
        "now": now, "states": states, "hours": [limits[state] for state in states], "own_store": limits[OWN_STORE],
        "types": [str(order_type) for order_type in OrderType], "most": None,
    }  # fmt: skip
