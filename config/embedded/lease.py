"""How does a command get the embedded servers? By a lease: in through the door, work, out through the door.

Every user holds the users' lock shared; the first one in starts the keeper, the last one out waits until it has
stopped the servers. A killed user loses its lock to the kernel, and the keeper notices. Next: keeper_process.py.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded import locks
from config.embedded.keeper_process import collect_keepers, keeper_lives, start_keeper
from config.embedded.layout import POSTGRES, VALKEY, Layout, read, write
from config.embedded.postgres import postgres_answers
from config.embedded.unavailable import ServerUnavailable
from config.embedded.valkey import valkey_answers

START_SECONDS = 120.0
STOP_SECONDS = 20.0
DOOR_SECONDS = 180.0
"""Somebody else may be starting the servers, or they may be stopping."""
ATTEMPTS = 100
KEEPER_ATTEMPTS = 3
"""A keeper may be killed while it starts."""

ANSWERS: dict[str, Callable[[str], bool]] = {POSTGRES: postgres_answers, VALKEY: valkey_answers}


@dataclass(frozen=True)
class EmbeddedServers:
    """The URLs of the embedded PostgreSQL and Valkey; valid until the lease ends, also across a crash of theirs."""

    database_url: str
    redis_url: str


def silent(_message: str) -> None:
    """Progress that nobody reads."""


@contextmanager
def embedded_servers(
    home: Path, *, throw_away: bool = False, progress: Callable[[str], None] = silent
) -> Iterator[EmbeddedServers]:
    """Both servers of `home`, shared with every process that uses the same home; the last one out stops them.

    `throw_away` removes all data afterwards: the whole home if it was empty or absent, else our part of it.
    Raises ServerUnavailable if they cannot be had, or if kept data would be thrown away.
    """
    with leased_servers(home, (POSTGRES, VALKEY), throw_away=throw_away, progress=progress) as urls:
        yield EmbeddedServers(urls[POSTGRES], urls[VALKEY])


@contextmanager
def leased_servers(
    home: Path,
    wanted: Collection[str],
    *,
    throw_away: bool = False,
    progress: Callable[[str], None] = silent,
) -> Iterator[dict[str, str]]:
    """As `embedded_servers`, for one server alone or both: the names in `wanted` → their URLs."""
    layout = Layout(home.resolve())
    owner = os.getpid()
    try:
        users_lock, urls = _come_in(layout, wanted, throw_away, progress)
    except OSError as error:
        raise ServerUnavailable(
            f"ORDERFLODE_HOME ({layout.home}) kan inte användas: {error.strerror or error}.",
            f"ORDERFLODE_HOME ({layout.home}) cannot be used: {error.strerror or error}.",
        ) from error
    try:
        yield urls
    finally:
        if os.getpid() == owner:
            _go_out(layout, users_lock)
        else:  # a forked child: the lease belongs to its parent
            os.close(users_lock)


def _come_in(
    layout: Layout, wanted: Collection[str], throw_away: bool, progress: Callable[[str], None]
) -> tuple[int, dict[str, str]]:
    """Take the users' lock, wait until the wanted servers answer, and return the lock and their URLs."""
    door, users_lock = _taken_locks(layout)
    try:
        if throw_away:
            _mark_throw_away(layout)
        for server in wanted:
            layout.wanted_mark(server).touch(mode=0o600)
        return users_lock, _answering(layout, wanted, progress)
    except BaseException:
        _leave(layout, users_lock)
        raise
    finally:
        locks.released(door)


def _taken_locks(layout: Layout) -> tuple[int, int]:
    """The door's lock and a share of the users' lock.

    While we wait, the keeper may remove throw-away data, and the files of these locks with them: then again.
    """
    for _ in range(ATTEMPTS):
        with suppress(FileNotFoundError), ExitStack() as opened:
            layout.make()
            door = locks.opened(layout.door_lock)
            opened.callback(locks.released, door)
            users_lock = locks.opened(layout.users_lock)
            opened.callback(locks.released, users_lock)
            for lock, kind in ((door, locks.EXCLUSIVE), (users_lock, locks.SHARED)):
                if not locks.taken_within(lock, kind, DOOR_SECONDS):
                    raise _busy(layout)
            if locks.is_at(door, layout.door_lock) and locks.is_at(users_lock, layout.users_lock):
                opened.pop_all()
                return door, users_lock
        time.sleep(locks.POLL_SECONDS)
    raise _busy(layout)


