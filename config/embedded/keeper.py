"""Who starts the embedded servers, heals them, and stops them after the last user? This small process.

`python -m config.embedded.keeper HOME` belongs to no terminal. It waits for an exclusive lock on the file that
every user holds shared: the kernel grants it when nobody is left, also when users were killed. Meanwhile each
server that is wanted and does not run is started again at the same address. Next: lease.py, the users' side.
"""

import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Protocol

from config.embedded import locks
from config.embedded.account import server_account
from config.embedded.binaries import programs_for
from config.embedded.layout import POSTGRES, SOCKET_NAME, VALKEY, Layout, read, write
from config.embedded.postgres import EmbeddedPostgres
from config.embedded.unavailable import ServerUnavailable
from config.embedded.valkey import EmbeddedValkey

CHECK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 32.0
LOCK_SECONDS = 20.0

log = logging.getLogger("orderflode.keeper")


class EmbeddedServer(Protocol):
    """What the keeper asks of a server."""

    @property
    def name(self) -> str:
        """What its files are called."""

    def start(self) -> str:
        """Start it, in place of whatever is left of it, and return its URL. Raises ServerUnavailable."""

    def is_running(self) -> bool:
        """Whether it lives."""

    def stop(self) -> None:
        """Stop it, and whatever an earlier keeper left of it."""


def main() -> None:
    """Keep the servers of the home named on the command line until nobody uses them."""
    os.umask(0o022)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _end)
    layout = Layout(Path(sys.argv[1]))
    keeper_lock = locks.opened(layout.keeper_lock)
    is_ours = locks.taken_within(keeper_lock, locks.EXCLUSIVE, LOCK_SECONDS)
    if not is_ours or not locks.is_at(keeper_lock, layout.keeper_lock):
        log.info("another keeper is at work")
        return
    users_lock = locks.opened(layout.users_lock)
    exit_code = 1
    try:
        keep(layout, users_lock)
        exit_code = 0
    except Exception:
        log.exception("the keeper ends")
    finally:
        # In this order: whoever gets the users' lock after us must not take us for a living keeper. And at once:
        # the last user waits for these locks, and is to leave no process behind.
        locks.released(keeper_lock)
        locks.released(users_lock)
        os._exit(exit_code)


def keep(layout: Layout, users_lock: int) -> None:
    """Run the wanted servers until nobody is left, or until asked to end (SIGTERM); then stop them.

    When nobody is left, `users_lock` is ours alone and throw-away data are removed.
    """
    nobody_left = threading.Event()
    if locks.taken(users_lock, locks.EXCLUSIVE):
        nobody_left.set()
    else:
        threading.Thread(target=_await_last_user, args=(users_lock, nobody_left), daemon=True).start()
    try:
        servers = _servers(layout)
    except (ServerUnavailable, OSError) as reason:
        for name in (POSTGRES, VALKEY):
            _report(layout, name, reason)
        if nobody_left.is_set():
            clear_away(layout)
        return
    pause, failures = 0.0, 0
    with ExitStack() as at_the_end:
        for server in servers:
            at_the_end.callback(_stop, layout, server)
        at_the_end.callback(signal.signal, signal.SIGTERM, signal.SIG_IGN)
        while not nobody_left.wait(pause):
            failures = 0 if tend(layout, servers) else failures + 1
            pause = min(CHECK_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS)
    clear_away(layout)


def tend(layout: Layout, servers: Sequence[EmbeddedServer]) -> bool:
    """Start each wanted server that does not run; False if one could not be started."""
    all_run = True
    for server in servers:
        if server.is_running() or not layout.wanted_mark(server.name).exists():
            continue
        layout.ready_mark(server.name).unlink(missing_ok=True)
        try:
            url = _started(server)
        except (ServerUnavailable, OSError) as reason:
            server.stop()
            _report(layout, server.name, reason)
            all_run = False
            continue
        layout.failed_mark(server.name).unlink(missing_ok=True)
        write(layout.ready_mark(server.name), url)
        log.info("%s runs", server.name)
    return all_run


def _started(server: EmbeddedServer) -> str:
    """Start it, twice if need be: a server may crash, or be killed, while it starts."""
    try:
        return server.start()
    except (ServerUnavailable, OSError) as reason:
        log.warning("%s did not start: %s", server.name, reason)
        return server.start()


def _stop(layout: Layout, server: EmbeddedServer) -> None:
    layout.ready_mark(server.name).unlink(missing_ok=True)
    server.stop()
    log.info("%s is stopped", server.name)


def clear_away(layout: Layout) -> None:
    """Remove what has a meaning only while somebody uses the servers, and throw-away data altogether."""
    for server in (POSTGRES, VALKEY):
        layout.wanted_mark(server).unlink(missing_ok=True)
        layout.failed_mark(server).unlink(missing_ok=True)
    sockets = read(layout.socket_folder_record)
    if sockets is not None:
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            Path(sockets, name).unlink(missing_ok=True)
        with suppress(OSError):
            Path(sockets).rmdir()
        layout.socket_folder_record.unlink()
    scope = read(layout.throw_away_mark)
    if scope is not None:
        _throw_away(layout, is_whole_home=scope == "home")


def _throw_away(layout: Layout, *, is_whole_home: bool) -> None:
    """Remove the data, and with them the home if it was empty when the throw-away use began.

    Until our folder is renamed, whoever comes in waits at the users' lock; from then on, nothing but what was
    renamed is removed, since somebody may have made the folder afresh.
    """
    roots_data = read(layout.data_folder_record)
    if roots_data is not None:
        shutil.rmtree(roots_data, ignore_errors=True)
    for path in layout.home.iterdir() if is_whole_home else ():
        if path.is_dir() and not path.is_symlink() and path != layout.folder:
            shutil.rmtree(path, ignore_errors=True)
        elif path != layout.folder:
            path.unlink(missing_ok=True)
    layout.folder.rename(layout.removed())
    for path in filter(layout.is_removed, layout.home.iterdir()):
        shutil.rmtree(path, ignore_errors=True)
    if is_whole_home:
        with suppress(OSError):
            layout.home.rmdir()


def _servers(layout: Layout) -> list[EmbeddedServer]:
    """Both servers, after the end of what an earlier keeper left; none of their processes lives then."""
    account = server_account(layout.data_folder() / POSTGRES)
    programs = programs_for(account)
    held_lock = locks.opened(layout.servers_lock)
    servers: list[EmbeddedServer] = [
        EmbeddedPostgres(layout, account, programs, held_lock),
        EmbeddedValkey(layout, account, programs, held_lock),
    ]
    for server in servers:
        layout.start_log(server.name)
        server.stop()
    if not locks.taken_within(held_lock, locks.EXCLUSIVE, LOCK_SECONDS):
        raise ServerUnavailable(
            f"En annan server använder {layout.data_folder()}, kanske i en annan container: stoppa den först.",
            f"Another server uses {layout.data_folder()}, perhaps in another container: stop it first.",
        )
    return servers


def _report(layout: Layout, server: str, reason: ServerUnavailable | OSError) -> None:
    """Say in the log, and to the users who wait, why the server does not start."""
    log.error("%s does not start: %s", server, reason)
    if isinstance(reason, OSError):
        reason = ServerUnavailable(
            f"De inbäddade servrarna startar inte: {reason}.", f"The embedded servers do not start: {reason}."
        )
    write(layout.failed_mark(server), json.dumps([reason.swedish, reason.english]))


def _await_last_user(users_lock: int, nobody_left: threading.Event) -> None:
    locks.wait_for(users_lock, locks.EXCLUSIVE)
    nobody_left.set()


def _end(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    main()
