"""What is a store told, once a day, of what stands too long? Composed and committed first; claimed, sent, marked.

A claim counts an attempt and puts the next try off before anything is sent: a crash costs a wait, and the receiver
knows a second copy by its key. Who sends: exchange/outgoing/notice.py. What stands too long: watchdog.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from config.database import Connection, Database
from workflows.watchdog import KINDS, standing_orders
from workflows.working_days import STOCKHOLM

MOST_TRIES = 5
"""A notice is given up after this many tries; they are 1, 4, 16 and 64 minutes apart."""

LISTED = 20
"""Orders of a kind that a notice lists; all are counted."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice whose turn it is: to whom (None: the store has no address any more) and what it says."""

    id: int
    store: str
    day: date
    key: UUID
    content: dict[str, Any]
    address: str | None
    attempt: int


def compose_notices(database: Database, limits: Mapping[str, int], now: datetime) -> int:
    """Write the day's notice of each store that has an address and orders standing too long; how many were new."""
    day = now.astimezone(STOCKHOLM).date()
    with database.transaction(statement_timeout_ms=0) as tx:
        stores = [
            store
            for (store,) in tx.execute(
                "SELECT code FROM store s WHERE notice_to IS NOT NULL "
                "AND NOT EXISTS (SELECT FROM notice n WHERE n.store = s.code AND n.day = %s) ORDER BY code",
                (day,),
            )
        ]
        if not stores:
            return 0
        standing = sorted(
            (each for each in standing_orders(tx, limits, now) if each["store"] in stores), key=itemgetter("store")
        )
        with tx.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO notice (store, day, content) VALUES (%s, %s, %s) ON CONFLICT (store, day) DO NOTHING",
                [
                    (store, day, Jsonb(_content(store, day, list(orders))))
                    for store, orders in groupby(standing, key=itemgetter("store"))
                ],
            )
            return max(cursor.rowcount, 0)


def _content(store: str, day: date, orders: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts by kind, the oldest, and order numbers; nothing of any patient."""
    kinds = []
    for kind in KINDS:
        of_kind = [order for order in orders if order["kind"] == kind]
        if of_kind:
            kinds.append(
                {
                    "kind": kind,
                    "count": len(of_kind),
                    "oldest": of_kind[0]["since"].astimezone(STOCKHOLM).isoformat(timespec="seconds"),
                    "orders": [
                        {name: order[name] for name in ("id", "source", "external_id")} for order in of_kind[:LISTED]
                    ],
                }
            )
    return {"store": store, "day": day.isoformat(), "count": len(orders), "kinds": kinds}


def claim_notice(database: Database) -> Notice | None:
    """Take the notice whose turn it is, count the attempt and put the next try off; None if there is none."""
    with database.transaction() as tx, tx.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "UPDATE notice n SET attempts = n.attempts + 1, "
            "next_try_at = clock_timestamp() + make_interval(mins => power(4, n.attempts)::int) "
            "FROM store s WHERE s.code = n.store AND n.id = (SELECT id FROM notice "
            "WHERE next_try_at <= now() AND sent_at IS NULL AND attempts < %s ORDER BY next_try_at, id "
            "LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) "
            "RETURNING n.id, n.store, n.day, n.key, n.content, s.notice_to AS address, n.attempts::int AS attempt",
            (MOST_TRIES,),
        ).fetchone()
    return None if row is None else Notice(**row)


def mark_sent(database: Database, notice: Notice, address: str) -> None:
    """The notice is with its receiver."""
    with database.transaction() as tx:
        tx.execute(
            "UPDATE notice SET sent_at = clock_timestamp(), sent_to = %s, next_try_at = NULL, failure = NULL "
            "WHERE id = %s AND sent_at IS NULL",
            (address, notice.id),
        )


def mark_failed(database: Database, notice: Notice, failure: str) -> None:
    """The notice did not go out; after the last try it is given up, and the watchdog shows it."""
    with database.transaction() as tx:
        tx.execute(
            "UPDATE notice SET failure = %s, next_try_at = CASE WHEN attempts < %s THEN next_try_at END "
            "WHERE id = %s AND sent_at IS NULL",
            (failure, MOST_TRIES, notice.id),
        )


def next_try(database: Database) -> datetime | None:
    """When the next notice that did not go out is tried again."""
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT min(next_try_at) FROM notice WHERE sent_at IS NULL AND attempts < %s", (MOST_TRIES,)
        ).fetchone()
    return None if row is None else row[0]


def unsent_notices(tx: Connection) -> dict[str, int]:
    """How many notices wait to be sent (again), and how many were given up."""
    row = tx.execute(
        # Whoever crashed at the last try has left a next one that nobody takes.
        "SELECT count(*) FILTER (WHERE attempts < %(most)s OR next_try_at > now()), count(*) "
        "FROM notice WHERE sent_at IS NULL",
        {"most": MOST_TRIES},
    ).fetchone()
    return {"waiting": row[0], "given_up": row[1] - row[0]} if row else {}


def failed_notices(tx: Connection, store: str | None = None) -> list[dict[str, Any]]:
    """The notices that have not gone out: store, day, attempts, what failed, and when the next try is."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT store, day, attempts, failure, next_try_at FROM notice WHERE sent_at IS NULL "
            "AND (%(store)s::text IS NULL OR store = %(store)s) ORDER BY day DESC, store",
            {"store": store},
        ).fetchall()
