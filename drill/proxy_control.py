"""Who breaks the way to a server, and mends it? The drill, by the proxy's control socket.

Every way to break it is a `with`: when the block ends, it is whole again. Next: proxy.py, the process.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from config.lifeline import SUPERVISED

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that runs: where its control socket is."""

    control: Path

    def counts(self) -> dict[str, int]:
        """What it has done so far: `connections`, `live`, `cut`, `half_open`, `held`, `delayed`, `slowed`,
        `cut_short`, `commits_lost`, `unreachable`; what has not happened is left out."""
        return self._say({"do": "count"})

    def count(self, what: str) -> int:
        """One of the counts."""
        return self.counts().get(what, 0)

    def cut(self) -> int:
        """Cut every live connection; returns how many."""
        before = self.count("cut")
        return self._say({"do": "cut"}).get("cut", 0) - before

    @contextmanager
    def half_open(self) -> Iterator[int]:
        """The server's side of every live connection is gone, and the clients hear nothing until the block ends;
        then they are reset. Gives their number. Connections that begin meanwhile are whole."""
        before = self.count("half_open")
        struck = self._say({"do": "half-open"}).get("half_open", 0) - before
        try:
            yield struck
        finally:
            self.heal()

    @contextmanager
    def broken(self, mode: str, amount: float = 0.0, times: int = 1) -> Iterator[None]:
        """Carry as the mode says (proxy.Mode) until the block ends."""
        self._say({"do": "mode", "mode": mode, "amount": amount, "times": times})
        try:
            yield
        finally:
            self.heal()

    def heal(self) -> None:
        """Carry everything again."""
        self._say({"do": "mode", "mode": "pass", "amount": 0, "times": 0})

    def _say(self, words: dict[str, object]) -> dict[str, int]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.control))
            connection.sendall(json.dumps(words).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer: dict[str, int] = json.loads(answers.readline())
                return answer


@contextmanager
def proxy_before(target: str, listen: str) -> Iterator[Proxy]:
    """A proxy process between the addresses (`unix:/path`, `tcp:host:port`) until the block ends.

    Raises TimeoutError when it does not answer.
    """
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = Proxy(folder / "control")
    process = subprocess.Popen(
        [sys.executable, "-m", "drill.proxy", listen, target, str(proxy.control)],
        stdin=subprocess.PIPE,
        env={**os.environ, SUPERVISED: "1"},
        start_new_session=True,
    )
    try:
        _await_answer(proxy, process)
        yield proxy
    finally:
        process.kill()
        process.communicate()
        rmtree(folder)


def _await_answer(proxy: Proxy, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            proxy.counts()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the proxy does not answer")
