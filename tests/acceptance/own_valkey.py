"""A Valkey of a test's own, which it may kill: on one port, without a password, keeping nothing.

For tests that a shared server could not stand. The program is the embedded server's.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from command_line import free_port
from integration.embedded_users import soon

from config.embedded.account import ServerAccount
from config.embedded.binaries import programs_for


class OwnValkey:
    """Where it listens; it can be run again and again, and begins empty each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://127.0.0.1:{self._port}/0"

    @contextmanager
    def running(self, *settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run it, with further `settings` as on its command line, until the block ends; it answers when it begins."""
        own = ServerAccount(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
        command = [programs_for(own).valkey, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", *settings]
        with (self._folder / "valkey.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            assert soon(lambda: redis.Redis.from_url(self.url).ping())
            yield process
        finally:
            process.kill()
            process.wait(30)

    def number_of_keys(self) -> int:
        """How much it holds."""
        with redis.Redis.from_url(self.url) as connection:
            return int(str(connection.dbsize()))
