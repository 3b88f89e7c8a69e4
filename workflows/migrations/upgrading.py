"""How is the database brought to the newest schema? By the revisions in versions/, which Alembic counts and runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from config.database import EVERYTHING, Connection
from workflows.migrations import SchemaError


@dataclass(frozen=True, slots=True)
class Upgrading:
    """One transaction of the owner's, in which the schema goes from revision to revision."""

    config: Config
    connection: Connection

    def to(self, revision: str = "head") -> None:
        """Run what is missing up to `revision`."""
        command.upgrade(self.config, revision)


@contextmanager
def upgrading(owner_url: str) -> Iterator[Upgrading]:
    """A transaction at `owner_url`, committed when the block ends. Two at a time take turns. Raises SchemaError."""
    engine = create_engine("postgresql+psycopg://" + owner_url.split("://", 1)[1], poolclass=NullPool)
    config = _config()
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('orderflode.migrate'))")
            # Without it the owner sees no rows, and what a revision says of them would be done to none.
            connection.exec_driver_sql(f"SET LOCAL app.kommun = '{EVERYTHING}'")
            config.attributes["connection"] = connection
            yield Upgrading(config, cast(Connection, connection.connection.driver_connection))
    except DBAPIError as error:
        # Its text is the whole SQL file: what the server said is enough.
        said = str(error.orig).splitlines()[0] if error.orig else type(error).__name__
        raise SchemaError(f"Schemat kan inte uppdateras: {said} (the schema cannot be brought up to date)") from None


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run what is missing at `owner_url` up to `revision`, in one transaction. Raises SchemaError."""
    with upgrading(owner_url) as schema:
        schema.to(revision)


def newest_revision() -> str | None:
    """The last revision in versions/."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether `revision` is one of versions/: a newer program's is not."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(revision) is not None
    except CommandError:
        return False


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
