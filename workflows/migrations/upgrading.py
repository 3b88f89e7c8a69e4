"""How is the database brought to the newest schema? By the revisions in versions/, which Alembic counts and runs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from workflows.migrations import SchemaError


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run what is missing at `owner_url` up to `revision`, in one transaction. Two at a time take turns.

    Raises SchemaError.
    """
    engine = create_engine("postgresql+psycopg://" + owner_url.split("://", 1)[1], poolclass=NullPool)
    config = _config()
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('orderflode.migrate'))")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except DBAPIError as error:
        # Its text is the whole SQL file: what the server said is enough.
        said = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
        raise SchemaError(f"Schemat kan inte uppdateras: {said} (the schema cannot be brought up to date)") from None


def newest_revision() -> str | None:
    """The last revision in versions/."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
