"""Which processes run, and who restarts them? The product's own, each with its log in a file, restarted when it dies.

Like backoffice/supervisor.py, but each process can be found, struck, replaced by another command, and left dead for
a while. Next: world.py, which decides what runs.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.lifeline import SUPERVISED

TEND_SECONDS = 0.1
LONGEST_PAUSE = 5.0
"""A process that keeps dying is started again after 0.2, 0.4, 0.8 … seconds, and at most this long."""
GRACE = 20.0
"""Seconds to finish after SIGTERM, when the drill is over."""

Wrap = Callable[[Sequence[str]], Sequence[str]]
"""What turns a command of the product into the one that is run."""


@dataclass(slots=True)
class Running:
    """A process that should be there. `once` is what the next start alone adds to its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    once: Mapping[str, str] = field(default_factory=dict)
    stays_dead: bool = False
    deaths: int = 0
    started: float = 0.0
    not_before: float = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None


class Processes:
    """The processes by name, tended by a thread of their own until the block is left. Names begin with what they are:
    `worker-1`, `worker-prefork`, `documents`, `dispatcher-1`, `web`."""

    def __init__(self, logs: Path, environment: Mapping[str, str], wrap: Wrap = list) -> None:
        self._logs = logs
        self._environment = dict(environment)
        self._wrap = wrap
        self._running: dict[str, Running] = {}
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="tender", daemon=True)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a process and keep it; `environment` is added to the common one."""
        with self._lock:
            running = Running(name, self._wrap(command), environment or {}, self._logs / f"{name}.log")
            self._running[name] = running
            self._spawn(running)

    def stop(self, *names: str, grace: float = GRACE) -> None:
        """Stop processes for good: SIGTERM, and SIGKILL for one that has not ended after `grace` seconds."""
        with self._lock:
            stopped = [self._running.pop(name) for name in names]
        _end(stopped, grace)

    def names(self, kind: str = "") -> list[str]:
        """The names of the processes that are kept, those that begin with `kind`."""
        with self._lock:
            return [name for name in self._running if name.startswith(kind)]

    def pid(self, name: str) -> int | None:
        """The process id, or None while it is dead, or when another strike has stopped it for good."""
        with self._lock:
            return self._running[name].pid if name in self._running else None

    def log(self, name: str) -> Path:
        """The file that all its lives have written to."""
        return self._logs / f"{name}.log"

    def children(self, name: str) -> list[psutil.Process]:
        """The children of a process: those of a prefork worker."""
        pid = self.pid(name)
        with suppress(psutil.NoSuchProcess):
            return [] if pid is None else list(psutil.Process(pid).children())
        return []

    def next_life(self, name: str, environment: Mapping[str, str]) -> None:
        """Add to the environment of the next start alone; the process that runs now is not touched."""
        with self._lock:
            self._running[name].once = dict(environment)

    @contextmanager
    def kept_dead(self, *names: str) -> Iterator[None]:
        """While the block lasts, these are not started again once they have died."""
        self._mark(names, stays_dead=True)
        try:
            yield
        finally:
            self._mark(names, stays_dead=False)

    def _mark(self, names: Sequence[str], *, stays_dead: bool) -> None:
        with self._lock:
            for name in names:
                self._running[name].stays_dead = stays_dead

    def _tend(self) -> None:
        while not self._stopped.wait(TEND_SECONDS):
            with self._lock:
                for running in self._running.values():
                    self._look_after(running)

    def _look_after(self, running: Running) -> None:
        if running.pid is not None or running.stays_dead:
            return
        now = time.monotonic()
        if running.not_before < running.started:
            running.deaths = running.deaths + 1 if now - running.started < 10 else 0
            running.not_before = now + min(LONGEST_PAUSE, 0.1 * 2**running.deaths)
        if now >= running.not_before:
            self._spawn(running)

    def _spawn(self, running: Running) -> None:
        if running.process is not None and running.process.stdin:
            running.process.stdin.close()
        with running.log.open("ab") as log:
            running.process = subprocess.Popen(
                list(running.command),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment, **running.environment, **running.once, SUPERVISED: "1"},
                start_new_session=True,
            )
        running.once = {}
        running.started = time.monotonic()

    def __enter__(self) -> "Processes":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        with self._lock:
            _end(list(self._running.values()), grace=2.0)
            self._running.clear()


def _end(ending: Sequence[Running], grace: float) -> None:
    processes = [each.process for each in ending if each.process is not None]
    for process in processes:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_session(process.pid)
            process.wait()
        if process.stdin:
            process.stdin.close()


def _kill_session(leader: int) -> None:
    """A process that does not end is killed with its children: each began a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
