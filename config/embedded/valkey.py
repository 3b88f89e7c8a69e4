"""How does the embedded Valkey run? On 127.0.0.1, with a random password, its log of commands kept each second.

Valkey holds hints alone (the database is the queue), so data it cannot read are set aside and it starts empty.
Next: server_process.py (processes), keeper.py (who calls this).
"""

import json
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.embedded.account import ServerAccount
from config.embedded.binaries import Programs
from config.embedded.layout import VALKEY, Layout, read, write
from config.embedded.server_process import end_leftovers, start_program, stop_program
from config.embedded.unavailable import ServerUnavailable

PORTS = range(20000, 32768)
"""Below the ports that Linux and macOS give to outgoing connections, which could take ours while we restart."""
START_SECONDS = 60.0
START_ATTEMPTS = 4

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


@dataclass(frozen=True)
class Login:
    """Where Valkey listens and what it asks for; kept in the home, so that a restart changes nothing."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """The URL for Celery and redis-py."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


class EmbeddedValkey:
    """The Valkey of one home, as its keeper handles it."""

    name = VALKEY

    def __init__(self, layout: Layout, account: ServerAccount, programs: Programs, held_lock: int) -> None:
        self._layout = layout
        self._account = account
        self._programs = programs
        self._held_lock = held_lock
        self._process: subprocess.Popen[bytes] | None = None
        self._has_answered = False
        self._data = layout.data_folder() / VALKEY

    def start(self) -> str:
        """Start on the data that are there and return the URL once it answers. Raises ServerUnavailable.

        A port that somebody else took is changed at the first start; later, users know it, and it stays.
        """
        login = self._login()
        for attempt in range(START_ATTEMPTS):
            self.stop()
            if not self._has_answered and not _is_free(login.port):
                login = self._moved(login)
            if self._is_started(login):
                self._has_answered = True
                return login.url
            if attempt > 0 and _is_free(login.port):  # not the port's fault, nor a kill's, which hits once
                self._set_data_aside()
        raise ServerUnavailable(
            f"Den inbäddade Valkey startar inte på port {login.port} (logg: {self._layout.log(VALKEY)}).",
            f"The embedded Valkey does not start on port {login.port}.",
        )

    def is_running(self) -> bool:
        """Whether the server lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server cleanly, and any that an earlier keeper left."""
        if self._process is not None and self._process.poll() is None:
            stop_program(self._process, signal.SIGTERM)
        self._process = None
        end_leftovers(self._data)

    def _is_started(self, login: Login) -> bool:
        configuration = CONFIGURATION.format(port=login.port, password=login.password).encode()
        self._account.private_folder(self._data)
        with self._layout.log(VALKEY).open("ab") as log:
            # Read from standard input, the password is neither in a process list nor in a file of another account.
            command: list[str | Path] = [self._programs.valkey, "-"]
            self._process = start_program(command, self._account, self._data, log, self._held_lock, configuration)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if valkey_answers(login.url):
                return True
            time.sleep(0.02)
        return False

    def _login(self) -> Login:
        kept = read(self._layout.valkey_login)
        if kept is not None:
            return Login(**json.loads(kept))
        return self._moved(Login(0, secrets.token_hex(24)))

    def _moved(self, login: Login) -> Login:
        """The same password on a free port, kept in the home."""
        free = next((port for port in random.sample(PORTS, 200) if _is_free(port)), None)
        if free is None:
            raise ServerUnavailable("Ingen ledig port för Valkey.", "There is no free port for Valkey.")
        moved = Login(free, login.password)
        write(self._layout.valkey_login, json.dumps({"port": moved.port, "password": moved.password}))
        return moved

    def _set_data_aside(self) -> None:
        aside = self._data.with_name(f"{VALKEY}-unusable")
        shutil.rmtree(aside, ignore_errors=True)
        self._data.rename(aside)


def valkey_answers(url: str) -> bool:
    """Whether the server at the URL takes the password and answers PING."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=2) as connection:
            connection.sendall(f"AUTH {parts.password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as replies:
                return replies.readline() == b"+OK\r\n" and replies.readline() == b"+PONG\r\n"
    except OSError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
