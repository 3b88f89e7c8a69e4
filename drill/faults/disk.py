"""What if a disk is full? The documents' folder, and the data of PostgreSQL.

Documents: the kernel refuses their writer every byte beyond a limit, as a full disk does. Data: the history of the
orders stands on a small file system of its own for a while, which is filled; that takes root.
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.layout import Layout
from drill.fault import Evidence, Fault
from drill.faults.postgres_server import with_retries
from drill.faults.processes import await_life, came_true
from drill.faults.turns import turn_at
from drill.world import World

HIT_SECONDS = 45.0
"""How long until something is to be written to what is full: a worker that has lost Redis tries again after 32 s at
most."""
FEW_BYTES = 4_000
"""How much of a document fits."""


def can_mount() -> bool:
    """Whether this process may mount a file system."""
    return os.geteuid() == 0 and shutil.which("mount") is not None and "CapEff:\t0000000000000000" not in _status()


def _status() -> str:
    return Path("/proc/self/status").read_text()


WHY_NO_DATA = None if can_mount() else "bara root kan montera ett litet filsystem (only root can mount)"
"""Why PostgreSQL's disk cannot be full here, or None."""


@dataclass(frozen=True, slots=True)
class DocumentsFull:
    """Whoever writes documents can write their beginning alone."""

    name: str = "disk-full-documents"
    tells: str = "The documents' disk is full: no half document is left, no number is lost, orders go on."
    seconds: tuple[float, float] = (2.0, 5.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Limit the writer, see a document that was due and could not be stored, and take the limit away."""
        await_life(world, ["documents"])
        pid = world.processes.pid("documents")
        if pid is None:
            return Evidence(observed=False, what="the worker of documents was dead")
        writer = psutil.Process(pid)
        soft, hard = writer.rlimit(psutil.RLIMIT_FSIZE)
        before = _left_to_first_request(world)
        writer.rlimit(psutil.RLIMIT_FSIZE, (FEW_BYTES, hard))
        try:
            came_true(lambda: _left_to_first_request(world) > before, HIT_SECONDS)
            time.sleep(rng.uniform(*self.seconds))
        finally:
            with suppress(psutil.NoSuchProcess):
                writer.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))
        number = _left_to_first_request(world) - before
        return Evidence(number > 0, f"{number} documents could not be stored, and are left to their first request")


def _left_to_first_request(world: World) -> int:
    with world.session() as session:
        row = session.execute(
            "SELECT count(*) FROM utleverans u WHERE NOT note_due "
            "AND NOT EXISTS (SELECT FROM document d WHERE d.utleverans = u.id)"
        ).fetchone()
    return 0 if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class DataFull:
    """The disk under a table that every step writes to is full."""

    name: str = "disk-full-data"
    tells: str = "PostgreSQL's disk is full (not the log's): every step fails as a whole, and goes on afterwards."
    seconds: tuple[float, float] = (2.0, 5.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Move the history to a small disk, fill it, see that nothing can be written, and move it back."""
        with turn_at("postgres"), _small_disk(world) as disk:
            filler, told = disk / "filler", _told_full(world)
            try:
                with_retries(lambda: _execute(world, "ALTER TABLE history SET TABLESPACE drill"))
                _fill(filler)
                hit = came_true(lambda: _told_full(world) > told, HIT_SECONDS)
                time.sleep(rng.uniform(*self.seconds))
                moves = _steps(world)
                time.sleep(1.0)
                stood = _steps(world) - moves
            finally:
                filler.unlink(missing_ok=True)
                with_retries(lambda: _execute(world, "ALTER TABLE history SET TABLESPACE pg_default"))
        return Evidence(hit, f"no space left for the history; {stood} rows a second found a place meanwhile")


@contextmanager
def _small_disk(world: World) -> Iterator[Path]:
    """A tablespace `drill` on a file system a little larger than the history, gone when the block ends."""
    disk = Layout(world.home).data_folder() / "small-disk"
    owner = world.postmaster().uids().effective
    group = world.postmaster().gids().effective
    size = _size(world) + 2_000_000
    disk.mkdir(exist_ok=True)
    options = f"size={size},mode=0700,uid={owner},gid={group}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "drill", disk], check=True)
    try:
        place = disk / "space"
        place.mkdir(mode=0o700)
        os.chown(place, owner, group)
        with_retries(lambda: _execute(world, f"CREATE TABLESPACE drill LOCATION '{place}'"))
        try:
            yield disk
        finally:
            with_retries(lambda: _execute(world, "DROP TABLESPACE IF EXISTS drill"))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
        disk.rmdir()


def _fill(path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        while True:
            os.write(descriptor, b"x" * 4_096)
    except OSError:
        os.close(descriptor)


def _execute(world: World, statement: str) -> None:
    with world.session() as session:
        session.execute("SET lock_timeout = '2s'")
        session.execute(statement.encode())


def _number(world: World, query: str) -> int:
    with world.session() as session:
        row = session.execute(query.encode()).fetchone()
    return 0 if row is None else int(row[0])


def _size(world: World) -> int:
    return _number(world, "SELECT pg_table_size('history')")


def _steps(world: World) -> int:
    return _number(world, "SELECT count(*) FROM history")


def _told_full(world: World) -> int:
    """How often processes of ours have been told so."""
    return sum(log.read_bytes().count(b'"DiskFull"') for log in world.logs.glob("*.log"))


DISK_FAULTS: tuple[Fault, ...] = (DocumentsFull(), *(() if WHY_NO_DATA else (DataFull(),)))
