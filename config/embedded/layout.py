"""Where does everything embedded lie? Every file and folder below a home, and what must lie outside it.

All lies in `home`/embedded, but for two things: root's servers run as somebody else and keep their data below
/var/lib, and a socket needs a short path. Next: locks.py (what the lock files do), lease.py and keeper.py.
"""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

POSTGRES = "postgres"
VALKEY = "valkey"
ROOT_FOLDER = Path("/var/lib/orderflode")
"""What root's servers own: a folder for each home, and the copied programs if any."""
REMOVED = ".embedded-removed-"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 90
"""A unix socket's path may be 103 bytes long on macOS and 107 on Linux; this leaves a margin."""


@dataclass(frozen=True)
class Layout:
    """The files below one home; `home` is absolute and resolved."""

    home: Path

    @property
    def folder(self) -> Path:
        """All that is ours in the home."""
        return self.home / "embedded"

    @property
    def door_lock(self) -> Path:
        """Exclusive while somebody comes in or goes out."""
        return self.folder / "door.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by every user; exclusive for the keeper when nobody is left."""
        return self.folder / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Exclusive as long as the keeper lives."""
        return self.folder / "keeper.lock"

    @property
    def servers_lock(self) -> Path:
        """Inherited by the servers: exclusive as long as any process of theirs lives."""
        return self.folder / "servers.lock"

    @property
    def throw_away_mark(self) -> Path:
        """Exists when the data are to be removed; its text is `home` (all of it) or `folder` (our part)."""
        return self.folder / "throw-away"

    def removed(self) -> Path:
        """What our folder is called while its keeper removes it."""
        return self.home / f"{REMOVED}{os.getpid()}"

    def is_removed(self, path: Path) -> bool:
        """Whether a path in the home is a folder of ours that a keeper, perhaps killed since, began to remove."""
        return path.name.startswith(REMOVED)

    def log(self, name: str) -> Path:
        """The log of the keeper or of a server."""
        return self.folder / f"{name}.log"

    def start_log(self, name: str) -> Path:
        """Begin a log; the one before is kept beside it (`.log.1`), so that logs do not grow for ever."""
        log = self.log(name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    def wanted_mark(self, server: str) -> Path:
        """Exists when a user needs this server."""
        return self.folder / f"{server}.wanted"

    def ready_mark(self, server: str) -> Path:
        """Holds the server's URL while it runs."""
        return self.folder / f"{server}.ready"

    def failed_mark(self, server: str) -> Path:
        """Holds the reason why the server cannot start: the Swedish and the English sentence, a JSON list."""
        return self.folder / f"{server}.failed"

    @property
    def data_folder_record(self) -> Path:
        """Holds the path of root's data folder: a home made anew at the same path never meets the old data."""
        return self.folder / "data-folder"

    @property
    def socket_folder_record(self) -> Path:
        """Holds the path of a socket folder outside the home: a restarted server answers where it did."""
        return self.folder / "socket-folder"

    @property
    def valkey_login(self) -> Path:
        """Holds Valkey's port and password."""
        return self.folder / "valkey.login"

    def holds_data(self) -> bool:
        """Whether servers have ever been wanted here."""
        of_servers = [(self.folder / name, self.wanted_mark(name)) for name in (POSTGRES, VALKEY)]
        return any(path.exists() for path in (self.data_folder_record, *chain(*of_servers)))

    def make(self) -> None:
        """Make the home and our folder in it (both 0700); a home that exists keeps its permissions."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def data_folder(self) -> Path:
        """The folder that holds the servers' data folders, made if missing."""
        if os.geteuid() != 0:
            return self.folder
        recorded = read(self.data_folder_record)
        if recorded is not None:
            Path(recorded).mkdir(mode=0o711, parents=True, exist_ok=True)
            return Path(recorded)
        ROOT_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder = _made_unused(ROOT_FOLDER / hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12])
        write(self.data_folder_record, str(folder))
        return folder

    def short_socket_folder(self) -> Path | None:
        """A private folder (0700) outside the home for the socket; None if the one beside the data will do."""
        if _fits_a_socket(self.data_folder() / "sockets"):
            return None
        recorded = read(self.socket_folder_record)
        if recorded is not None and _is_private(Path(recorded)):
            return Path(recorded)
        temporary = tempfile.gettempdir()
        is_short = _fits_a_socket(Path(temporary, "orderflode-12345678"))
        base = temporary if is_short else "/tmp"  # noqa: S108 - mkdtemp makes a private folder in it
        folder = tempfile.mkdtemp(prefix="orderflode-", dir=base)
        write(self.socket_folder_record, folder)
        return Path(folder)


def read(path: Path) -> str | None:
    """The text of a small file, or None when there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def write(path: Path, text: str) -> None:
    """Write a small file (0600) so that readers see all of it or none, also after a power cut."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _made_unused(folder: Path) -> Path:
    """Make `folder`, or `folder`-2, -3 … if it is taken. Others may pass through it (0711), not list it."""
    for number in count(1):
        candidate = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            candidate.mkdir(mode=0o711)
        except FileExistsError:
            continue
        return candidate
    raise AssertionError("count() never ends")


def _fits_a_socket(folder: Path) -> bool:
    """Short enough, and without the comma or other signs that libpq and PostgreSQL read as a list of folders."""
    path = str(folder / SOCKET_NAME)
    return len(path) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9._/-]+", path) is not None


def _is_private(folder: Path) -> bool:
    """Whether `folder`, made anew if a cleaner of temporary files removed it, is ours alone."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0
