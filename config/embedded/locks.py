"""How do processes wait for each other? By flock(2) on files, which the kernel releases however a process dies.

Shared and exclusive locks, always with a deadline. Next: lease.py and keeper.py, which say what each lock means.
"""

import fcntl
import os
import time
from pathlib import Path

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
POLL_SECONDS = 0.02


def opened(path: Path) -> int:
    """Open (and make, mode 0600) a lock file; the descriptor is not inherited by programs we start."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def taken(lock: int, kind: int) -> bool:
    """Try to take the lock at once; False when somebody else's lock is in the way."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def taken_within(lock: int, kind: int, seconds: float) -> bool:
    """Try to take the lock for at most so many seconds."""
    deadline = time.monotonic() + seconds
    while not taken(lock, kind):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def wait_for(lock: int, kind: int) -> None:
    """Take the lock, however long it takes. For the keeper, whose life is this wait."""
    fcntl.flock(lock, kind)


def let_go(lock: int) -> None:
    """Give the lock up and keep the file open; it is given up for forked children that share it, too."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def released(lock: int) -> None:
    """Give the lock up and close its file."""
    let_go(lock)
    os.close(lock)


def is_at(lock: int, path: Path) -> bool:
    """Whether `path` still is the locked file: a throw-away folder may have been removed while we waited."""
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False
