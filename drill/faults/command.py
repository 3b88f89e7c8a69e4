"""How does a strike run the product's command? As a person at the terminal, on the served addresses."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from config.fault_points import FOLDER, Kind, arm
from drill.world import World

COMMAND = Path(sys.executable).parent / "orderflode"
LONGEST = 90.0
"""Seconds a command may take while everything breaks around it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit status, and what it showed."""

    status: int
    out: str


def run_command(world: World, *words: str, typed: str = "", armed: str | None = None, kind: Kind = "exit") -> Ended:
    """Run it to its end; `typed` is its standard input. `armed` is a fault point at which it ends or stands still."""
    with ExitStack() as folders:
        environment = {**os.environ, **world.environment}
        environment.pop(FOLDER, None)
        if armed is not None:
            folder = Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="points-")))
            arm(folder, armed, kind)
            environment[FOLDER] = str(folder)
        with (world.logs / "commands.log").open("ab") as log:
            done = subprocess.run(
                [COMMAND, *words],
                env=environment, input=typed, stdout=subprocess.PIPE, stderr=log, text=True, timeout=LONGEST,
                check=False,
            )  # fmt: skip
    return Ended(done.returncode, done.stdout)
