"""Where can a process be made to fail? At its commit boundaries, by name: for the tests and the drill alone.

Off unless ORDERFLODE_FAULT_POINTS names a folder. There a point is armed by a file, which the first process that
comes to the point takes by renaming it: it fires once, whoever comes at the same time, and the new name tells who
fired. The points stand in the code as `fault_point("…")`; their names are POINTS.
"""

import os
import time
from pathlib import Path
from typing import Literal, get_args

FOLDER = "ORDERFLODE_FAULT_POINTS"
"""The environment variable that names the folder where points are armed; it is read when the process begins."""

Kind = Literal["exit", "exception", "stall"]
"""What happens: the process ends as by SIGKILL or a power cut; an error is raised; it stands still for STALL."""

KILLED = 137
"""The exit status of a process that a point ended: a shell's for SIGKILL."""

STALL = 5.0
"""Seconds: longer than a lock is waited for, shorter than an idle transaction is suffered."""

POINTS = {
    "step.before_claim": "a step's transaction is open, and nothing is claimed",
    "step.journalled": "the claim stands in the journal, and nothing is done",
    "step.worked": "a cohort's work is done, its claim still stands",
    "transaction.before_commit": "everything is written, in any transaction",
    "transaction.after_commit": "it is durable, and the caller does not know yet",
    "recovery.given_back": "a dead worker's orders are given back, its claim is gone",
    "hint.before_publish": "something is due, and nobody is told",
    "hint.after_publish": "the message is sent, and not noted as sent",
    "intake.stored": "orders are stored, and neither committed nor acknowledged",
    "document.written": "a document's bytes are written, under its draft's name",
    "document.renamed": "a document has its name, and is not registered",
    "access.logged": "a look at a patient is logged, and nothing is shown",
    "keys.announced": "the new keys are in the file, and nothing is written with them",
    "keys.taken_over": "the new keys write by the file, and the database does not know",
    "keys.resealed": "some of what is sealed is sealed anew, and not committed",
    "daily.claimed": "a job of the day has put itself off, and not begun",
}
"""Every point, and what is true when a process stands there."""


_folder = os.environ.get(FOLDER)


class InjectedFault(Exception):
    """Ett fel som övningen lade in (a fault that the drill injected)."""


def fault_point(name: str) -> None:
    """Fail here, if `name` is armed. Costs a call and one look-up when points are off."""
    if _folder is not None:
        _fire(Path(_folder), name)


def arm(folder: Path, name: str, kind: Kind, pid: int | None = None) -> None:
    """Let the next process that comes to the point fail once; with `pid` that process alone."""
    if name not in POINTS or kind not in get_args(Kind):
        raise ValueError(f"no such fault point: {name} {kind}")
    draft = folder / f".{name}.{pid}.{time.monotonic_ns()}"
    draft.write_text(kind)
    draft.replace(_armed(folder, name, pid))


def disarm(folder: Path, pid: int | None = None) -> list[str]:
    """Take away what is armed and has not fired, with `pid` for that process; returns what: `name.any`, `name.PID`."""
    found = sorted(folder.glob(f"*.{pid or '*'}.armed"))
    for file in found:
        file.unlink(missing_ok=True)
    return [file.stem for file in found]


def fired(folder: Path) -> list[tuple[str, int]]:
    """(point, process id) of everything that has fired, in the order of names."""
    names = [file.stem.rsplit(".", 1) for file in folder.glob("*.fired")]
    return sorted((name.rsplit(".", 1)[0], int(pid)) for name, pid in names)


def _armed(folder: Path, name: str, pid: int | None) -> Path:
    return folder / f"{name}.{pid or 'any'}.armed"


def _fire(folder: Path, name: str) -> None:
    pid = os.getpid()
    taken = folder / f"{name}.{time.monotonic_ns()}.{pid}.fired"
    for armed in (_armed(folder, name, pid), _armed(folder, name, None)):
        try:
            armed.rename(taken)
        except FileNotFoundError:
            continue
        _fail(name, taken.read_text())


def _fail(name: str, kind: str) -> None:
    if kind == "exit":
        os._exit(KILLED)
    if kind == "stall":
        time.sleep(STALL)
    else:
        raise InjectedFault(name)
