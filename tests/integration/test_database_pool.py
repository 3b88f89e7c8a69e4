"""Is a database that another test has left as fresh as a new one? Emptied and renamed it is; changed, it is dropped."""

from collections.abc import Iterator

import psycopg
import pytest
from builders import a_world, an_order, run_all, store
from conftest import with_database
from database_pool import DatabasePool

from config.database import Database
from config.server_urls import ServerUrls


@pytest.fixture
def pool(servers: ServerUrls, template: str) -> Iterator[DatabasePool]:
    """With nothing in it."""
    pool = DatabasePool(servers.database_url, template)
    yield pool
    pool.close()


def test_what_is_left_is_emptied_and_keeps_its_sessions_out(pool: DatabasePool, servers: ServerUrls) -> None:
    first = pool.take()
    fresh = rows_and_numbers(with_database(servers.database_url, first))
    lingering = Database(with_database(servers.database_url, first))
    a_world(lingering, stock={("10", "A1"): 5})
    store(lingering, an_order())
    run_all(lingering)

    pool.give_back(first)

    again = pool.take()
    assert again != first and pool.free == ()
    assert rows_and_numbers(with_database(servers.database_url, again)) == fresh
    with pytest.raises(psycopg.OperationalError):
        lingering.session()
    lingering.close()
    pool.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another ()",
        "ANALYZE article",
        "GRANT SELECT ON article TO PUBLIC",
        "ALTER TABLE article DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM allowed_transition",
    ],
)
def test_what_is_changed_is_dropped(pool: DatabasePool, servers: ServerUrls, change: str) -> None:
    name = pool.take()
    with psycopg.connect(with_database(servers.database_url, name)) as connection:
        connection.execute(change.encode())

    pool.give_back(name)

    assert pool.free == ()


def rows_and_numbers(url: str) -> dict[str, int]:
    """How many rows each table has, and how far each sequence has come."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        numbers = connection.execute("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences").fetchall()
        counts = [
            connection.execute(f"SELECT '{name}', count(*) FROM {name}".encode()).fetchone() for (name,) in tables
        ]
    return dict(numbers) | dict(filter(None, counts))
