"""What does a command run on? The database, by URL or embedded, with its schema; keys and documents."""

import getpass
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.database import Database
from config.server_urls import ServerUrls, checked_database_url, server_urls
from config.settings import Settings, settings
from workflows.access_log import Look
from workflows.keyring import keys_of
from workflows.migrations import is_current, is_empty, migrate
from workflows.patients import Keys

if TYPE_CHECKING:
    from exchange.outgoing.document_store import DocumentStore


OPERATOR = "operator"
"""The role, in the access log, of who works at the command line."""


class SchemaOutdated(Exception):
    """Databasens schema är inte det som behövs: kör `orderflode migrate` (the schema is not the one needed: run it)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What commands need: the database, the servers' URLs for child processes, and the settings."""

    database: Database
    database_url: str
    redis_url: str | None
    settings: Settings

    def keys(self) -> Keys:
        """The keys, made at first use."""
        return keys_of(self.database, self.settings.key_file)

    def look(self, reason: str) -> Look:
        """A look of who works at the command line of the server, signed with the keys."""
        return Look(actor(), reason, self.keys(), role=OPERATOR)

    def documents(self) -> "DocumentStore":
        """The stored documents."""
        # Not above: what draws pages takes 0.1 s to load, and few commands draw any.
        from exchange.outgoing.document_store import DocumentStore

        return DocumentStore(self.database, self.keys(), self.settings.document_folder)

    def for_children(self) -> dict[str, str]:
        """The environment variables that give child processes the same servers, keys and documents."""
        variables = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url or "",
            "ORDERFLODE_HOME": str(self.settings.home),
            "ORDERFLODE_KEYS": str(self.settings.key_file),
            "ORDERFLODE_DOCUMENTS": str(self.settings.document_folder),
            "ORDERFLODE_KEY_PREFIX": self.settings.key_prefix,
        }
        return {name: value for name, value in variables.items() if value}


@contextmanager
def opened(
    *,
    need_redis: bool = False,
    throw_away: bool = False,
    using: Settings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Environment]:
    """The environment of one command; embedded servers it starts end with the last command that uses them.

    An empty database gets its schema. Raises ServerUnavailable, SchemaOutdated.
    """
    current = using or settings()
    # A schema that is as it should be is no event; Alembic tells of every look at it.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with server_urls(current, need_redis=need_redis, throw_away=throw_away, progress=progress) as urls:
        owner_url = owners_url(current, urls)
        if current.database_url is None or is_empty(owner_url):
            migrate(owner_url)
        elif not is_current(owner_url):
            raise SchemaOutdated(SchemaOutdated.__doc__)
        database = Database(urls.database_url)
        try:
            yield Environment(database, urls.database_url, urls.redis_url, current)
        finally:
            database.close()


def owners_url(current: Settings, urls: ServerUrls) -> str:
    """The owner's connection; the processes' where none is given. Raises ServerUnavailable."""
    if current.database_owner_url:
        return checked_database_url(current.database_owner_url, "DATABASE_OWNER_URL")
    return urls.database_url


def actor() -> str:
    """Who acts, in the history of orders: the user of the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "cli"
