"""A Valkey of a test's own, which it may kill: on a port of its own, by default keeping nothing.

For what a server that tests share could not stand. The program is the embedded server's.
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
from config.embedded.binaries import Programs, programs_for


def own_programs() -> Programs:
    """The embedded servers' programs, run as whoever runs the tests."""
    return programs_for(ServerAccount(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid()))


class OwnValkey:
    """Where it listens; it can be run again and again. `configuration` is its file, less the address and folder."""

    def __init__(self, folder: Path, *, user: str = "", password: str = "", configuration: str = 'save ""') -> None:
        self._folder = folder
        self._login = f"{user}:{password}"
        self._configuration = configuration
        self._port = free_port()

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://{self._login}@127.0.0.1:{self._port}/0"

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run it until the block ends; it answers when the block begins."""
        file = self._folder / "valkey.conf"
        file.write_text(f"{self._configuration}\nbind 127.0.0.1\nport {self._port}\ndir {self._folder}\n")
        with (self._folder / "valkey.log").open("ab") as log:
            command = [own_programs().valkey, file]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
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
