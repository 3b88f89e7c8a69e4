"""What happens to processes? Killed, frozen, asked to end and then killed: workers, a worker's child, dispatchers, web.

A killed process is seen to be gone, a frozen one to stand still; what died is started again by the world.
"""

import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

import psutil

from drill.fault import Evidence, Fault
from drill.world import World

RESTART_SECONDS = 15.0
EFFECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL: nothing is cleaned up."""

    name: str
    kind: str
    tells: str
    how_many: Literal["one", "all"] = "one"

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Kill, see that the processes are gone, and wait until others are in their place."""
        names = world.processes.names(self.kind)
        struck = [rng.choice(names)] if self.how_many == "one" else names
        victims = _alive(world, struck)
        for victim in victims.values():
            victim.send_signal(signal.SIGKILL)
        gone = [name for name, victim in victims.items() if came_true(partial(is_gone, victim), EFFECT_SECONDS)]
        await_life(world, struck, instead_of=victims)
        return Evidence(bool(victims) and len(gone) == len(victims), f"{', '.join(gone)}: SIGKILL, gone")


@dataclass(frozen=True, slots=True)
class KillChild:
    """SIGKILL to the process that does the work of a prefork worker, as when memory runs out."""

    name: str = "kill-worker-child"
    tells: str = "A worker's child is killed in the middle of its task; the parent starts another one."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Kill the child, see that it is gone, and wait for another one."""
        parent = "worker-prefork"
        if not came_true(lambda: world.processes.children(parent), RESTART_SECONDS):
            return Evidence(observed=False, what="there was no child")
        child = rng.choice(world.processes.children(parent))
        child.send_signal(signal.SIGKILL)
        gone = came_true(lambda: is_gone(child), EFFECT_SECONDS)
        came_true(lambda: world.processes.children(parent), RESTART_SECONDS)
        return Evidence(gone, f"child {child.pid} of {parent} is gone")


@dataclass(frozen=True, slots=True)
class Freeze:
    """SIGSTOP, and SIGCONT after a while: to everybody else the process seems dead, and then it goes on."""

    name: str
    kind: str
    tells: str
    seconds: tuple[float, float]

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Freeze a process with its children, see that it stands still, and let it go on."""
        name = rng.choice(world.processes.names(self.kind))
        victims = _alive(world, [name])
        if not victims:
            return Evidence(observed=False, what=f"{name} was dead")
        family = [*victims.values(), *world.processes.children(name)]
        try:
            for process in family:
                process.send_signal(signal.SIGSTOP)
            stood = came_true(lambda: family[0].status() == psutil.STATUS_STOPPED, EFFECT_SECONDS)
            seconds = rng.uniform(*self.seconds)
            time.sleep(seconds)
            stood = stood and family[0].status() == psutil.STATUS_STOPPED
        finally:
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)
        went_on = came_true(lambda: family[0].status() != psutil.STATUS_STOPPED, EFFECT_SECONDS)
        return Evidence(stood and went_on, f"{name} stood still for {seconds:.1f} s")


@dataclass(frozen=True, slots=True)
class EndThenKill:
    """SIGTERM in the middle of the work, and SIGKILL when it has not ended soon after."""

    name: str
    kind: str
    tells: str
    patience: float = 2.0

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Ask a process to end, kill it if it does not, and wait for another one in its place."""
        name = rng.choice(world.processes.names(self.kind))
        victims = _alive(world, [name])
        if not victims:
            return Evidence(observed=False, what=f"{name} was dead")
        (victim,) = victims.values()
        victim.send_signal(signal.SIGTERM)
        by_itself = came_true(lambda: is_gone(victim), self.patience)
        if not by_itself:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        gone = came_true(lambda: is_gone(victim), EFFECT_SECONDS)
        await_life(world, [name], instead_of={name: victim})
        return Evidence(gone, f"{name} ended {'by itself' if by_itself else 'by SIGKILL'} after SIGTERM")


def _alive(world: World, names: Sequence[str]) -> dict[str, psutil.Process]:
    """The living processes of these names; one that has just died is waited for."""
    await_life(world, names)
    found = {}
    for name in names:
        pid = world.processes.pid(name)
        if pid is not None:
            with suppress(psutil.NoSuchProcess):
                found[name] = psutil.Process(pid)
    return found


def await_life(world: World, names: Sequence[str], instead_of: Mapping[str, psutil.Process] | None = None) -> bool:
    """Wait until each of the processes lives, and is another one than before; False if one does not in time."""
    before = {name: process.pid for name, process in (instead_of or {}).items()}
    return came_true(
        lambda: all(world.processes.pid(name) not in (None, before.get(name)) for name in names), RESTART_SECONDS
    )


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended; one that nobody has collected yet has ended as well."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def came_true(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


PROCESS_FAULTS: tuple[Fault, ...] = (
    Kill("kill-worker", "worker-", "A worker is killed: what it had claimed is tried again."),
    KillChild(),
    Kill("kill-all-workers", "worker-", "All workers are killed at once: the orders wait, and go on.", "all"),
    Kill("kill-documents", "documents", "The worker of documents is killed: no half document is left."),
    Kill("kill-dispatcher", "dispatcher-", "A dispatcher is killed: the other one leads."),
    Kill("kill-web", "web", "The web process is killed: what it acknowledged is there."),
    Freeze("freeze-worker", "worker-", "A worker stands still and goes on later: others did its work.", (3.0, 18.0)),
    Freeze("freeze-dispatcher", "dispatcher-", "A dispatcher stands still, perhaps the leader.", (2.0, 8.0)),
    Freeze("freeze-web", "web", "The web process stands still: the orders go on.", (1.0, 4.0)),
    EndThenKill("end-worker", "worker-", "A worker is asked to end in its work, and killed 2 s later."),
    EndThenKill("end-dispatcher", "dispatcher-", "A dispatcher is asked to end, and killed 2 s later."),
    EndThenKill("end-web", "web", "The web process is asked to end, and killed 2 s later."),
)
