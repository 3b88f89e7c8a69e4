"""How does a server program start and end? As a child of the keeper; found again by the folder it works in.

PostgreSQL and Valkey both make their data folder their working directory, so a process is recognised by it, and
never by a process id in a file, which may belong to somebody else by now. Next: postgres.py, valkey.py.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psutil

from config.embedded.account import ServerAccount

SERVER_PROGRAMS = {"postgres", "valkey-server"}
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that a server inherits: PGPORT, PGDATA, LD_PRELOAD and the like in a user's shell must not reach it."""
STOP_SECONDS = 45.0
"""For a clean end: PostgreSQL writes what its buffers hold."""
ORPHAN_SECONDS = 5.0
KILL_SECONDS = 10.0


def start_program(
    command: list[str | Path],
    account: ServerAccount,
    folder: Path,
    log: BinaryIO,
    held_lock: int,
    config: bytes = b"",
) -> subprocess.Popen[bytes]:
    """Start a server in its data folder, with `config` on standard input; it holds `held_lock` while it lives."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=SERVER_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        umask=0o077,
        pass_fds=[held_lock],
        **account.owner(),
    )
    assert process.stdin is not None
    try:
        process.stdin.write(config)
        process.stdin.close()
    except BrokenPipeError:  # it has ended already: the caller sees that, and the log says why
        pass
    return process


def stop_program(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Ask a child to end and wait for it, at most `STOP_SECONDS`; `end_leftovers` takes what remains."""
    process.send_signal(how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(KILL_SECONDS)


def end_leftovers(folder: Path) -> None:
    """End every server process that works in `folder`: orphans of a crash, or a server whose keeper was killed.

    A whole server is asked through its parent process (SIGINT: PostgreSQL's fast shutdown); orphans end by
    themselves unless a query keeps them busy; what remains is killed.
    """
    found = _processes_in(folder)
    ids = {process.pid for process in found}
    topmost = [process for process in found if _parent_id(process) not in ids]
    for process in topmost:
        _send(process, signal.SIGINT)
    is_whole = len(topmost) < len(found)
    for process in _alive_after(found, STOP_SECONDS if is_whole else ORPHAN_SECONDS):
        _send(process, signal.SIGKILL)
    _alive_after(found, KILL_SECONDS)


def _processes_in(folder: Path) -> list[psutil.Process]:
    found, working_folder = [], os.path.realpath(folder)
    for process in psutil.process_iter():
        try:
            if process.name() in SERVER_PROGRAMS and process.cwd() == working_folder:
                found.append(process)
        except (psutil.Error, OSError):  # ended meanwhile, or another user's
            continue
    return found


def _alive_after(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still live, at once when none does, else after so many seconds."""
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    """Not ended, and no zombie: a container's first process may never collect the orphans that ended."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _parent_id(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.Error:
        return None


def _send(process: psutil.Process, how: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(how)
