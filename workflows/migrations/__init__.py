"""Is the database's schema the one this code needs? Bring it there, or say what is missing.

The schema is written in SQL (sql/), since what the database refuses is part of the product; Alembic keeps count. It is
loaded only to bring the schema up: every command looks, and Alembic takes 0.2 s to load. Next: upgrading.py.
"""

import psycopg

NEWEST = "0005"
"""The last revision in versions/."""


class SchemaError(Exception):
    """The schema cannot be brought up to date; the message is one line."""


def migrate(owner_url: str) -> None:
    """Bring the database at `owner_url` to the newest schema. Two at a time take turns. Raises SchemaError."""
    from workflows.migrations.upgrading import upgrade

    upgrade(owner_url)


def is_current(url: str) -> bool:
    """Whether the database at `url` has the newest schema."""
    return _revision(url) == NEWEST


def is_empty(url: str) -> bool:
    """Whether the database at `url` has no schema of ours yet."""
    return _revision(url) is None


def _revision(url: str) -> str | None:
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return None if row is None else str(row[0])
