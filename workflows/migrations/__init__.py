"""Is the database's schema the one this code needs? Bring it there, or say what is missing.

The schema is written in SQL (sql/), since what the database refuses is part of the product; Alembic keeps count.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

_FOLDER = Path(__file__).parent


class SchemaError(Exception):
    """The schema cannot be brought up to date; the message is one line."""


def _engine_url(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def migrate(owner_url: str) -> None:
    """Bring the database at `owner_url` to the newest schema. Two at a time take turns. Raises SchemaError."""
    engine = create_engine(_engine_url(owner_url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('orderflode.migrate'))")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        # Its text is the whole SQL file: what the server said is enough.
        said = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
        raise SchemaError(f"Schemat kan inte uppdateras: {said} (the schema cannot be brought up to date)") from None


def is_current(url: str) -> bool:
    """Whether the database at `url` has the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return _revision(url) == ScriptDirectory.from_config(config).get_current_head()


def is_empty(url: str) -> bool:
    """Whether the database at `url` has no schema of ours yet."""
    return _revision(url) is None


def _revision(url: str) -> str | None:
    with create_engine(_engine_url(url), poolclass=NullPool).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
