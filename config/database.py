"""How do we talk to PostgreSQL? The only transaction(), and sessions for LISTEN and the claim journal.

Every transaction takes on the role of the running processes, which may not go round the database's doors
(workflows/migrations/sql/0001_doors.sql), and sets its timeouts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import quote
from psycopg_pool import ConnectionPool

from config.array_parameters import ADAPTERS
from config.fault_points import fault_point

Connection = psycopg.Connection[tuple[Any, ...]]

ROLE = "orderflode_worker"
WEB_ROLE = "orderflode_web"
"""The role of whoever asks through API and pages: sees its own kommun's rows (migrations/sql/0004_row_security.sql)."""

EVERYTHING = "*"
"""In the place of a kommun: the whole region."""

# Lock waits and statements end long before a message would be delivered again; a process that is stopped
# inside a transaction loses its row locks after idle_in_transaction_session_timeout (measured: without it the
# next worker waits for the whole lock_timeout). Plans prepared while tables are empty cost 20 times as much
# later, hence force_custom_plan; and a cohort's rows are fetched by key, never by reading the table (21 ms a step
# against 3), hence random_page_cost. Moments are read in UTC, where a day and night has 24 hours all the year.
_BEGIN = (
    "BEGIN{mode};"
    "SET LOCAL ROLE {role};"
    "SET LOCAL app.kommun = {kommun};"
    "SET LOCAL timezone = 'UTC';"
    "SET LOCAL lock_timeout = '{lock_timeout_ms}ms';"
    "SET LOCAL statement_timeout = '{statement_timeout_ms}ms';"
    "SET LOCAL idle_in_transaction_session_timeout = '15s';"
    "SET LOCAL plan_cache_mode = 'force_custom_plan';"
    "SET LOCAL random_page_cost = 1.1;"
    "SET LOCAL jit = off"
)

# A host that vanished says nothing: by the systems' defaults a process would wait for its answer for a quarter of an
# hour (on both sides of a connection that carries data) or two (of one that is idle), and the server would keep a
# dead dispatcher's leadership and a dead worker's journal as long. Seconds; on a socket of this host without meaning.
_NOTICED: dict[str, Any] = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}  # fmt: skip
_NOTICED_BY_THE_SERVER = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    "SET tcp_user_timeout = '25s'"
)

TRANSIENT = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)
"""Errors that may pass by themselves. A lost connection (OperationalError) is the other kind; see is_transient."""


def is_transient(error: BaseException) -> bool:
    """Whether trying again can help: serialization failure, deadlock, lock timeout, a connection that was lost."""
    if isinstance(error, TRANSIENT):
        return True
    if isinstance(error, psycopg.OperationalError):
        # Class 53 (resources), 57P (shutdown, crash) and errors without a state (the socket went away).
        return error.sqlstate is None or error.sqlstate[:2] in {"08", "53"} or error.sqlstate.startswith("57P")
    return False


class Database:
    """One PostgreSQL database, by URL. Connections are opened when first used and belong to this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=8,
            timeout=10,
            open=False,
            check=ConnectionPool.check_connection,
            kwargs={"autocommit": True, "application_name": "orderflode", "context": ADAPTERS, **_NOTICED},
        )

    @contextmanager
    def transaction(
        self,
        *,
        lock_timeout_ms: int = 3_000,
        statement_timeout_ms: int = 30_000,
        snapshot: bool = False,
        kommun: str | None = None,
        writes: bool = False,
    ) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        `snapshot` only reads, and sees the database as it was at its first statement. A timeout of 0 is none.
        `kommun` is whose rows alone are there, for who asks through the API or a page; EVERYTHING for the whole
        region. None is a process of ours, which sees all. With `writes` it is a process of ours that acts for the
        kommun: it sees all as well, and the orders that it stores are the kommun's, or the database refuses them.
        """
        self._pool.open()
        with self._pool.connection() as connection:
            connection.execute(
                _BEGIN.format(
                    mode=" ISOLATION LEVEL REPEATABLE READ, READ ONLY" if snapshot else "",
                    role=ROLE if writes or kommun is None else WEB_ROLE,
                    kommun=quote(EVERYTHING if kommun is None else kommun),
                    lock_timeout_ms=lock_timeout_ms,
                    statement_timeout_ms=statement_timeout_ms,
                ).encode()
            )
            try:
                yield connection
                fault_point("transaction.before_commit")
            except BaseException:
                if not connection.closed:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            fault_point("transaction.after_commit")

    def session(self) -> Connection:
        """A connection of its own that commits each statement and sees all rows; the caller closes it."""
        session = psycopg.connect(
            self.url, autocommit=True, application_name="orderflode", context=ADAPTERS, **_NOTICED
        )
        session.execute(f"SET timezone = 'UTC'; SET app.kommun = '{EVERYTHING}'; {_NOTICED_BY_THE_SERVER}".encode())
        return session

    def analyze(self, *tables: str) -> None:
        """Gather statistics after a load: plans made without them cost many times as much.

        Only the tables' owner may; for another role the server says so in a warning, and autovacuum does it later.
        """
        with self.session() as session:
            for table in tables:
                session.execute(f"ANALYZE {table}".encode())

    def close(self) -> None:
        """Close the connections of this process."""
        self._pool.close()
