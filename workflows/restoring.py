"""How does an empty database get its contents back? The schema as it was, the rows, the numbers that go on, at once.

One transaction: whatever stops it, the database is as empty as before. Next: migrations/upgrading.py, which opens it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from config.database import Connection
from workflows.contents import Table, addressed, tables_of

_SETTINGS = """
    SET LOCAL lock_timeout = '30s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL timezone = 'UTC';
    SET LOCAL client_encoding = 'UTF8';
    SET LOCAL datestyle = 'ISO, YMD';
    SET LOCAL intervalstyle = 'postgres'
"""
_HOLDS_SOMETHING = """
    WITH foreign_to_us AS (
        SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    ), thing AS (
        SELECT 'pg_class'::regclass AS kind, oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM foreign_to_us)
        UNION ALL
        SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace IN (SELECT oid FROM foreign_to_us)
        UNION ALL
        SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace IN (SELECT oid FROM foreign_to_us)
    )
    SELECT EXISTS (SELECT FROM thing WHERE NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = thing.kind AND d.objid = thing.oid AND d.deptype = 'e'))
"""
"""Whether anything but the server's own and its extensions' lies in the database."""


class NotEmpty(Exception):
    """Databasen är inte tom (the database is not empty)."""


class NotTheSchema(Exception):
    """Kopians tabeller är inte de som schemat har (the tables of the backup are not those of its schema)."""


def begin_restoring(tx: Connection) -> None:
    """See that the transaction's database is empty, and give it the time it needs. Raises NotEmpty."""
    tx.execute(_SETTINGS)
    row = tx.execute(_HOLDS_SOMETHING).fetchone()
    if row is None or row[0]:
        raise NotEmpty(NotEmpty.__doc__)


@contextmanager
def taken_in(tx: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Within the block the tables take rows in any order, and no trigger acts on them; then every reference holds.

    What a trigger would do to a row it has done already, before the backup. Foreign keys are taken away and made
    again, which checks each of them: only a superuser could switch them off, and then nobody would check.
    Row security does not hold for the owner meanwhile, since COPY FROM is for nobody for whom it does.
    Raises NotTheSchema, and psycopg's ForeignKeyViolation when the block ends.
    """
    if sorted(tables, key=lambda table: table.name) != tables_of(tx):
        raise NotTheSchema(NotTheSchema.__doc__)
    references = tx.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text, conname"
    ).fetchall()
    for table, name, _ in references:
        tx.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    kept_apart = tx.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    for (table,) in kept_apart:
        tx.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY".encode())
    for each in tables:
        tx.execute(f'ALTER TABLE public."{each.name}" DISABLE TRIGGER USER'.encode())
        # The migrations have written rows of their own, which are in the backup as well.
        tx.execute(f'TRUNCATE public."{each.name}"'.encode())
    yield
    for each in tables:
        tx.execute(f'ALTER TABLE public."{each.name}" ENABLE TRIGGER USER'.encode())
    for (table,) in kept_apart:
        tx.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY".encode())
    for table, name, definition in references:
        tx.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


def copy_in(tx: Connection, table: Table, pieces: Iterable[bytes]) -> int:
    """Write rows in PostgreSQL's text format to the table; how many they were."""
    with tx.cursor() as cursor:
        with cursor.copy(f"COPY {addressed(table)} FROM STDIN".encode()) as rows:
            for piece in pieces:
                rows.write(piece)
        return cursor.rowcount


def continue_sequences(tx: Connection, last: Mapping[str, int]) -> None:
    """Let each sequence go on after the last number it gave."""
    for name, number in last.items():
        tx.execute("SELECT setval(format('public.%%I', %s::text)::regclass, %s)", (name, number))


def forget_keys(tx: Connection) -> None:
    """Let the database take on new keys: those it belongs to are lost."""
    tx.execute("DELETE FROM key_check")


def gather_statistics(tx: Connection, tables: Sequence[Table]) -> None:
    """Plans made without statistics cost many times as much."""
    for table in tables:
        tx.execute(f'ANALYZE public."{table.name}"'.encode())
