"""What has happened since we last looked, and who is to be told? Read from the history; the steps know nothing of it.

What is new is told by transactions, not by numbers or clocks: a row is new when the snapshot of the last look did not
see its transaction and this one's does. So a transaction that committed late, with numbers and moments older than
others', is found when it has committed, and nobody waits for it. Next: deliveries.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.database import Connection, Database

AT_A_TIME = 5_000
"""Happenings looked at in one transaction, but that one transaction's are never parted."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE_A_RESTORE = timedelta(hours=1)
"""What happened so long before the last look is looked at again after a restore: the backup may be older than what was
heard, never newer."""

# The conditions are those of the indexes history_told and intake_verdict_told.
_HISTORY = """
    h.tx IS NOT NULL AND (h.version = 1 OR h.to_state IN ('rejected', 'backordered', 'utleverans', 'delivered'))
    AND h.tx >= %(low)s::text::xid8 AND h.tx < %(high)s::text::xid8
    AND NOT pg_visible_in_snapshot(h.tx, %(seen)s::text::pg_snapshot)
    AND pg_visible_in_snapshot(h.tx, %(now)s::text::pg_snapshot)
"""
_VERDICTS = _HISTORY.replace(
    "(h.version = 1 OR h.to_state IN ('rejected', 'backordered', 'utleverans', 'delivered'))", "h.verdict = 'refused'"
)

_THE_NEXT_AFTER = f"""
    SELECT tx::text FROM (
        (SELECT tx FROM history h WHERE {_HISTORY} ORDER BY tx LIMIT %(most)s + 1) UNION ALL
        (SELECT tx FROM intake_verdict h WHERE {_VERDICTS} ORDER BY tx LIMIT %(most)s + 1)) found
    ORDER BY tx OFFSET %(most)s LIMIT 1
"""

# Whose order it is: as row security has it for whoever asks (migrations/sql/0004_row_security.sql).
_CONCERNS = """
    (w.kommun IS NULL OR o.kommun = w.kommun
     OR o.sender IN (SELECT code FROM store WHERE kommun = w.kommun)
     OR o.receiver_kind = 'kommunlager' AND o.receiver_code IN (SELECT code FROM store WHERE kommun = w.kommun))
"""
_ORDER = """
    'id', o.id, 'source', o.source, 'external_id', o.external_id, 'order_type', o.order_type, 'sender', o.sender,
    'received_at', o.received_at, 'rest_of', o.rest_of
"""

# One after another per order: numbers are given in the order of the versions.
_TELL_OF_HISTORY = f"""
    INSERT INTO webhook_delivery (webhook, cause, event, order_id, payload)
    SELECT w.id, format('order %%s %%s', h.order_id, h.version), h.told, h.order_id, jsonb_build_object(
        'type', 'order.' || h.told, 'timestamp', h.at, 'data', jsonb_strip_nulls(jsonb_build_object(
            'order', jsonb_build_object({_ORDER}, 'state', h.to_state, 'version', h.version),
            'event', h.event, 'from', h.from_state, 'to', h.to_state, 'at', h.at,
            'utleverans', CASE WHEN h.told IN ('utleverans', 'delivered')
                               THEN (SELECT u.number FROM utleverans u WHERE u.order_id = o.id) END,
            'violations', CASE WHEN h.told = 'refused' THEN jsonb_path_query_array(h.details, '$[*].code') END)))
    FROM (SELECT h.*, CASE WHEN h.version = 1 THEN 'accepted' WHEN h.to_state = 'rejected' THEN 'refused'
                           ELSE h.to_state END AS told
          FROM history h WHERE {_HISTORY} AND h.from_state IS DISTINCT FROM h.to_state) h
    JOIN orders o ON o.id = h.order_id
    JOIN webhook w ON h.told = ANY (w.events) AND h.at >= w.created_at AND h.at >= %(since)s AND {_CONCERNS}
    ORDER BY h.order_id, h.version, w.id
    ON CONFLICT (webhook, cause) DO NOTHING
"""

# The violations' codes alone: a text or a field's name may hold what the sender wrote.
_TELL_OF_VERDICTS = f"""
    INSERT INTO webhook_delivery (webhook, cause, event, payload)
    SELECT w.id, format('import %%s %%s', h.batch_id, h.first_row), 'refused', jsonb_build_object(
        'type', 'order.refused', 'timestamp', b.received_at, 'data', jsonb_build_object(
            'import', h.batch_id, 'source', b.source, 'rows', jsonb_build_array(h.first_row, h.last_row),
            'violations', jsonb_path_query_array(h.violations, '$[*].code')))
    FROM intake_verdict h JOIN intake_batch b ON b.id = h.batch_id
    JOIN webhook w ON 'refused' = ANY (w.events) AND (w.kommun IS NULL OR w.kommun = b.kommun)
        AND b.received_at >= w.created_at AND b.received_at >= %(since)s
    WHERE {_VERDICTS}
    ORDER BY h.batch_id, h.first_row, w.id
    ON CONFLICT (webhook, cause) DO NOTHING
"""

