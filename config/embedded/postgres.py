"""How does the embedded PostgreSQL run? initdb, settings, start, readiness, stop; on a unix socket only.

The socket's folder is private and `peer` asks the kernel who connects, so there is no password. What an SQL
statement holds never reaches the log. Next: server_process.py (processes), keeper.py (who calls this).
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.embedded.account import ServerAccount
from config.embedded.binaries import Programs
from config.embedded.layout import POSTGRES, SOCKET_NAME, Layout
from config.embedded.server_process import end_leftovers, start_program, stop_program
from config.embedded.unavailable import ServerUnavailable

DATABASE = "orderflode"
SUPERUSER = "orderflode"
START_SECONDS = 110.0
"""A start after a crash replays up to max_wal_size of the log."""

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "huge_pages": "off",
    # Not "posix": a container's /dev/shm is often tiny, or missing.
    "dynamic_shared_memory_type": "mmap",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # Errors quote values, and a value may be a patient's number: log the server's own events alone.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """The PostgreSQL of one home, as its keeper handles it."""

    name = POSTGRES

    def __init__(self, layout: Layout, account: ServerAccount, programs: Programs, held_lock: int) -> None:
        self._layout = layout
        self._account = account
        self._programs = programs
        self._held_lock = held_lock
        self._process: subprocess.Popen[bytes] | None = None
        self._has_answered = False
        self._data = layout.data_folder() / POSTGRES
        self._sockets = layout.short_socket_folder() or account.private_folder(layout.data_folder() / "sockets")

    def start(self) -> str:
        """Start on the data that are there, or on an empty database, and return the URL once it answers.

        Throw-away data that cannot be used are replaced, unless they worked before. Raises ServerUnavailable.
        """
        self._end_what_is_left()
        try:
            return self._started()
        except ServerUnavailable:
            if self._has_answered or not self._layout.throw_away_mark.exists():
                raise
        self._end_what_is_left()
        shutil.rmtree(self._data, ignore_errors=True)
        return self._started()

    def is_running(self) -> bool:
        """Whether the server lives and its socket is in place (a cleaner of temporary files may remove it)."""
        return self._process is not None and self._process.poll() is None and (self._sockets / SOCKET_NAME).exists()

    def stop(self) -> None:
        """Stop the server cleanly; throw-away data need no last checkpoint."""
        if self._process is not None:
            is_throw_away = self._layout.throw_away_mark.exists()
            stop_program(self._process, signal.SIGQUIT if is_throw_away else signal.SIGINT)
        self._end_what_is_left()

    def _end_what_is_left(self) -> None:
        """End orphans; then the process ids in lock files are stale, and may even belong to somebody else."""
        if self._process is not None and self._process.poll() is None:
            stop_program(self._process, signal.SIGINT)
        self._process = None
        end_leftovers(self._data)
        for stale in (self._data / "postmaster.pid", self._sockets / f"{SOCKET_NAME}.lock"):
            stale.unlink(missing_ok=True)

    def _started(self) -> str:
        if not self._data.exists():
            self._initialise()
        self._check_version()
        self._write_configuration()
        command: list[str | Path] = [self._programs.postgres, "-D", self._data]
        command += ["-c", f"config_file={self._data.parent / 'postgresql.conf'}"]
        with self._layout.log(POSTGRES).open("ab") as log:
            self._process = start_program(command, self._account, self._data, log, self._held_lock)
        self._wait_until_ready(self._process)
        self._has_answered = True
        return self._url(DATABASE)

    def _initialise(self) -> None:
        """Run initdb beside the final place and move it there: a data folder that exists is complete."""
        draft = self._data.with_name(f"{POSTGRES}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        self._account.private_folder(draft)
        # The builtin provider sorts by code point and knows Å from å, alike on Linux and macOS.
        command: list[str | Path] = [self._programs.initdb, "-D", draft, "-U", SUPERUSER, "--encoding=UTF8"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=reject"]
        command += ["--no-instructions"]
        if self._layout.throw_away_mark.exists():
            command.append("--no-sync")
        with self._layout.log(POSTGRES).open("ab") as log:
            process = start_program(command, self._account, draft, log, self._held_lock)
            try:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(START_SECONDS)
            finally:
                process.kill()  # of no effect on one that has ended
        if process.wait() != 0:
            words = _last_words(self._layout.log(POSTGRES))
            raise self._failure(f"initdb misslyckades: {words}", f"initdb failed: {words}")
        draft.rename(self._data)

    def _check_version(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except OSError:
            raise self._failure("mappen är ingen databas", "the folder is not a database") from None
        needed = str(self._programs.postgres_major)
        if found != needed:
            aside = self._data.with_name(f"{POSTGRES}-{found}")
            commands = f"orderflode backup FIL; mv {self._data} {aside}; orderflode restore FIL"
            raise self._failure(
                f"data är från PostgreSQL {found} och programmet är version {needed}, som inte läser dem. För över dem "
                f"med tre kommandon, det första med den version av Orderflöde som skapade dem: {commands}",
                f"the data are of PostgreSQL {found} and the program is version {needed}, which does not read them; "
                "move them with the three commands, the first with the version of Orderflöde that made them",
            )

    def _write_configuration(self) -> None:
        """Write the settings beside the data: a file of ours is whole at every start, whatever was edited."""
        folder = self._data.parent
        settings = SETTINGS | {
            "unix_socket_directories": str(self._sockets),
            "hba_file": str(folder / "pg_hba.conf"),
            "ident_file": str(folder / "pg_ident.conf"),
        }
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in settings.items()]
        (folder / "postgresql.conf").write_text("".join(lines), errors="surrogateescape")
        (folder / "pg_hba.conf").write_text("local all all peer map=ours\n")
        names = sorted({self._account.name, pwd.getpwuid(os.geteuid()).pw_name})
        (folder / "pg_ident.conf").write_text("".join(f'ours "{name}" all\n' for name in names))

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                words = _last_words(self._layout.log(POSTGRES))
                raise self._failure(f"servern avslutades: {words}", f"the server ended: {words}")
            try:
                with psycopg.connect(self._url("postgres"), connect_timeout=5, autocommit=True) as connection:
                    _create_database(connection)
                    return
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error):
                    raise self._failure("kontot släpps inte in", "the account is not let in") from None
                time.sleep(0.02)
        raise self._failure("servern svarar inte", "the server does not answer")

    def _url(self, database: str) -> str:
        # The port is said, since libpq would otherwise take a PGPORT from the environment.
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._sockets))}&port={SETTINGS['port']}"

    def _failure(self, swedish: str, english: str) -> ServerUnavailable:
        where = f"{self._data}; {self._layout.log(POSTGRES)}"
        return ServerUnavailable(
            f"Den inbäddade PostgreSQL startar inte: {swedish} ({where}).",
            f"The embedded PostgreSQL does not start: {english}.",
        )


def postgres_answers(url: str) -> bool:
    """Whether the server takes a connection to the database."""
    try:
        with psycopg.connect(url, connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _create_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
    if found is None:
        connection.execute(f"CREATE DATABASE {DATABASE}")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _last_words(log: Path) -> str:
    """The last fatal line of the log, else its last line."""
    lines = [line for line in log.read_text(errors="replace").splitlines()[-20:] if line]
    fatal = [line[line.index(word) :] for line in lines for word in ("FATAL:", "PANIC:") if word in line]
    return (fatal or lines or ["-"])[-1]
