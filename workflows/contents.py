"""What is in the database, table by table, at one moment? What a backup copies out.

All of it in one snapshot: a copy is taken while orders move, and neither waits for the other. Next: restoring.py, the
way back in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.database import ROLE, Connection, Database

OF_PROCESSES = ("claim", "heartbeat", "known_device", "login_pace", "oidc_login", "one_time_link", "session")
"""Tables of what goes on at the moment. In a copy nobody runs: a copied claim would look like the claim of a worker
that died, and cost its orders an attempt; and who has logged out since would be logged in again."""

OF_THIS_SERVER = ("xid8", "pg_snapshot")
"""Types of columns that hold numbers of transactions: on another server they would mean others."""

PIECE = 1 << 18
"""Bytes handed on at a time; the server sends a row at a time."""

_MOMENT = """
    BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL lock_timeout = '30s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = '10min';
    SET LOCAL client_encoding = 'UTF8';
    SET LOCAL datestyle = 'ISO, YMD';
    SET LOCAL intervalstyle = 'postgres';
    SET LOCAL bytea_output = 'hex';
    SET LOCAL extra_float_digits = 1
"""
"""Values are written so that every server reads them as the same, whatever a login's own settings are."""


class OwnerNeeded(Exception):
    """Säkerhetskopian behöver ägarens anslutning: ange DATABASE_OWNER_URL (a backup needs the owner's connection)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ours: its name and the columns that are stored, those the database computes or numbers left out."""

    name: str
    columns: tuple[str, ...]


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A transaction that only reads, and sees the database as it was at its first statement, for as long as it takes.

    It takes on no role: the numbers at which sequences stand are for the owner to read.
    """
    with database.session() as session:
        session.execute(_MOMENT)
        yield session


def tables_of(tx: Connection) -> list[Table]:
    """The tables whose rows make an installation: all that the processes may read, but for those of their own.

    The schema's revision is not among them; it is told apart. Neither is what somebody else keeps in the database.
    """
    rows = tx.execute(
        """
        SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_class c JOIN pg_attribute a
            ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            AND a.atttypid <> ALL (%s::regtype[])
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL (%s::text[])
            AND has_table_privilege(%s, c.oid, 'SELECT')
        GROUP BY c.relname ORDER BY c.relname
        """,
        (list(OF_THIS_SERVER), ["alembic_version", *OF_PROCESSES], ROLE),
    )
    return [Table(name, tuple(columns)) for name, columns in rows]


def sequences_of(tx: Connection) -> dict[str, int]:
    """The last number each sequence gave; those that gave none are left out. Raises OwnerNeeded.

    They stand beside the snapshot, and only ever rise: read within it, they are at or past every number in it.
    """
    rows = tx.execute(
        "SELECT sequencename, last_value, "
        "has_sequence_privilege(format('public.%I', sequencename), 'USAGE, SELECT') "
        "FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall()
    if not all(is_readable for *_, is_readable in rows):
        raise OwnerNeeded(OwnerNeeded.__doc__)
    return {name: last for name, last, _ in rows if last is not None}


def revision_of(tx: Connection) -> str | None:
    """The schema's revision; None where there is no schema of ours."""
    is_there = tx.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if is_there is None or is_there[0] is None:
        return None
    row = tx.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def copy_out(tx: Connection, table: Table, take: Callable[[bytes], object]) -> int:
    """Hand the table's rows to `take`, piece by piece, in PostgreSQL's text format; how many rows there were."""
    piece = bytearray()
    with tx.cursor() as cursor:
        with cursor.copy(f"COPY {addressed(table)} TO STDOUT".encode()) as rows:
            for row in rows:
                piece += row
                if len(piece) >= PIECE:
                    take(bytes(piece))
                    piece.clear()
        take(bytes(piece))
        return cursor.rowcount


def addressed(table: Table) -> str:
    """The table and its columns as COPY names them."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
    return f'public."{table.name}" ({columns})'
