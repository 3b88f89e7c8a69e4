"""What happens while a new release comes in? Workers are restarted one by one, and others know other task names."""

import random
import sys
from dataclasses import dataclass
from functools import partial

import psutil

from config.celery_settings import CANARY_QUEUE
from drill.fault import Evidence, Fault
from drill.faults.processes import await_life, came_true, is_gone
from drill.world import World
from workflows.steps.main_line import EVENTS

END_SECONDS = 30.0
OTHER_RELEASE = "drill.faults.other_release:app"
DISCARDED = b"Received unregistered task"
"""What Celery says of a message whose task a worker does not know."""


@dataclass(frozen=True, slots=True)
class RollingRestart:
    """The workers, the dispatchers and the web process are asked to end, one after the other."""

    name: str = "rolling-upgrade"
    tells: str = "Every process is restarted in its turn, as for a new release: the others go on meanwhile."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """End each process in order, and see another one in its place before the next one ends."""
        names = [name for name in world.processes.names() if not name.startswith("client-")]
        rng.shuffle(names)
        renewed = [name for name in names if self._renew(world, name)]
        return Evidence(renewed == names, f"{len(renewed)} of {len(names)} processes renewed in turn")

    def _renew(self, world: World, name: str) -> bool:
        await_life(world, [name])
        pid = world.processes.pid(name)
        if pid is None:
            return False
        before = psutil.Process(pid)
        before.terminate()
        if not came_true(partial(is_gone, before), END_SECONDS):
            before.kill()
        return await_life(world, [name], instead_of={name: before})


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """A worker of a release that has none of our tasks takes our messages, and throws them away."""

    name: str = "other-release"
    tells: str = "A worker of another release discards hints that it does not know: they are sent again."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Run it beside ours until it has discarded some, and end it."""
        name = "other-release"
        log = world.processes.log(name)
        before = _discarded(log.read_bytes()) if log.exists() else 0
        at_least = rng.randint(1, 3)
        world.processes.start(name, other_worker())
        try:
            came_true(lambda: _discarded(log.read_bytes()) >= before + at_least, END_SECONDS)
        finally:
            world.processes.stop(name, grace=5.0)
        number = _discarded(log.read_bytes()) - before
        return Evidence(number > 0, f"{number} hints discarded by a worker that does not know their tasks")


def _discarded(log: bytes) -> int:
    return log.count(DISCARDED)


def other_worker() -> list[str]:
    """Its command."""
    queues = ",".join([*EVENTS, CANARY_QUEUE])
    return [
        sys.executable, "-m", "celery", "-A", OTHER_RELEASE, "--quiet", "worker", "--pool", "solo",
        "--without-gossip", "--without-mingle", "--loglevel", "ERROR", "--hostname", "other@%h", "--queues", queues,
    ]  # fmt: skip


UPGRADE_FAULTS: tuple[Fault, ...] = (RollingRestart(), OtherRelease())
