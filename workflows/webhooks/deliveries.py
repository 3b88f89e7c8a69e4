"""What has each receiver heard, and what is it to be told next? Claimed and put off first, sent, then marked.

A claim counts the attempt and puts the next try off before anything is sent: a crash costs a wait, and the receiver
knows a second copy by its number. Of one order's messages the second waits until the first is heard or given up.
Who sends: exchange/outgoing/webhook_post.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row, dict_row

from config.database import Connection, Database

LEASE = timedelta(seconds=60)
"""How long a claim holds: longer than a try may take; after it a try whose process died is made again."""

SHORTEST, LONGEST = 1, 3600
"""Seconds between two tries: 1, 2, 4 … up to an hour."""

GIVEN_UP_AFTER = timedelta(days=3)
"""After the first try; then a message is failed, and shown until somebody has it tried again."""

KEPT = timedelta(days=30)
"""How long what was heard is kept."""

State = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message whose turn it is, and to whom it goes."""

    id: int
    webhook: int
    name: str
    url: str
    secret_sealed: bytes
    message: UUID
    payload: dict[str, Any]
    attempt: int


_CLAIM = """
    WITH room AS (
        SELECT w.id, least(%(each)s - coalesce(b.busy, 0), %(all)s) AS room
        FROM webhook w
        LEFT JOIN unnest(%(webhooks)s::bigint[], %(busy)s::int[]) AS b (webhook, busy) ON b.webhook = w.id
        WHERE w.paused_at IS NULL AND coalesce(b.busy, 0) < %(each)s),
    due AS (
        SELECT d.id FROM room r CROSS JOIN LATERAL (
            SELECT d.id, d.next_try_at FROM webhook_delivery d
            WHERE d.webhook = r.id AND d.next_try_at <= now() AND NOT EXISTS (
                SELECT FROM webhook_delivery e WHERE e.webhook = d.webhook AND e.order_id = d.order_id AND e.id < d.id
                    AND e.next_try_at IS NOT NULL)
            ORDER BY d.next_try_at, d.id LIMIT r.room FOR NO KEY UPDATE SKIP LOCKED) d
        ORDER BY d.next_try_at, d.id LIMIT %(all)s)
    UPDATE webhook_delivery d SET attempts = d.attempts + 1, next_try_at = clock_timestamp() + %(lease)s,
        first_tried_at = coalesce(d.first_tried_at, clock_timestamp())
    FROM webhook w WHERE w.id = d.webhook AND d.id IN (SELECT id FROM due)
    RETURNING d.id, w.id AS webhook, w.name, w.url, w.secret_sealed, d.message, d.payload, d.attempts AS attempt
"""


def claim(database: Database, room: int, of_each: int, busy: Mapping[int, int]) -> list[Claimed]:
    """Take up to `room` messages whose turn it is, and so many of each receiver that `of_each` are under way with those
    that are `busy` (by webhook)."""
    with database.transaction() as tx, tx.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(
            _CLAIM,
            {
                "each": of_each, "all": room, "webhooks": list(busy), "busy": list(busy.values()), "lease": LEASE,
            },
        ).fetchall()  # fmt: skip


def mark_heard(database: Database, claimed: Claimed, answer: str) -> None:
    """The receiver has it."""
    with database.transaction() as tx:
        tx.execute(
            "UPDATE webhook_delivery SET delivered_at = clock_timestamp(), next_try_at = NULL, failed_at = NULL, "
            "answer = %s WHERE id = %s AND delivered_at IS NULL",
            (answer, claimed.id),
        )


def mark_failed(database: Database, claimed: Claimed, answer: str) -> None:
    """The try came to nothing: again later, or failed for good. One that was tried again meanwhile is left to that."""
    pause = min(SHORTEST * 2 ** min(claimed.attempt - 1, 20), LONGEST)
    with database.transaction() as tx:
        tx.execute(
            """
            UPDATE webhook_delivery d SET answer = %(answer)s,
                next_try_at = CASE WHEN NOT given_up THEN clock_timestamp() + make_interval(secs => %(pause)s) END,
                failed_at = CASE WHEN given_up THEN clock_timestamp() END
            FROM (SELECT id, first_tried_at + %(longest)s <= clock_timestamp() AS given_up
                  FROM webhook_delivery WHERE id = %(id)s) was
            WHERE was.id = d.id AND d.attempts = %(attempt)s AND d.next_try_at IS NOT NULL
            """,
            {
                "answer": answer, "pause": pause, "longest": GIVEN_UP_AFTER, "id": claimed.id,
                "attempt": claimed.attempt,
            },
        )  # fmt: skip


def try_again(tx: Connection, webhook: str, message: UUID | None = None) -> int:
    """Let failed messages of the webhook be tried again, or the one with that number; how many."""
    return tx.execute(
        "UPDATE webhook_delivery d SET next_try_at = clock_timestamp(), failed_at = NULL, first_tried_at = NULL, "
        "attempts = 0 FROM webhook w WHERE w.id = d.webhook AND w.name = %(webhook)s AND d.failed_at IS NOT NULL "
        "AND (%(message)s::uuid IS NULL OR d.message = %(message)s)",
        {"webhook": webhook, "message": message},
    ).rowcount


_IN_STATE = {"waiting": "d.next_try_at IS NOT NULL", "delivered": "d.delivered_at IS NOT NULL",
             "failed": "d.failed_at IS NOT NULL"}  # fmt: skip


def list_deliveries(
    tx: Connection, webhook: str, state: State | None = None, before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The webhook's messages, newest first: number, event, order, state, attempts, when, the next try, the answer."""
    condition = f"AND {_IN_STATE[state]}" if state else ""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT d.id, d.message, d.event, d.order_id, CASE WHEN d.delivered_at IS NOT NULL THEN 'delivered'
                WHEN d.failed_at IS NOT NULL THEN 'failed' ELSE 'waiting' END AS state,
                d.attempts, d.made_at, d.first_tried_at, d.next_try_at, d.delivered_at, d.failed_at, d.answer
            FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook WHERE w.name = %(webhook)s {condition}
                AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
            ORDER BY d.id DESC LIMIT %(limit)s
            """.encode(),
            {"webhook": webhook, "before": before, "limit": limit},
        ).fetchall()


def unheard(tx: Connection) -> dict[str, int]:
    """How many messages wait to be heard, and how many were given up."""
    row = tx.execute(
        "SELECT (SELECT count(*) FROM webhook_delivery WHERE next_try_at IS NOT NULL), "
        "(SELECT count(*) FROM webhook_delivery WHERE failed_at IS NOT NULL)"
    ).fetchone()
    assert row is not None
    return {"waiting": row[0], "failed": row[1]}


def forget_heard(database: Database) -> None:
    """Take away what was heard long ago. What tells of a held order stays: as long as that is held, it would be new."""
    with database.transaction() as tx:
        tx.execute(
            "DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery "
            "WHERE delivered_at < clock_timestamp() - %s AND event <> 'held' LIMIT 10000)",
            (KEPT,),
        )
