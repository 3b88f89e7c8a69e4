"""Which faults are there? The register: every class by the phase in which it strikes, and by its name."""

from drill.fault import Fault
from drill.faults.processes import PROCESS_FAULTS

PHASES: dict[str, tuple[Fault, ...]] = {
    "process": PROCESS_FAULTS,
    "infrastructure": (),
    "semantic": (),
}
"""The classes by phase, in the order of the campaign: what happens to processes, to the servers and the network between
them, and to what is said over it."""

FAULTS: dict[str, Fault] = {fault.name: fault for faults in PHASES.values() for fault in faults}
"""The classes by name."""
