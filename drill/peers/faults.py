"""Which faults mean something to a peer? The drill's own classes, less those that are about parts it does not have.

What is left out is named with its reason in every report. A client is killed in the place of the web process: both
take orders. Next: end_state.py, what is judged.
"""

from collections.abc import Mapping

from drill.fault import Fault
from drill.faults import FAULTS, PHASES
from drill.faults.processes import Kill
from drill.peers.engines import Engine

KILL_CLIENT = Kill("kill-client", "client-", "Who takes orders is killed: what was acknowledged goes its way.")

_NO_SUCH_PROCESS = "no such process"
_OUR_POINTS = "fault points are compiled into the product alone"
_OUR_HINTS = "about the product's hints and its dispatcher"
_NO_DOCUMENTS = "no documents, imports or looks at patients"
_EVIDENCE = "its evidence is read from the product's own logs and keys"

LEFT_OUT: Mapping[str, str] = {
    name: reason
    for reason, names in (
        (_NO_SUCH_PROCESS, (
            "kill-documents", "kill-dispatcher", "kill-web", "freeze-dispatcher", "freeze-web", "end-dispatcher",
            "end-web", "clock-of-dispatcher",
        )),
        (_OUR_POINTS, ("crash-point-worker", "crash-point-stall", "crash-point-dispatcher")),
        (_OUR_HINTS, ("hints-doubled", "hints-replayed", "hints-forged", "messages-malformed", "other-release")),
        (_NO_DOCUMENTS, (
            "crash-point-document", "crash-point-import", "crash-point-look", "disk-full-documents", "two-imports",
        )),
        (_EVIDENCE, ("clock-of-worker", "disk-full-data")),
        ("nothing at READ COMMITTED fails so by itself: it would count against whoever does not try again",
            ("serialization-failures",)),
    )
    for name in names
}  # fmt: skip
"""Classes that no peer is struck with, and why."""


def phases_for(engine: Engine) -> dict[str, tuple[Fault, ...]]:
    """The classes that the engine is struck with, by phase, in the order of the product's own drill."""
    left_out = left_out_for(engine)
    phases = {phase: tuple(fault for fault in faults if fault.name not in left_out) for phase, faults in PHASES.items()}
    return phases | {"process": (*phases["process"], KILL_CLIENT)}


def left_out_for(engine: Engine) -> dict[str, str]:
    """The classes that it is not struck with, and why."""
    left_out = {name: reason for name, reason in LEFT_OUT.items() if name in FAULTS}
    if not engine.broker:
        left_out |= {name: "it does not use Redis" for name in FAULTS if name.startswith("redis-")}
    if "worker-prefork" not in engine.workers:
        left_out |= {"kill-worker-child": "its workers have no children"}
    return left_out