def _go_out(layout: Layout, users_lock: int) -> None:
    """Give the lease up; the last one out waits until the servers are stopped."""
    try:
        with _door(layout):
            _leave(layout, users_lock)
    except (OSError, ServerUnavailable):
        # Our folder is gone, or somebody is stuck in the door: the keeper stops the servers all the same.
        os.close(users_lock)


@contextmanager
def _door(layout: Layout) -> Iterator[int]:
    """One at a time comes in or goes out."""
    door = locks.opened(layout.door_lock)
    try:
        if not locks.taken_within(door, locks.EXCLUSIVE, DOOR_SECONDS):
            raise _busy(layout)
        yield door
    finally:
        locks.released(door)


def _leave(layout: Layout, users_lock: int) -> None:
    """Give the users' lock up, and if it was the last one see the keeper out. To be called at the door."""
    paths = (layout.users_lock, layout.keeper_lock, layout.servers_lock)
    others, keeper_lock, servers_lock = opened = [locks.opened(path) for path in paths]
    try:
        locks.released(users_lock)
        if _are_in(others) or not locks.taken_within(keeper_lock, locks.SHARED, STOP_SECONDS):
            return
        servers_live = not locks.taken(servers_lock, locks.SHARED)
        is_left = servers_live or layout.throw_away_mark.exists()
        if is_left and locks.is_at(keeper_lock, layout.keeper_lock):
            # The keeper was killed: another one clears away what it left.
            locks.let_go(keeper_lock)
            locks.let_go(servers_lock)
            with suppress(subprocess.TimeoutExpired):
                start_keeper(layout).wait(STOP_SECONDS)
    finally:
        for lock in opened:
            os.close(lock)
        collect_keepers()


def _are_in(users_lock: int) -> bool:
    """Whether others hold the users' lock; neither nobody nor the keeper counts."""
    is_free = locks.taken(users_lock, locks.EXCLUSIVE)
    is_shared = not is_free and locks.taken(users_lock, locks.SHARED)
    locks.let_go(users_lock)
    return is_shared


def _mark_throw_away(layout: Layout) -> None:
    """Say what is to be removed. Kept data are never marked."""
    if layout.throw_away_mark.exists():
        return
    if layout.holds_data():
        raise ServerUnavailable(
            f"{layout.home} har bevarade data och kan inte vara en tillfällig mapp.",
            f"{layout.home} holds kept data and cannot be a throw-away folder.",
        )
    is_ours_alone = all(path == layout.folder or layout.is_removed(path) for path in layout.home.iterdir())
    write(layout.throw_away_mark, "home" if is_ours_alone else "folder")


def _answering(layout: Layout, wanted: Collection[str], progress: Callable[[str], None]) -> dict[str, str]:
    """Wait until the wanted servers answer, with a keeper alive, and return their URLs."""
    keepers: list[subprocess.Popen[bytes]] = []
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if all(keeper.poll() is not None for keeper in keepers) and not keeper_lives(layout):
            if keepers:
                _raise_failure(layout, wanted)
            if len(keepers) == KEEPER_ATTEMPTS:
                break
            progress("Startar de inbäddade servrarna … (starting the embedded servers)")
            keepers.append(start_keeper(layout))
        urls = {server: read(layout.ready_mark(server)) for server in wanted}
        answering = {server: url for server, url in urls.items() if url and ANSWERS[server](url)}
        if len(answering) == len(wanted):
            return answering
        _raise_failure(layout, wanted)
        time.sleep(locks.POLL_SECONDS)
    raise ServerUnavailable(
        f"De inbäddade servrarna svarar inte (logg: {layout.log('keeper')}).",
        "The embedded servers do not answer.",
    )


def _raise_failure(layout: Layout, wanted: Collection[str]) -> None:
    """Raise what the keeper says about a wanted server that does not start."""
    for server in wanted:
        reason = read(layout.failed_mark(server))
        if reason is not None:
            raise ServerUnavailable(*json.loads(reason))


def _busy(layout: Layout) -> ServerUnavailable:
    return ServerUnavailable(
        f"De inbäddade servrarna i {layout.home} startas eller stoppas av någon annan och blir inte klara.",
        f"The embedded servers in {layout.home} are being started or stopped by somebody else, without end.",
    )
