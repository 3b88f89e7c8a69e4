"""Which faults are there? The register: every class by the phase in which it strikes, and by its name."""

from drill.fault import Fault
from drill.faults import clock, disk
from drill.faults.crash_points import CRASH_POINT_FAULTS
from drill.faults.hints import HINT_FAULTS
from drill.faults.imports import IMPORT_FAULTS
from drill.faults.network import NETWORK_FAULTS
from drill.faults.postgres_server import POSTGRES_FAULTS
from drill.faults.processes import PROCESS_FAULTS
from drill.faults.redis_server import REDIS_FAULTS
from drill.faults.saboteur import SABOTEUR_FAULTS
from drill.faults.upgrade import UPGRADE_FAULTS

PHASES: dict[str, tuple[Fault, ...]] = {
    "process": (*PROCESS_FAULTS, *CRASH_POINT_FAULTS, *UPGRADE_FAULTS),
    "infrastructure": (*POSTGRES_FAULTS, *REDIS_FAULTS, *NETWORK_FAULTS, *disk.DISK_FAULTS),
    "semantic": (*HINT_FAULTS, *SABOTEUR_FAULTS, *IMPORT_FAULTS, *clock.CLOCK_FAULTS),
}
"""The classes by phase, in the order of the campaign: what happens to processes, to the servers and the network between
them, and to what is said over it."""

FAULTS: dict[str, Fault] = {fault.name: fault for faults in PHASES.values() for fault in faults}
"""The classes by name."""

LEFT_OUT: dict[str, str] = {
    name: reason
    for reason, names in (
        (clock.WHY_NOT, ("clock-of-worker", "clock-of-dispatcher")),
        (disk.WHY_NO_DATA, ("disk-full-data",)),
    )
    if reason is not None
    for name in names
}
"""Classes that cannot strike on this machine, and why."""
