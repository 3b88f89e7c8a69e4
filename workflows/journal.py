"""Which worker took which orders, and what if it died with them?

A worker holds a session advisory lock and writes each claim, before the work, on a connection of its own; the
work's own transaction deletes the row. So a row whose worker's lock is gone belongs to a crash. A death in company
only isolates: the orders are tried alone. A death alone counts as an attempt. Next: attempts.py.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg

from config.database import Connection, Database
from config.fault_points import fault_point
from workflows import attempts

LOCK_CLASS = 20261
"""First key of the workers' advisory locks; the second is the worker's number."""

CRASHED = "processen dog under steget (the process died during the step)"


class Worker:
    """A process (or a part of one) that works orders: its number, its lock and its journal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self.number = 0

    def write(self, event: str, order_ids: Sequence[int]) -> None:
        """Write what is about to be worked. Each worker has one row: the next claim takes the place of the last."""
        try:
            self._insert(self._open(), event, order_ids)
        except psycopg.OperationalError:
            # The session was cut, and its lock with it: a new session takes a new number.
            self._insert(self._reopen(), event, order_ids)
        fault_point("step.journalled")

    def _insert(self, session: Connection, event: str, order_ids: Sequence[int]) -> None:
        session.execute(
            "INSERT INTO claim (worker, event, order_ids) VALUES (%s, %s, %s::bigint[]) "
            "ON CONFLICT (worker) DO UPDATE SET event = excluded.event, order_ids = excluded.order_ids, "
            "claimed_at = clock_timestamp()",
            (self.number, event, list(order_ids)),
        )

    @contextmanager
    def accountable(self) -> Iterator[None]:
        """Around a transaction: when it fails and the worker lives on, its claim is taken out of the journal."""
        try:
            yield
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Take the claim out of the journal: its transaction was rolled back, and nobody died."""
        with suppress(psycopg.Error):
            if self._session is not None and not self._session.closed:
                self._session.execute("DELETE FROM claim WHERE worker = %s", (self.number,))

    def erase(self, tx: Connection) -> None:
        """Delete the claim in the transaction that did the work: both are there, or neither."""
        tx.execute("DELETE FROM claim WHERE worker = %s", (self.number,))

    def close(self) -> None:
        """Leave: take the claim out of the journal, and give up the lock."""
        self.forget()
        if self._session is not None:
            self._session.close()

    def _open(self) -> Connection:
        if self._session is None or self._session.closed:
            return self._reopen()
        return self._session

    def _reopen(self) -> Connection:
        session = self._database.session()
        # A claim that is lost in a crash of the whole server has no work to account for either.
        session.execute("SET synchronous_commit = off")
        row = session.execute("SELECT nextval('worker_number')").fetchone()
        assert row is not None
        self.number = row[0]
        session.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_CLASS, self.number))
        self._session = session
        return session


def recover_crashed(database: Database) -> int:
    """Give the orders of dead workers back, alone or with an attempt counted; returns how many orders.

    Each claim in a transaction of its own. One whose orders are locked (its worker is alive after all: its session
    was cut) is left for the next time; then the worker's own transaction has deleted it.
    """
    with database.transaction() as tx:
        dead = tx.execute(
            "SELECT worker FROM claim WHERE pg_try_advisory_xact_lock(%s, worker) ORDER BY worker", (LOCK_CLASS,)
        ).fetchall()
    return sum(_recover(database, worker) for (worker,) in dead)


def _recover(database: Database, worker: int) -> int:
    with suppress(psycopg.errors.LockNotAvailable), database.transaction(lock_timeout_ms=200) as tx:
        row = tx.execute(
            "SELECT order_ids FROM claim WHERE worker = %s AND pg_try_advisory_xact_lock(%s, worker)",
            (worker, LOCK_CLASS),
        ).fetchone()
        if row is None:
            return 0
        # Orders before the claim, as the worker itself takes them.
        tx.execute("SELECT FROM orders WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE", (row[0],))
        claim = tx.execute("DELETE FROM claim WHERE worker = %s RETURNING order_ids", (worker,)).fetchone()
        if claim is None:
            return 0
        (order_ids,) = claim
        if len(order_ids) == 1:
            attempts.count(tx, order_ids[0], CRASHED)
        else:
            attempts.isolate(tx, order_ids)
        fault_point("recovery.given_back")
        return len(order_ids)
    return 0
