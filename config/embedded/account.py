"""As whom do the embedded servers run? As ourselves, but never as root: PostgreSQL refuses to.

Root gets an unprivileged system account of ours. Next: binaries.py, the programs that account must be able to run.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from config.embedded.unavailable import ServerUnavailable

ACCOUNT_NAME = "orderflode"
"""The system account root's servers run as; made at first need, `nobody` where it cannot be made."""


class ProcessOwner(TypedDict, total=False):
    """The arguments by which `subprocess` starts a program as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerAccount:
    """The operating system's account that owns the servers and their data."""

    name: str
    uid: int
    gid: int

    @property
    def is_somebody_else(self) -> bool:
        """Whether the servers run under another account than this process."""
        return self.uid != os.geteuid()

    def owner(self) -> ProcessOwner:
        """Arguments for `subprocess` that start a program under this account."""
        if not self.is_somebody_else:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def private_folder(self, folder: Path) -> Path:
        """Make `folder` if it is missing, for this account alone (0700), and return it."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.is_somebody_else:
            os.chown(folder, self.uid, self.gid)
        return folder


def server_account(data: Path) -> ServerAccount:
    """The account for the servers; `data` that exists keeps its owner. Raises ServerUnavailable for a nameless uid."""
    if os.geteuid() != 0:
        return _account_of_uid(os.geteuid())
    if data.exists() and data.stat().st_uid != 0:
        return _account_of_uid(data.stat().st_uid)
    entry = _entry(ACCOUNT_NAME) or _added_account() or pwd.getpwnam("nobody")
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _account_of_uid(uid: int) -> ServerAccount:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise ServerUnavailable(
            f"Den inbäddade PostgreSQL kräver ett kontonamn, och uid {uid} saknar ett i /etc/passwd.",
            f"The embedded PostgreSQL needs an account name, and uid {uid} has none in /etc/passwd.",
        ) from None
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _added_account() -> pwd.struct_passwd | None:
    """Add the system account; None where that cannot be done. Another process may have added it first."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command = [useradd, *options, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
    try:
        subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _entry(ACCOUNT_NAME)
