"""Who sees and changes whose rows? Every table × who asks × own and other kommun, as the database answers it.

The roles are given every privilege first: what then keeps rows apart are the policies alone. Next:
integration/test_row_security.py.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg.sql import quote
from rows_world import FOR_NOBODY, KOMMUNER, ROWS, as_superuser

from config.database import EVERYTHING, ROLE, WEB_ROLE, Connection

Seen = Mapping[str, list[str]]
"""Table → its two rows as text, Karlstad's first."""

NOBODY = ""


def holes(session: Connection, rows: Seen, owner: str) -> set[str]:
    """What is otherwise than it should be, e.g. `orders: orderflode_web of 'Kil' reads 2`.

    Asked by a superuser's `session`; nothing is left behind. The owner is asked twice: as one who has what our roles
    have, and as one who may only take them on.
    """
    found = set()
    for table, both in rows.items():
        for role, kommun, whose in _there(table):
            found.update(_read_otherwise(session, table, both, (role, kommun), whose))
        for inherits in (True, False):
            with _owner_who(session, owner, inherits=inherits):
                for kommun, whose in ((KOMMUNER[0], (0, 1)), (NOBODY, ())):
                    found.update(_read_otherwise(session, table, both, (owner, kommun), whose))
        for role, kommun, whose in _stored(table):
            for n in range(2):
                if _takes(session, table, both[n], role, kommun) != (n in whose):
                    found.add(f"{table}: {role} of {kommun!r} stores the row of {KOMMUNER[n]} against the rule")
    return found


Expected = Iterator[tuple[str, str, tuple[int, ...]]]
"""(role, kommun, whose rows)."""


def _there(table: str) -> Expected:
    """Whose rows are there for whom, to be read and changed."""
    hidden = table in FOR_NOBODY
    for n, kommun in enumerate(KOMMUNER):
        yield WEB_ROLE, kommun, () if hidden else (n,)
    yield WEB_ROLE, EVERYTHING, () if hidden else (0, 1)
    yield WEB_ROLE, NOBODY, ()
    yield ROLE, EVERYTHING, (0, 1)


def _stored(table: str) -> Expected:
    """Whose rows may be stored by whom."""
    yield WEB_ROLE, KOMMUNER[0], () if table in FOR_NOBODY else (0,)
    yield WEB_ROLE, NOBODY, ()
    if table == "orders":
        yield ROLE, KOMMUNER[0], (0,)
        yield ROLE, EVERYTHING, (0, 1)


def _read_otherwise(
    session: Connection, table: str, both: list[str], who: tuple[str, str], whose: tuple[int, ...]
) -> Iterator[str]:
    """What the role reads or changes otherwise than it should."""
    role, kommun = who
    with _as(session, role, kommun):
        there = [text for (text,) in session.execute(f"SELECT t::text FROM {table} t".encode())]
        if sorted(there) != sorted(both[n] for n in whose):
            yield f"{table}: {role} of {kommun!r} reads {len(there)}"
        if not _changed(session, table, both) <= set(whose):
            yield f"{table}: {role} of {kommun!r} changes a row of another"


@contextmanager
def _owner_who(session: Connection, owner: str, *, inherits: bool) -> Iterator[None]:
    """The owner as a member of our roles, with what they have or without."""
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL ROLE NONE")
        for role in (ROLE, WEB_ROLE):
            if session.info.server_version >= 160_000:
                session.execute(f"GRANT {role} TO {owner} WITH INHERIT {str(inherits).upper()}".encode())
            else:
                session.execute(f"ALTER ROLE {owner} {'INHERIT' if inherits else 'NOINHERIT'}".encode())
        yield


@contextmanager
def _as(session: Connection, role: str, kommun: str) -> Iterator[None]:
    with session.transaction(force_rollback=True):
        as_superuser(session)
        session.execute("SELECT set_config('app.kommun', %s, true)", (kommun,))
        session.execute(f"SET LOCAL ROLE {role}".encode())
        yield


def _changed(session: Connection, table: str, both: list[str]) -> set[int]:
    """Whose rows the role may delete, which asks for the same as changing them."""
    try:
        with session.transaction(force_rollback=True):
            gone = [text for (text,) in session.execute(f"DELETE FROM {table} t RETURNING t::text".encode())]
    except psycopg.errors.InsufficientPrivilege:
        return set()
    return {both.index(text) for text in gone}


def _takes(session: Connection, table: str, row: str, role: str, kommun: str) -> bool:
    """Whether the role may store the row, once it is away."""
    columns = [
        str(name)
        for (name,) in session.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = ''",
            (table,),
        )
    ]
    values = ", ".join(f"(t).{name}" for name in columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE SELECT {values}"
    with session.transaction(force_rollback=True):
        as_superuser(session)
        session.execute(f"DELETE FROM {table} t WHERE t::text = {quote(row)}".encode())
        session.execute("SELECT set_config('app.kommun', %s, true)", (kommun,))
        session.execute(f"SET LOCAL ROLE {role}".encode())
        try:
            with session.transaction():
                session.execute(f"{insert} FROM (SELECT {quote(row)}::{table} AS t) one".encode())
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


def open_every_privilege(session: Connection) -> None:
    """Let the roles do to the tables whatever the policies allow."""
    session.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(ROWS)} TO {ROLE}, {WEB_ROLE}".encode())
