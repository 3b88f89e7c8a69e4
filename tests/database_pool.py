"""How does each test get a fresh database at little cost? One that another test has left is emptied, and renamed.

To copy a database is most of a short test's time: several hundred files. What a test leaves is taken again only where
nothing but rows differs from the template: every catalog is compared, and a database in which a test made, changed or
analysed anything is dropped. The new name keeps out whatever process of the earlier test still lives.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

CATALOGS = (
    "pg_attrdef", "pg_attribute", "pg_cast", "pg_collation", "pg_constraint", "pg_default_acl", "pg_enum",
    "pg_event_trigger", "pg_extension", "pg_index", "pg_largeobject_metadata", "pg_operator", "pg_policy", "pg_proc",
    "pg_publication", "pg_rewrite", "pg_sequence", "pg_statistic_ext", "pg_trigger", "pg_type",
)  # fmt: skip
"""Those whose rows nothing but a change of the schema writes."""

OURS = 16384
"""The first number of what is not the server's own."""

TABLE = """
    to_jsonb(c) - '{relfilenode, relpages, relallvisible, relallfrozen, relfrozenxid, relminmxid, reltuples}'::text[],
    greatest(reltuples, CASE relkind WHEN 'i' THEN 0 ELSE -1 END)"""
"""What TRUNCATE gives a table and its indexes is no difference; that it was analysed is."""

COMPARED = f"""
    SELECT 'pg_class', count(*), sum(hashtextextended(({TABLE})::text, 0)) FROM pg_class c
    WHERE oid >= {OURS}
    UNION ALL SELECT 'pg_statistic', count(*), sum(xmin::text::bigint) FROM pg_statistic WHERE starelid >= {OURS}
    UNION ALL SELECT 'pg_namespace', count(*), sum(hashtextextended(n::text, 0)) FROM pg_namespace n
    WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL SELECT 'settings', count(*), 0 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()
    UNION ALL SELECT 'database', count(*), sum(hashtextextended((datdba, datacl, datallowconn, datconnlimit)::text, 0))
    FROM pg_database WHERE datname = current_database()"""

FULL = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""

COUNT_ANEW = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"


class DatabasePool:
    """Copies of the database `template` on the server at `url`, which nobody writes to."""

    def __init__(self, url: str, template: str) -> None:
        self._url = url
        self._template = template
        self._free: list[str] = []
        self._as_made: dict[str, list[tuple[str, int, int]]] = {}
        with self._connected(template) as connection:
            self._seeds = [table for (table,) in connection.execute(FULL)]

    @property
    def free(self) -> tuple[str, ...]:
        """The names of those that were given back and kept."""
        return tuple(self._free)

    def take(self) -> str:
        """The name of a database that is as the template."""
        if self._free:
            return self._free.pop()
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        with self._connected(name) as connection:
            self._as_made[name] = self._look(connection)
        return name

    def give_back(self, name: str) -> None:
        """End every session in it and make it as it was made, else drop it."""
        new = f"test_{uuid.uuid4().hex[:12]}"
        try:
            self._administer(
                f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
                f"ALTER DATABASE {name} RENAME TO {new}",
            )
            self._as_made[new] = self._as_made.pop(name)
            name = new
            if self._is_as_made(name):
                self._free.append(name)
                return
        except psycopg.Error:
            pass
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Drop what is free."""
        for name in self._free:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _is_as_made(self, name: str) -> bool:
        """Empty it; whether it is as it was made then."""
        with self._connected(name) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger that keeps rows
            full = [table for (table,) in connection.execute(FULL) if table not in self._seeds]
            if full:
                connection.execute(f"TRUNCATE {', '.join(full)} CASCADE".encode())
            connection.execute(COUNT_ANEW)
            return self._look(connection) == self._as_made[name]

    def _look(self, connection: psycopg.Connection) -> list[tuple[str, int, int]]:
        """How many rows each catalog has, and each table that has rows from the beginning, and who wrote them."""
        same_rows = " UNION ALL SELECT '{0}', count(*), sum(xmin::text::bigint) FROM {0}"
        query = COMPARED + "".join(same_rows.format(each) for each in (*CATALOGS, *self._seeds))
        return sorted(connection.execute(query.encode()).fetchall())

    @contextmanager
    def _connected(self, name: str) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self._url, dbname=name, autocommit=True) as connection:
            yield connection

    def _administer(self, *statements: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
