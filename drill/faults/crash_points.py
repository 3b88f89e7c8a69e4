"""What if a process fails precisely at a commit boundary? The points of config/fault_points.py, armed one at a time.

A strike arms a point for a process that runs, and sees it fire: by the name of the file that armed it. What nobody
does by himself in the drill, the strike does: it imports, and looks at a patient, with the product's command.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import psutil

from config.fault_points import KILLED, STALL, Kind, arm, disarm, fired
from drill.fault import Evidence, Fault
from drill.faults.command import run_command
from drill.faults.imports import imported_orders
from drill.faults.processes import await_life, came_true, is_gone
from drill.world import World
from exchange.demo_data.patients import official_test_numbers

FIRES_SECONDS = 30.0
"""How long a process may take to come to a point: some come there only when something else is due."""
MOST_TRIES = 3
"""How often a command is run that something else may have broken meanwhile."""


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """A process of a kind fails at one of the points, when it next comes there."""

    name: str
    kinds: Sequence[str]
    points: Sequence[str]
    how: Sequence[Kind]
    tells: str

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Arm a point for a process, see it fire, and see the process end, if it is to."""
        processes = [name for kind in self.kinds for name in world.processes.names(kind) if name != "worker-prefork"]
        await_life(world, processes)
        point, kind = rng.choice(self.points), rng.choice(self.how)
        living = {pid: psutil.Process(pid) for name in processes if (pid := world.processes.pid(name)) is not None}
        before = Counter(fired(world.fault_points))
        for pid in living:
            arm(world.fault_points, point, kind, pid)
        try:
            came_true(lambda: Counter(fired(world.fault_points)) - before, FIRES_SECONDS)
        finally:
            for pid in living:
                disarm(world.fault_points, pid)
        struck = [pid for name, pid in Counter(fired(world.fault_points)) - before if name == point and pid in living]
        ended = kind != "exit" or all(came_true(partial(is_gone, living[pid]), 10) for pid in struck)
        if kind == "stall":
            time.sleep(STALL)
        await_life(world, processes)
        return Evidence(bool(struck) and ended, f"{point}: {kind} of {len(struck)} processes")


@dataclass(frozen=True, slots=True)
class ImportDies:
    """An import is killed before its commit, or when that is not told yet; then it is run again."""

    name: str = "crash-point-import"
    tells: str = "An import dies around its commit, and is run again: every order is there once."
    points: tuple[str, ...] = ("intake.stored", "transaction.before_commit", "transaction.after_commit")

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Run an import that dies, see that it did, and run it again to its end."""
        point = rng.choice(self.points)
        with imported_orders(world, rng, 20) as orders:
            died = any(orders.take_in(armed=point).status == KILLED for _ in range(MOST_TRIES))
            taken = any(orders.take_in().status == 0 for _ in range(MOST_TRIES))
        return Evidence(died and taken, f"{point}: the import died, and the next one took the rest")


@dataclass(frozen=True, slots=True)
class LookDies:
    """A look at a patient dies when it is logged and not committed: then nothing may have been shown."""

    name: str = "crash-point-look"
    tells: str = "A look at a patient dies before its log is committed: nothing was shown."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Look at a patient whom an order in the drill is for, and see that the command showed nothing."""
        number = rng.choice(official_test_numbers())
        words = ("patient", "show", "--reason", "uppföljning")
        for _ in range(MOST_TRIES):
            ended = run_command(world, *words, typed=number, armed="access.logged")
            if ended.status == KILLED:
                break
        return Evidence(ended.status == KILLED and ended.out == "", "access.logged: the look died and showed nothing")


WORK = ("step.before_claim", "step.journalled", "step.worked", "transaction.before_commit", "transaction.after_commit")

CRASH_POINT_FAULTS: tuple[Fault, ...] = (
    CrashPoint(
        "crash-point-worker", ("worker-",), WORK, ("exit", "exception"),
        "A worker dies or fails at a commit boundary: its orders are tried again, and nothing is done twice.",
    ),
    CrashPoint(
        "crash-point-stall", ("worker-",), WORK, ("stall",),
        "A worker stands still for 5 s inside its transaction: others go on, and nothing is done twice.",
    ),
    CrashPoint(
        "crash-point-dispatcher", ("dispatcher-",), ("hint.before_publish", "hint.after_publish"),
        ("exit", "exception", "stall"),
        "A dispatcher dies, fails or stands still around its message: the other one hints.",
    ),
    CrashPoint(
        "crash-point-document", ("documents",), ("document.written", "document.renamed"),
        ("exit", "exception", "stall"),
        "Whoever writes a document dies before or after it has its name: it is whole, or rendered again.",
    ),
    ImportDies(),
    LookDies(),
)  # fmt: skip
