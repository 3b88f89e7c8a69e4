"""Through what do the processes reach PostgreSQL and Redis? Through a proxy each, which the drill can break."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from drill.proxy_control import Proxy, proxy_before


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses that the processes and the clients use, and what stands there."""

    database_url: str
    redis_url: str
    database: Proxy
    redis: Proxy


@contextmanager
def network_before(database_url: str, redis_url: str, *, by_tcp: bool = False) -> Iterator[Network]:
    """The network in front of the two servers, as long as the block lasts. `by_tcp`: the processes reach a PostgreSQL
    that listens on a socket as if it stood elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="network-"))
    try:
        own_database_url, database_target, database_listen = _before_database(database_url, folder, by_tcp=by_tcp)
        own_redis_url, redis_target, redis_listen = _before_redis(redis_url)
        with (
            proxy_before(database_target, database_listen) as database,
            proxy_before(redis_target, redis_listen) as redis,
        ):
            yield Network(own_database_url, own_redis_url, database, redis)
    finally:
        rmtree(folder)


def _before_database(url: str, folder: Path, *, by_tcp: bool) -> tuple[str, str, str]:
    """The proxy's URL, its target and where it listens. A server on a socket knows its clients by their account
    (`peer`): the proxy runs under the drill's, as the processes do."""
    parts = conninfo_to_dict(url)
    user = quote(str(parts.get("user") or ""), safe="")
    password = f":{quote(str(parts['password']), safe='')}" if parts.get("password") else ""
    name, host, port = parts.get("dbname"), str(parts.get("host") or "localhost"), parts.get("port") or 5432
    target = f"unix:{host}/.s.PGSQL.{port}" if host.startswith("/") else f"tcp:{host}:{port}"
    if host.startswith("/") and not by_tcp:
        own = f"postgresql://{user}{password}@/{name}?host={quote(str(folder))}&port={port}"
        return own, target, f"unix:{folder}/.s.PGSQL.{port}"
    free = _free_port()
    own = f"postgresql://{user}{password}@127.0.0.1:{free}/{name}?sslmode=disable&gssencmode=disable"
    return own, target, f"tcp:127.0.0.1:{free}"


def _before_redis(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    free = _free_port()
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    own = parts._replace(netloc=f"{login}127.0.0.1:{free}").geturl()
    return own, f"tcp:{parts.hostname or 'localhost'}:{parts.port or 6379}", f"tcp:127.0.0.1:{free}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
