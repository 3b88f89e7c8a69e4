"""What does a command run on? The database, by URL or embedded, with its schema; keys and documents; and for whom.

Next: acting.py, who acts and whether they may.
"""

import getpass
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.database import Connection, Database
from config.server_urls import ServerUrls, checked_database_url, server_urls
from config.settings import Settings, settings
from workflows.access_log import Look
from workflows.keyring import keys_of
from workflows.migrations import is_current, is_empty, migrate
from workflows.patients import Keys
from workflows.permissions import Actor, Permission, operator

if TYPE_CHECKING:
    from exchange.outgoing.document_store import DocumentStore


OPERATOR = "operator"
"""The role, in the access log, of who works at the command line."""


class SchemaOutdated(Exception):
    """Databasens schema är inte det som behövs: kör `orderflode migrate` (the schema is not the one needed: run it)."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What commands need: the database, the servers' URLs for child processes, the settings, and who acts."""

    database: Database
    database_url: str
    redis_url: str | None
    settings: Settings
    actor: Actor

    @property
    def who(self) -> str:
        """Who acts, as history tells it."""
        return self.actor.name

    @contextmanager
    def seen(self, **how: Any) -> Iterator[Connection]:
        """A transaction in which only what the actor's kommun may see is there; for the whole region, everything."""
        with self.database.transaction(kommun=self.actor.kommun, **how) as tx:
            yield tx

    def keys(self) -> Keys:
        """The keys, made at first use."""
        return keys_of(self.database, self.settings.key_file)

    def look(self, reason: str) -> Look:
        """The actor's look, signed with the keys. Who has several units looks for none of them in particular."""
        actor = self.actor
        roles = {OPERATOR} if actor.may(Permission.OPERATE) else actor.roles
        return Look(
            actor.name, reason, self.keys(),
            role=", ".join(sorted(roles)) or None,
            unit=next(iter(actor.units)) if len(actor.units) == 1 else None,
            kommun=actor.kommun,
        )  # fmt: skip

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


_standing: ContextVar[Environment | None] = ContextVar("standing", default=None)


@contextmanager
def opened(
    *,
    need_redis: bool = False,
    throw_away: bool = False,
    using: Settings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Environment]:
    """The environment of one command; embedded servers it starts end with the last command that uses them.

    An empty database gets its schema. Where acting.py has opened one to find who acts, it is that one. Raises
    ServerUnavailable, SchemaOutdated.
    """
    if (already := _standing.get()) is not None:
        yield already
        return
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
            yield Environment(database, urls.database_url, urls.redis_url, current, operator(user()))
        finally:
            database.close()


def owners_url(current: Settings, urls: ServerUrls) -> str:
    """The owner's connection; the processes' where none is given. Raises ServerUnavailable."""
    if current.database_owner_url:
        return checked_database_url(current.database_owner_url, "DATABASE_OWNER_URL")
    return urls.database_url


@contextmanager
def standing(environment: Environment) -> Iterator[None]:
    """Within, what is `opened` is this environment."""
    before = _standing.set(environment)
    try:
        yield
    finally:
        _standing.reset(before)


def user() -> str:
    """What the operator of the machine is called: the user of its command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "cli"
