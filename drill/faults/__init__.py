"""Which faults are there? The register: every class by its name."""

from drill.fault import Fault
from drill.faults.processes import PROCESS_FAULTS

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*PROCESS_FAULTS,)}
"""The classes by name."""
