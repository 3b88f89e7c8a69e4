"""How is a keeper started, and does one live? By its lock; as a process that belongs to no terminal.

Next: keeper.py, what it does then; lease.py, who starts it.
"""

import os
import subprocess
import sys
from pathlib import Path

from config.embedded import locks
from config.embedded.layout import POSTGRES, VALKEY, Layout

_started: list[subprocess.Popen[bytes]] = []
"""Keepers this process started: polled, so that one that ended does not stay as a zombie."""


def keeper_lives(layout: Layout) -> bool:
    """Whether a keeper is at work in this home."""
    lock = locks.opened(layout.keeper_lock)
    try:
        return not locks.taken(lock, locks.SHARED)
    finally:
        os.close(lock)


def start_keeper(layout: Layout) -> subprocess.Popen[bytes]:
    """Start a keeper in a session of its own: no terminal's Ctrl-C or hang-up reaches it or the servers."""
    for server in (POSTGRES, VALKEY):
        layout.ready_mark(server).unlink(missing_ok=True)
        layout.failed_mark(server).unlink(missing_ok=True)
    # Its import path is exactly ours, wherever we were started; -P keeps its working folder out of it.
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    with layout.start_log("keeper").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-P", "-m", "config.embedded.keeper", layout.home],
            cwd="/",
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    collect_keepers()
    _started.append(keeper)
    return keeper


def collect_keepers() -> None:
    """Let the kernel forget keepers that we started and that have ended."""
    _started[:] = [keeper for keeper in _started if keeper.poll() is None]
