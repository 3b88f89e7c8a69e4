"""Does a request that never comes to its end hold its connection for ever? Neither its head nor its body may.

uvicorn as it is run but for its deadlines, which are short here. Next: backoffice/api/head_in_time.py and
edges/slow_bodies.py.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from api_world import a_token
from waiting import wait_for

from backoffice.api.app import create_app
from backoffice.api.edges import slow_bodies
from backoffice.api.head_in_time import HeadInTime
from config.database import Database
from config.settings import Settings
from workflows.permissions import Permission

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
)


class Quick(HeadInTime):
    """The same within a moment."""

    seconds = 0.3


@pytest.fixture
def port(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A web process in a thread of this one."""
    monkeypatch.setattr(slow_bodies, "LONGEST", 0.3)
    app = create_app(Settings(DATABASE_URL=database_url, ORDERFLODE_HOME=tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=Quick, log_level="warning", timeout_graceful_shutdown=1))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        wait_for(lambda: server.started, what="the web process")
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(20)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def is_alive(connection: socket.socket, times: int = 1) -> bool:
    """Whether as many requests, sent together, are answered."""
    connection.sendall(GET * times)
    came = b""
    while came.count(b'{"status":"live"}') < times and (piece := connection.recv(1 << 16)):
        came += piece
    return came.count(b"HTTP/1.1 200 OK") == times


def came_until_it_ended(connection: socket.socket, piece: bytes = b"") -> bytes:
    """What the server says until it ends the connection, while `piece` is sent again and again."""
    came: list[bytes] = []

    def has_ended() -> bool:
        with suppress(TimeoutError):
            try:
                connection.sendall(piece)
                came.append(connection.recv(1 << 16))
            except ConnectionError:
                came.append(b"")
        return came[-1:] == [b""]

    connection.settimeout(0.05)
    wait_for(has_ended, 20, "the end of the connection")
    return b"".join(came)


def test_who_is_connected_and_asks_nothing_is_disconnected(port: int) -> None:
    with connected(port) as silent:
        assert came_until_it_ended(silent) == b""


def test_a_head_that_does_not_end_ends_its_connection_however_it_drips(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nX: ")
        assert came_until_it_ended(connection, b"a") == b""


def test_so_does_the_head_of_a_later_request(port: int) -> None:
    with connected(port) as connection:
        assert is_alive(connection)
        connection.sendall(b"GET /health/live HTTP/1.1\r\nX: ")
        assert came_until_it_ended(connection, b"a") == b""


def test_a_body_that_does_not_end_is_refused_and_ends_its_connection(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST)
        head, _, body = came_until_it_ended(connection, b" ").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert b"urn:orderflode:too-slow" in body


def test_nothing_ends_the_connection_of_who_asks_in_time(port: int) -> None:
    with connected(port) as connection:
        assert [is_alive(connection, times) for times in (1, 1, 3, 1)] == [True] * 4


def test_a_file_has_a_deadline_of_its_own(port: int, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "LONGEST", 0.0)
    bearer = a_token(database, Permission.IMPORT)["Authorization"].encode()
    head = b"POST /api/v1/imports HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Length: 2\r\n"
    with connected(port) as connection:
        connection.sendall(head % bearer + b"Expect: 100-continue\r\n\r\n")
        # From now on the body is waited for.
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 201")
