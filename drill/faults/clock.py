"""What if a process's clock steps? Two hours ahead, two hours back, while it runs: the database's clock decides.

By Debian's `faketime`: the process is started anew with a clock that a file sets. A monotonic clock stays as it is, as
when a machine's clock is set. Seen in Redis, where the worker writes down when it took a message.
"""

import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis

from drill.fault import Evidence, Fault
from drill.faults.processes import await_life, came_true
from drill.world import KEY_PREFIX, World

HOURS = 2
SEEN_SECONDS = 20.0
UNACKED = f"{KEY_PREFIX}unacked_index"
"""kombu's set of messages under way; the score is the taker's clock."""


def faketime_library() -> Path | None:
    """The library that fakes the clock of a process with threads; None where `faketime` is not installed."""
    if shutil.which("faketime") is None:
        return None
    found = sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


WHY_NOT = None if faketime_library() else "Debians paket faketime är inte installerat (faketime is not installed)"
"""Why no clock can step here, or None."""


@dataclass(frozen=True, slots=True)
class StepClock:
    """The clock of a worker or a dispatcher steps ahead, back, and is right again."""

    name: str
    kind: str
    tells: str
    seconds: tuple[float, float] = (3.0, 6.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Let a process live its next life with a clock of ours, step it, see its moments, and give it back its own."""
        name = rng.choice([each for each in world.processes.names(self.kind) if each != "worker-prefork"])
        setting = world.home / f"clock-{name}"
        setting.write_text("+0")
        if not self._live_on(world, name, _environment(setting)):
            return Evidence(observed=False, what=f"{name} did not live with another clock")
        try:
            steps = [HOURS, -HOURS]
            rng.shuffle(steps)
            seen = [self._is_seen(world, setting, hours) for hours in steps]
            time.sleep(rng.uniform(*self.seconds))
        finally:
            self._live_on(world, name, {})
        return Evidence(all(seen), f"{name}: its clock stepped by {steps[0]:+} h and by {steps[1]:+} h")

    def _live_on(self, world: World, name: str, environment: dict[str, str]) -> bool:
        """Another life, with these variables."""
        pid = world.processes.pid(name)
        world.processes.next_life(name, environment)
        if pid is not None:
            before = psutil.Process(pid)
            before.send_signal(signal.SIGKILL)
            return await_life(world, [name], instead_of={name: before})
        return await_life(world, [name])

    def _is_seen(self, world: World, setting: Path, hours: int) -> bool:
        setting.write_text(f"{hours:+}h")
        if self.kind == "worker-":
            return came_true(lambda: _is_written(world, hours), SEEN_SECONDS)
        return abs(_clock_of(setting) - time.time() - 3600 * hours) < 60


def _is_written(world: World, hours: int) -> bool:
    """Whether a message under way was taken at a moment so many hours away."""
    with suppress(redis.RedisError, OSError), world.redis() as client:
        moments = [score for _, score in client.zrange(UNACKED, 0, -1, withscores=True)]
        return any(abs(score - time.time() - 3600 * hours) < 600 for score in moments)
    return False


def _clock_of(setting: Path) -> float:
    """What a process with that setting takes for now."""
    done = subprocess.run(["date", "+%s"], env=_environment(setting), capture_output=True, check=True, timeout=30)
    return float(done.stdout)


def _environment(setting: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(faketime_library()),
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        # With a faked monotonic clock Python's waits hang.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


CLOCK_FAULTS: tuple[Fault, ...] = (
    ()
    if WHY_NOT
    else (
        StepClock("clock-of-worker", "worker-", "A worker's clock steps 2 h ahead and back: others' messages return."),
        StepClock("clock-of-dispatcher", "dispatcher-", "A dispatcher's clock steps 2 h ahead and back."),
    )
)
