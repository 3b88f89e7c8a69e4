"""The web process as it is run: uvicorn on loopback with our settings, and a client that says what no client says."""

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from command_line import free_port, plain_environment
from waiting import wait_for

from backoffice.cli.processes import web_server


@dataclass(frozen=True, slots=True)
class Answer:
    """The head and body of an answer, as they came."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: int
    """Bytes of the request that were sent until the answer came."""

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class WebProcess:
    """A web process that answers."""

    port: int
    process: "subprocess.Popen[bytes]"

    def says(self, head: str, body: Iterable[bytes] = (), seconds: float = 30.0) -> Answer:
        """What comes back for that request line with its headers, while the pieces of `body` are sent. LF is CR LF.

        Sending ends as soon as there is an answer.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            sent = _send(connection, head.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n", body)
            return _answer(connection, sent)

    def memory(self) -> int:
        """Bytes of the process that are in memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def cpu(self) -> float:
        """CPU seconds of the process until now."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system


def _send(connection: socket.socket, head: bytes, body: Iterable[bytes]) -> int:
    sent = len(head)
    with suppress(ConnectionError):
        connection.sendall(head)
        for piece in body:
            if _has_answered(connection):
                break
            connection.sendall(piece)
            sent += len(piece)
    return sent


def _has_answered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.setblocking(True)
        connection.settimeout(30)


def _answer(connection: socket.socket, sent: int) -> Answer:
    came = b""
    # A server that has refused closes at once: what it said is read before the reset is told.
    with suppress(ConnectionError):
        while not _is_whole(came) and (piece := connection.recv(1 << 16)):
            came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    assert line.startswith("HTTP/1.1 "), came[:200]
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    return Answer(int(line.split()[1]), headers, body, sent)


def _is_whole(came: bytes) -> bool:
    head, found, body = came.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return bool(found) and len(body) >= int(line.split(b":")[1])
    return False


def chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces in chunked transfer coding, and its end."""
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


@contextmanager
def web_process(
    database_url: str, home: Path, proxies: tuple[str, ...] = (), **environment: str
) -> Iterator[WebProcess]:
    """A web process on that database, from its first answer on."""
    port = free_port()
    variables = plain_environment(
        DATABASE_URL=database_url,
        ORDERFLODE_HOME=str(home),
        **{f"ORDERFLODE_{name}": value for name, value in environment.items()},
    )
    process = subprocess.Popen(
        web_server("127.0.0.1", port, proxies),
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _is_live(port, process), what="the web process")
        yield WebProcess(port, process)
    finally:
        process.kill()
        process.wait()


def _is_live(port: int, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, f"it ended with {process.returncode}"
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
        return bool(answer.status == 200)
    return False
