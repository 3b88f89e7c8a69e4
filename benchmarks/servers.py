"""What do all contenders run on? One throw-away PostgreSQL with fsync on and one Valkey, and a meter of their CPU."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis

from config.server_urls import server_urls
from config.settings import Settings


class Servers:
    """The two servers, with databases by name."""

    def __init__(self, database_url: str, redis_url: str, home: Path) -> None:
        self._database_url = database_url
        self.redis_url = redis_url
        self.home = home
        self._redis = redis.Redis.from_url(redis_url)
        with self.administer() as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            parent = psutil.Process(row[0]).parent()
        assert parent is not None
        self._postgres = parent
        self._valkey = psutil.Process(int(self._redis.info("server")["process_id"]))

    def database_url(self, name: str) -> str:
        """The URL of the database `name`, whether it exists or not."""
        return urlunsplit(urlsplit(self._database_url)._replace(path=f"/{name}"))

    def create(self, name: str, template: str = "template1") -> str:
        """Make the database `name` anew, as a copy of `template`; its URL."""
        with self.administer() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            # Copied file by file: through the log, the default, a large copy would bring checkpoints into what follows.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
            # What was written to make it is on disk before anything is timed.
            connection.execute("CHECKPOINT")
        return self.database_url(name)

    def drop(self, name: str) -> None:
        """Remove the database `name`."""
        with self.administer() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def has(self, name: str) -> bool:
        """Whether there is a database `name`."""
        with self.administer() as connection:
            return connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def flush(self) -> None:
        """Empty the broker."""
        self._redis.flushall()

    def wait_for_listeners(self, count: int, longest: float = 60.0) -> None:
        """Wait until `count` workers listen to queues. Raises TimeoutError."""
        deadline = time.monotonic() + longest
        while sum(client["cmd"] == "brpop" for client in self._redis.client_list()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError("the workers do not listen")
            time.sleep(0.05)

    @contextmanager
    def administer(self) -> Iterator[psycopg.Connection[tuple[int]]]:
        """A connection of the servers' own, outside the databases that are measured."""
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            yield connection

    def versions(self) -> dict[str, str | None]:
        """Which PostgreSQL and which Valkey."""
        with self.administer() as connection:
            postgres = connection.info.parameter_status("server_version")
        told = self._redis.info("server")
        return {"postgresql": postgres, "valkey": str(told.get("valkey_version") or told["redis_version"])}

    def cpu(self) -> dict[str, float]:
        """CPU seconds of both servers until now, their ended children included."""
        return {"postgres": cpu_of(self._postgres), "broker": cpu_of(self._valkey)}


@contextmanager
def throw_away_servers() -> Iterator[Servers]:
    """Servers for one comparison; nothing is left of them."""
    home = Path(tempfile.mkdtemp(prefix="orderflode-bench-"))
    try:
        embedded = Settings.model_validate({"ORDERFLODE_HOME": home, "DATABASE_URL": None, "REDIS_URL": None})
        with server_urls(embedded, need_redis=True, throw_away=True) as urls:
            assert urls.redis_url is not None
            yield Servers(urls.database_url, urls.redis_url, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process and of all below it, those that have ended included."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue  # its time is among its parent's ended children now
        total += times.user + times.system + times.children_user + times.children_system
    return total