# Held is no transition: what stands held is looked at whole. It is little, and has an index (orders_held).
_TELL_OF_HELD = f"""
    INSERT INTO webhook_delivery (webhook, cause, event, order_id, payload)
    SELECT w.id, format('held %%s %%s', o.id, o.held_since), 'held', o.id, jsonb_build_object(
        'type', 'order.held', 'timestamp', o.held_since, 'data', jsonb_strip_nulls(jsonb_build_object(
            'order', jsonb_build_object({_ORDER}, 'state', o.state, 'version', o.version), 'at', o.held_since)))
    FROM orders o JOIN webhook w ON 'held' = ANY (w.events) AND o.held_since >= w.created_at AND {_CONCERNS}
    WHERE o.held_since IS NOT NULL AND NOT EXISTS (
        SELECT FROM webhook_delivery d WHERE d.webhook = w.id AND d.cause = format('held %%s %%s', o.id, o.held_since))
    ORDER BY o.id, w.id
    ON CONFLICT (webhook, cause) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: messages made, and whether there is more to look at."""

    messages: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Which transactions are seen: those below `end`, but for the ones that ran (`running`, which begin at `begin`)."""

    begin: int
    end: int
    running: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> "_Snapshot":
        begin, end, running = text.split(":")
        return cls(int(begin), int(end), tuple(map(int, running.split(","))) if running else ())

    def before(self, transaction: int) -> "_Snapshot":
        """The same, but that no transaction from this one on is seen."""
        running = tuple(each for each in self.running if each < transaction)
        return _Snapshot(min(self.begin, transaction), min(self.end, transaction), running)

    def __str__(self) -> str:
        return f"{self.begin}:{self.end}:{','.join(map(str, self.running))}"


_NOTHING_SEEN = _Snapshot(1, 1, ())


def look(database: Database, at_a_time: int = AT_A_TIME) -> Look:
    """Make a message for each receiver of each thing that has happened since. Nothing where another looks, or nobody
    listens."""
    with database.transaction() as tx:
        if tx.execute("SELECT FROM webhook LIMIT 1").fetchone() is None:
            return Look(0, more=False)
        # Whoever comes second leaves, and does not tell the same again.
        row = tx.execute(
            "SELECT seen::text, looked_at FROM webhook_cursor ORDER BY only_one FOR NO KEY UPDATE SKIP LOCKED"
        ).fetchone()
        # A statement of its own: the row may be newer than the first one's snapshot.
        now = tx.execute("SELECT pg_current_snapshot()::text").fetchone()
        if row is None or now is None:
            return Look(0, more=False)
        since = _LONG_AGO if row[0] else row[1] - _BEFORE_A_RESTORE
        seen = _Snapshot.read(row[0]) if row[0] else _NOTHING_SEEN
        return _tell(tx, seen, _Snapshot.read(now[0]), since, at_a_time)


def _tell(tx: Connection, seen: _Snapshot, now: _Snapshot, since: datetime, at_a_time: int) -> Look:
    window: dict[str, Any] = {
        "seen": str(seen), "now": str(now), "low": str(seen.begin), "high": str(now.end), "since": since,
        "most": at_a_time,
    }  # fmt: skip
    following = tx.execute(_THE_NEXT_AFTER.encode(), window).fetchone()
    if following is not None:
        now = now.before(_after_the_first(tx, window, int(following[0])))
        window |= {"now": str(now), "high": str(now.end)}
    told = [_TELL_OF_HISTORY, _TELL_OF_VERDICTS, _TELL_OF_HELD]
    messages = sum(tx.execute(statement.encode(), window).rowcount for statement in told)
    tx.execute("UPDATE webhook_cursor SET seen = %s::text::pg_snapshot, looked_at = clock_timestamp()", (str(now),))
    return Look(messages, more=following is not None)


def _after_the_first(tx: Connection, window: dict[str, Any], transaction: int) -> int:
    """Where to end: before the transaction in which the bound was reached, unless it is the first of all."""
    first = tx.execute(_THE_NEXT_AFTER.encode(), window | {"most": 0}).fetchone()
    return transaction + 1 if first is not None and int(first[0]) == transaction else transaction
