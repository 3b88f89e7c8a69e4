"""How do the tests of the embedded servers use them? By other processes, and by looking at what runs."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import psycopg
import redis

from config.embedded.layout import Layout, read
from config.embedded.lease import EmbeddedServers

PROJECT = Path(__file__).resolve().parents[2]
USER = """
import subprocess, sys
from pathlib import Path
from config.embedded.lease import embedded_servers

with embedded_servers(Path(sys.argv[1]), throw_away="throw-away" in sys.argv) as servers:
    if "child" in sys.argv:
        print(subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).pid)
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""
"""Uses the servers of the home named first until its standard input is closed, and prints their URLs."""


def start_user(home: Path, *words: str, first_on_path: Path = PROJECT) -> subprocess.Popen[str]:
    """Start the program USER; `words` are `throw-away` (the data) and `child` (start one that stays, print its id)."""
    path = os.pathsep.join([str(first_on_path), str(PROJECT), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(home), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


@contextmanager
def another_user(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A user process that has left, or was killed, when the block ends."""
    process = start_user(home, *words)
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def servers_of(process: subprocess.Popen[str]) -> EmbeddedServers:
    """The URLs that a user process prints when it is in."""
    assert process.stdout is not None
    return EmbeddedServers(*process.stdout.readline().split())


def remove_roots_data(home: Path) -> None:
    """Remove what root's servers keep outside the home."""
    roots_data = read(Layout(home.resolve()).data_folder_record)
    if roots_data is not None:
        shutil.rmtree(roots_data)


def value(database_url: str, query: str) -> str:
    """The single value that a query gives, as text."""
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""


def valkey(servers: EmbeddedServers) -> redis.Redis:
    """A client that answers in text."""
    return redis.Redis.from_url(servers.redis_url, decode_responses=True)


def postmaster(servers: EmbeddedServers) -> psutil.Process:
    """PostgreSQL's first process, the parent of the one that serves us."""
    with psycopg.connect(servers.database_url) as connection:
        return psutil.Process(connection.info.backend_pid).parent()


def all_processes(servers: EmbeddedServers) -> list[psutil.Process]:
    """The keeper, first, and everything it runs."""
    keeper = postmaster(servers).parent()
    return [keeper, *keeper.children(recursive=True)]


def kill(*processes: psutil.Process | subprocess.Popen[str]) -> None:
    """SIGKILL, and wait until it has taken effect."""
    for process in processes:
        process.kill()
    assert soon(lambda: are_gone([psutil.Process(p.pid) for p in processes if psutil.pid_exists(p.pid)]))


def are_gone(processes: list[psutil.Process]) -> bool:
    """Whether none lives; one that ended and that nobody has collected yet does not live."""
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def soon(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Whether the condition comes true in time; a server that does not answer counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except (psycopg.OperationalError, redis.RedisError, psutil.NoSuchProcess):
            continue
        finally:
            time.sleep(0.05)
    return False
