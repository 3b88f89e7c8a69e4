"""What does a contender cost? Its own processes, started and stopped, with their CPU and their sizes.

Next: product.py, and limit/ and peers/, which are measured by it.
"""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

import psutil

from benchmarks.contender import Run
from benchmarks.servers import Servers, cpu_of

SHORTEST_POLL, LONGEST_POLL = 0.01, 0.1
"""Seconds between two looks at whether a run has begun or ended. A look costs PostgreSQL CPU that the run is charged
for: after the first second they come at a hundredth of the time that has passed."""
SAMPLE = 0.2
"""Seconds between two looks at the size of the processes."""
GRACE = 20.0


@dataclass(slots=True)
class Processes:
    """A contender's processes, by name, and what size each had at which moment."""

    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    sizes: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Name → (seconds on the monotonic clock, MB), every 0.2 s; a process with children is as large as the largest."""

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        out: IO[bytes] | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Start one more; what it says goes to `out`, or to standard error."""
        # In a process group of its own Ctrl-C does not reach it, only `stop`: it is not to end while it is measured.
        # Not a session: Linux would then take no notice of niceness between them, as supervisor.py says.
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out or 2,
            process_group=0,
        )
        self.running[name] = process
        return process

    def cpu(self, *names: str) -> float:
        """CPU seconds until now of those named, or of all."""
        chosen = [process for name, process in self.running.items() if not names or name in names]
        return sum(cpu_of(psutil.Process(process.pid)) for process in chosen if process.poll() is None)

    def check(self) -> None:
        """Raises ChildProcessError when one has ended: what is left would be measured in its place."""
        ended = [name for name, process in self.running.items() if process.poll() is not None]
        if ended:
            raise ChildProcessError(f"ended while it was measured: {', '.join(ended)}")

    def sample(self) -> None:
        """Look at their sizes once."""
        for name, process in list(self.running.items()):
            try:
                parent = psutil.Process(process.pid)
                size = max(each.memory_info().rss for each in (parent, *parent.children(recursive=True)))
            except psutil.NoSuchProcess:
                continue
            self.sizes.setdefault(name, []).append((time.monotonic(), size / 1e6))

    def peaks_mb(self) -> dict[str, float]:
        """The largest size that each was seen with."""
        return {name: max((size for _, size in seen), default=0.0) for name, seen in list(self.sizes.items())}

    def stop(self) -> None:
        """Stop them: SIGTERM, and SIGKILL for one that has not ended in time."""
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def processes() -> Iterator[Processes]:
    """A contender's processes, stopped when the block ends; their sizes are sampled meanwhile."""
    group = Processes()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE):
            group.sample()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield group
    finally:
        try:
            done.set()
            watcher.join()
        finally:
            group.stop()


def wait_until(condition: Callable[[], bool], group: Processes, longest: float = 600.0) -> None:
    """Wait for it. Raises TimeoutError after `longest` seconds, ChildProcessError when a process ends meanwhile."""
    began = time.monotonic()
    while not condition():
        group.check()
        passed = time.monotonic() - began
        if passed > longest:
            raise TimeoutError(f"not done after {longest:.0f} s")
        time.sleep(min(LONGEST_POLL, max(SHORTEST_POLL, passed / 100)))


def timed(
    servers: Servers,
    group: Processes,
    orders: int,
    *,
    begun: Callable[[], bool],
    ended: Callable[[], bool],
    longest: float = 600.0,
) -> Run:
    """Wait until the work has begun and until it has ended; what lies between is the run. Raises as `wait_until`."""
    wait_until(begun, group)
    clock, cpu = time.monotonic(), {"own": group.cpu(), **servers.cpu()}
    wait_until(ended, group, longest)
    seconds = time.monotonic() - clock
    after = {"own": group.cpu(), **servers.cpu()}
    group.sample()
    return Run(orders, seconds, {whose: after[whose] - cpu[whose] for whose in cpu}, group.peaks_mb())
