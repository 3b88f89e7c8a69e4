"""Which PostgreSQL and which Redis does a command use? The given URLs, checked; what is not given is embedded.

A URL that cannot be used is one clear line (ServerUnavailable), which the command line prints before it exits
with 2. No line holds a user name or a password. redis-py takes 0.1 s to load, and most commands need no Redis: it
is loaded by those that do. Next: config/embedded/lease.py.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config.embedded.layout import POSTGRES, VALKEY
from config.embedded.lease import leased_servers, silent
from config.embedded.unavailable import ServerUnavailable
from config.settings import Settings

__all__ = ["ServerUnavailable", "ServerUrls", "checked_database_url", "checked_redis_url", "forget_keys", "server_urls"]

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
TIMEOUT_SECONDS = 5

# Stricter than libpq and redis-py, which take part of a password with a raw @, / or ? for the host or the port.
_HOST = r"(?:[A-Za-z0-9._%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?"
_URL_SHAPE = re.compile(
    r"[a-z+]+://"
    r"(?:[^:@/?#\s]*(?::[^@/?#\s]*)?@)?"
    rf"{_HOST}(?:,{_HOST})*"
    r"(?:/[^/@?#\s]*)?"
    r"(?:\?[^@#\s]*)?"
)
_SOCKET_REASONS = (
    (
        r"resolve host|translate host name|Name or service|nodename nor",
        "värdnamnet finns inte",
        "unknown host name",
    ),
    (r"refused", "ingen server lyssnar där", "connection refused"),
    (r"(?i)time(d )?out", f"inget svar inom {TIMEOUT_SECONDS} s", f"no answer within {TIMEOUT_SECONDS} s"),
    (r"No such file", "serverns socket finns inte", "the server's socket does not exist"),
    (r"unreachable|No route", "nätet når inte dit", "the network does not reach it"),
)
_POSTGRES_REASONS = (
    (r"pg_hba\.conf", "servern släpper inte in härifrån (pg_hba.conf)", "not let in from here (pg_hba.conf)"),
    (
        r"authentication failed|no password|role .* does not exist",
        "fel användare eller lösenord",
        "wrong user or password",
    ),
    (r"database .* does not exist", "databasen finns inte", "no such database"),
    (r"starting up|shutting down", "servern startar eller stoppas", "it is starting or stopping"),
    (r"too many|connection slots", "servern har inga lediga anslutningar", "it has no free connections"),
    (r"invalid response", "servern är ingen PostgreSQL", "it is no PostgreSQL"),
    (r"SSL", "TLS stämmer inte (sslmode)", "TLS does not match (sslmode)"),
    *_SOCKET_REASONS,
)
_REDIS_REASONS = (
    (
        r"(?i)protected mode",
        "servern släpper bara in lokalt (protected-mode)",
        "it lets in locally only (protected-mode)",
    ),
    (r"(?i)authentication|password|auth", "fel användare eller lösenord", "wrong user or password"),
    (r"(?i)no permissions", "användaren får inte PING", "the user may not PING"),
    (r"(?i)DB index", "databasnumret finns inte", "no such database number"),
    (r"(?i)loading", "servern läser in sina data", "it is loading its data"),
    (r"SSL", "TLS stämmer inte (rediss://)", "TLS does not match (rediss://)"),
    *_SOCKET_REASONS,
)


@dataclass(frozen=True)
class ServerUrls:
    """The URLs to use, `postgresql://…` and `redis://…`; without a Redis unless one is given or needed."""

    database_url: str
    redis_url: str | None


@contextmanager
def server_urls(
    settings: Settings,
    *,
    need_redis: bool,
    throw_away: bool = False,
    progress: Callable[[str], None] = silent,
) -> Iterator[ServerUrls]:
    """The servers to use, for as long as the block lasts. Only what is not given is embedded, in `settings.home`.

    `throw_away` removes the embedded data afterwards (see `leased_servers`). Raises ServerUnavailable.
    """
    database_url, redis_url = settings.database_url or None, settings.redis_url or None
    if database_url is not None:
        database_url = checked_database_url(database_url)
    if need_redis and redis_url is not None:
        redis_url = checked_redis_url(redis_url)
    missing = [POSTGRES] if database_url is None else []
    if need_redis and redis_url is None:
        missing.append(VALKEY)
    if database_url is not None and not missing:
        yield ServerUrls(database_url, redis_url)
        return
    with leased_servers(settings.home, missing, throw_away=throw_away, progress=progress) as embedded:
        yield ServerUrls(database_url or embedded[POSTGRES], redis_url or embedded.get(VALKEY))


def checked_database_url(url: str, variable: str = "DATABASE_URL") -> str:
    """The URL in the form psycopg takes, once PostgreSQL 15 or newer has let us in. Raises
    ServerUnavailable, which names the `variable` it came from."""
    example = "postgresql://användare:lösenord@värd:5432/databas"
    url = _read(variable, url.strip(), {"postgresql", "postgres", "postgresql+psycopg"}, example)
    url = "postgresql://" + url.partition("://")[2]
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise _unreadable(variable, example) from None
    where = f"{parts.get('host') or 'localhost'}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"
    try:
        with psycopg.connect(url, connect_timeout=TIMEOUT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise _unusable(variable, where, _reason(str(error), _POSTGRES_REASONS)) from None
    if version < OLDEST_POSTGRES:
        raise _too_old(variable, where, f"PostgreSQL {version}", str(OLDEST_POSTGRES))
    return url


def checked_redis_url(url: str) -> str:
    """The URL, once Redis 6.2 or newer, or Valkey, has answered PING there. Raises ServerUnavailable."""
    import redis

    example = "redis://:lösenord@värd:6379/0"
    url = _read("REDIS_URL", url.strip(), {"redis", "rediss"}, example)
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname or 'localhost'}:{parts.port or 6379}{parts.path}"
    except ValueError:
        raise _unreadable("REDIS_URL", example) from None
    if not re.fullmatch(r"/?\d*", parts.path):
        raise _unreadable("REDIS_URL", example)
    try:
        version = _redis_version(url)
    except (redis.RedisError, OSError, ValueError) as error:
        raise _unusable("REDIS_URL", where, _reason(f"{type(error).__name__}: {error}", _REDIS_REASONS)) from None
    if version < OLDEST_REDIS:
        raise _too_old("REDIS_URL", where, f"Redis {version[0]}.{version[1]}", "6.2")
    return url


def _redis_version(url: str) -> tuple[int, int]:
    """What the server says after PING; the oldest usable where its user may not ask."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Protocol 2 is what a server too old for us speaks, too.
    options = {"retry": Retry(NoBackoff(), 0), "decode_responses": True, "protocol": 2}
    limits = {"socket_connect_timeout": TIMEOUT_SECONDS, "socket_timeout": TIMEOUT_SECONDS}
    with redis.Redis.from_url(url, **options, **limits) as client:
        client.ping()
        try:
            answer = str(client.info("server")["redis_version"])
        except redis.exceptions.NoPermissionError:
            return OLDEST_REDIS
    major, minor = answer.split(".")[:2]
    return int(major), int(minor)


