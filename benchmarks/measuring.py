"""What does a contender cost? Its own processes, started and stopped, with their CPU and their largest size."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.contender import Run
from benchmarks.servers import Servers, cpu_of

POLL = 0.01
"""Seconds between two looks at whether a run has begun or ended."""
SAMPLE = 0.2
"""Seconds between two looks at the size of the processes."""
GRACE = 20.0


@dataclass(slots=True)
class Processes:
    """A contender's processes."""

    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    peak_mb: float = 0.0

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Start one more; what it says goes to standard error."""
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=2, start_new_session=True
        )
        self.running.append(process)
        return process

    def cpu(self) -> float:
        """CPU seconds of all of them until now."""
        return sum(cpu_of(psutil.Process(process.pid)) for process in self.running if process.poll() is None)

    def check(self) -> None:
        """Raises ChildProcessError when one has ended: what is left would be measured in its place."""
        ended = [process.args for process in self.running if process.poll() is not None]
        if ended:
            raise ChildProcessError(f"ended while it was measured: {ended}")

    def sample(self) -> None:
        """Look at their sizes once."""
        for process in self.running:
            try:
                parent = psutil.Process(process.pid)
                sizes = [each.memory_info().rss for each in (parent, *parent.children(recursive=True))]
            except psutil.NoSuchProcess:
                continue
            self.peak_mb = max(self.peak_mb, *(size / 1e6 for size in sizes))

    def stop(self) -> None:
        """Stop them: SIGTERM, and SIGKILL for one that has not ended in time."""
        for process in self.running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self.running:
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
        done.set()
        watcher.join()
        group.stop()


def timed(
    servers: Servers,
    group: Processes,
    orders: int,
    *,
    begun: Callable[[], bool],
    ended: Callable[[], bool],
    longest: float = 600.0,
) -> Run:
    """Wait until the work has begun and until it has ended; what lies between is the run.

    `begun` and `ended` are asked every 10 ms. Raises TimeoutError after `longest` seconds.
    """
    deadline = time.monotonic() + longest

    def wait_for(condition: Callable[[], bool]) -> None:
        while not condition():
            group.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done after {longest:.0f} s")
            time.sleep(POLL)

    wait_for(begun)
    clock, cpu = time.monotonic(), {"own": group.cpu(), **servers.cpu()}
    wait_for(ended)
    seconds = time.monotonic() - clock
    after = {"own": group.cpu(), **servers.cpu()}
    group.sample()
    return Run(orders, seconds, {whose: after[whose] - cpu[whose] for whose in cpu}, group.peak_mb)
