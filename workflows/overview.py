"""How does the whole stand? Orders by type and state, what is due, held, waiting and standing, and who is alive.

Nothing here grows with the number of orders: those by state are kept (order_counts.py), the others are counted by an
index of theirs up to a bound. Next: watchdog.py, which names the orders that stand too long.
"""

from datetime import UTC, datetime
from typing import Any

from config.database import Connection
from config.settings import settings
from workflows.heartbeats import all_heartbeats
from workflows.notices import unsent_notices
from workflows.order_counts import OrderCount, count_orders
from workflows.order_types import OrderType
from workflows.watchdog import count_standing
from workflows.webhooks.deliveries import unheard

MOST_COUNTED = 10_000
"""Of what is counted one by one, so many at most: more are as many to whoever looks, and cost more with each."""

MOST_STANDING = 1_000
"""So many of each state are looked at for how long they stand: each is read, not only counted (12 ms for 10,000)."""

# The states in which an order may be due by itself (the table's check).
_RUNNING = ("draft", "validated", "picked", "utleverans", "backordered")

_DUE = """
    SELECT FROM unnest(%(types)s::text[]) AS t (order_type) CROSS JOIN unnest(%(running)s::text[]) AS s (state)
    CROSS JOIN (VALUES (0), (1)) AS p (priority) CROSS JOIN LATERAL (
        SELECT FROM orders o WHERE o.order_type = t.order_type AND o.state = s.state AND o.priority = p.priority
        AND {} AND o.held_since IS NULL LIMIT %(most)s) found
"""
_COUNTED = {
    "due": _DUE.format("o.due_at <= now()"),
    "due_later": _DUE.format("o.due_at > now()"),
    "held": "SELECT FROM orders WHERE held_since IS NOT NULL",
    "retrying": "SELECT FROM orders WHERE attempts > 0 AND held_since IS NULL",
    "documents_due": "SELECT FROM utleverans WHERE note_due",
}


def status(tx: Connection) -> dict[str, Any]:
    """`orders` by type and state: how many, and when the one with the lowest number was received. How many orders are
    `due`, `due_later`, `held`, `retrying`, `backordered` or `standing` (by kind), and notes in `documents_due`;
    `at_least` names the numbers at which counting ended. Notices that did not go out, webhooks' messages that wait or
    were given up, and who is alive."""
    orders = count_orders(tx)
    totals = {name: count_up_to(tx, name, MOST_COUNTED) for name in _COUNTED}
    totals["backordered"] = sum(each.orders for each in orders if each.state == "backordered")
    standing = count_standing(tx, settings().standing_hours, datetime.now(UTC), MOST_STANDING)
    at_least = [name for name in _COUNTED if totals[name] == MOST_COUNTED]
    return {
        "orders": _with_oldest(tx, orders), **totals, "standing": standing.by_kind,
        "at_least": at_least + (["standing"] if standing.more else []),
        "notices": unsent_notices(tx),
        "webhooks": unheard(tx),
        "processes": processes(tx),
    }  # fmt: skip


def processes(tx: Connection) -> list[dict[str, Any]]:
    """Who was seen when, how many seconds ago, and what each said of itself."""
    return [_process(name, seen_at, details, tx) for name, seen_at, details in all_heartbeats(tx)]


def count_up_to(tx: Connection, name: str, most: int) -> int:
    """How many orders or notes are `name`, one of those that are counted; `most`: so many or more."""
    row = tx.execute(
        f"SELECT count(*) FROM ({_COUNTED[name]} LIMIT %(most)s) counted".encode(),
        {"most": most, "types": [str(each) for each in OrderType], "running": list(_RUNNING)},
    ).fetchone()
    assert row is not None
    return int(row[0])


def orders_ahead(tx: Connection) -> int:
    """How many orders have something before them: all drafts, and of those that are due later on MOST_COUNTED at most.
    What shows progress asks this, since drafts are most of what is ahead."""
    drafts = sum(each.orders for each in count_orders(tx) if each.state == "draft")
    row = tx.execute(
        f"SELECT count(*) FROM ({_DUE.format('o.due_at IS NOT NULL')} LIMIT %(most)s) counted".encode(),
        {"most": MOST_COUNTED, "types": [str(each) for each in OrderType], "running": list(_RUNNING[1:])},
    ).fetchone()
    assert row is not None
    return drafts + int(row[0])


def _with_oldest(tx: Connection, orders: list[OrderCount]) -> list[dict[str, Any]]:
    rows = tx.execute(
        # By orders_listed, whose columns are in this collation.
        'SELECT (SELECT o.received_at FROM orders o WHERE o.order_type COLLATE "C" = k.order_type '
        'AND o.state COLLATE "C" = k.state ORDER BY o.id LIMIT 1) '
        "FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS k (order_type, state, place) ORDER BY k.place",
        ([each.order_type for each in orders], [each.state for each in orders]),
    ).fetchall()
    return [
        {"order_type": each.order_type, "state": each.state, "count": each.orders, "oldest": oldest}
        for each, (oldest,) in zip(orders, rows, strict=True)
    ]


def _process(name: str, seen_at: datetime, details: dict[str, Any] | None, tx: Connection) -> dict[str, Any]:
    age = tx.execute("SELECT extract(epoch FROM clock_timestamp() - %s)::float8", (seen_at,)).fetchone()
    return {"name": name, "seen_at": seen_at, "seconds_ago": round(age[0], 1) if age else None, **(details or {})}