def _read(variable: str, url: str, schemes: set[str], example: str) -> str:
    """The URL if its scheme and its shape are right."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in schemes and re.fullmatch(r"[a-z0-9+]{1,20}", scheme):
        raise ServerUnavailable(
            f"{variable} börjar med {scheme}:// men ska se ut så här: {example}.",
            f"{variable} starts with {scheme}://; see the example.",
        )
    if scheme not in schemes or not _URL_SHAPE.fullmatch(url):
        raise _unreadable(variable, example)
    return url


def _unreadable(variable: str, example: str) -> ServerUnavailable:
    return ServerUnavailable(
        f"{variable} går inte att läsa; den ska se ut som {example}, med %40 för @ och %2F för / i lösenordet.",
        f"{variable} is malformed; see the example, and write %40 for @ and %2F for / in the password.",
    )


def _unusable(variable: str, where: str, reason: tuple[str, str]) -> ServerUnavailable:
    return ServerUnavailable(
        f"{variable}: servern på {where} går inte att använda: {reason[0]}.",
        f"{variable}: the server at {where} cannot be used: {reason[1]}.",
    )


def _too_old(variable: str, where: str, found: str, oldest: str) -> ServerUnavailable:
    return ServerUnavailable(
        f"{variable}: servern på {where} är {found}, men minst {oldest} behövs.",
        f"{variable}: the server at {where} is {found}, and at least {oldest} is needed.",
    )


def _reason(error: str, reasons: tuple[tuple[str, str, str], ...]) -> tuple[str, str]:
    """The Swedish and English reason that a client library's error means; its own text is not shown."""
    for pattern, swedish, english in reasons:
        if re.search(pattern, error):
            return swedish, english
    return "den svarar inte som väntat", "it does not answer as expected"


def forget_keys(redis_url: str, prefix: str) -> None:
    """Delete the keys with `prefix`, those of an installation that is thrown away, if the server answers."""
    import redis

    with suppress(redis.RedisError, OSError), redis.Redis.from_url(redis_url, socket_timeout=TIMEOUT_SECONDS) as client:
        for key in client.scan_iter(f"{prefix}*", count=1_000):
            client.delete(key)
