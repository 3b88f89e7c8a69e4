"""What does a person read who gives a wrong DATABASE_URL or REDIS_URL? One line, two languages, no password.

The servers here are sockets that speak a few bytes of each protocol: what cannot be had from a real server.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from config import server_urls
from config.server_urls import ServerUnavailable, checked_database_url, checked_redis_url

PASSWORD = "Hemligt-98765"

Speech = Callable[[socket.socket], None]


@contextmanager
def server(speech: Speech) -> Iterator[str]:
    """A server on this machine that lets `speech` have each connection; gives `host:port`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                    with connection:
                        speech(connection)
                except OSError:
                    return

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def silence(connection: socket.socket) -> None:
    """Takes what comes and never answers."""
    while connection.recv(4096):
        pass


def web(connection: socket.socket) -> None:
    """Answers as a web server does."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def postgres(*messages: tuple[bytes, bytes]) -> Speech:
    """Refuses encryption, reads who asks, and sends these messages (type, content)."""

    def speech(connection: socket.socket) -> None:
        while (opening := connection.recv(4096))[4:8] == struct.pack("!i", 80877103):  # SSLRequest
            connection.sendall(b"N")
        if opening:
            connection.sendall(b"".join(kind + struct.pack("!i", len(text) + 4) + text for kind, text in messages))
            connection.recv(4096)

    return speech


def refusal(code: str, text: str) -> Speech:
    """PostgreSQL's FATAL answer to a connection."""
    return postgres((b"E", f"SFATAL\0VFATAL\0C{code}\0M{text}\0\0".encode()))


def redis_of(version: str) -> Speech:
    """Answers PING and INFO as a Redis of that version."""
    info = f"# Server\r\nredis_version:{version}\r\n"

    def speech(connection: socket.socket) -> None:
        while asked := connection.recv(4096).upper():
            for word in asked.split(b"\r\n"):
                if word == b"CLIENT":
                    connection.sendall(b"+OK\r\n")
                elif word == b"PING":
                    connection.sendall(b"+PONG\r\n")
                elif word == b"INFO":
                    connection.sendall(f"${len(info)}\r\n{info}\r\n".encode())

    return speech


def line_for(check: Callable[[str], str], url: str) -> str:
    """The refusal of a URL: one line that names no password, with the name of the variable in both languages."""
    with pytest.raises(ServerUnavailable) as refused:
        check(url)
    line = str(refused.value)
    assert len(line.splitlines()) == 1
    assert PASSWORD not in line
    assert "Hemligt" not in line
    variable = "DATABASE_URL" if check is checked_database_url else "REDIS_URL"
    assert line.startswith(variable)
    assert line.count(variable) == 2
    return line


@pytest.mark.parametrize(
    "url",
    [
        PASSWORD,
        "://",
        f"postgresql:/{PASSWORD}",
        f"postgresql://anna:{PASSWORD}@@host/orders",
        f"postgresql://anna:Hem@{PASSWORD}@host/orders",
        f"postgresql://anna:Hem/{PASSWORD}@host/orders",
        f"postgresql://anna:Hem?{PASSWORD}@host/orders",
        f"postgresql://anna:Hem#{PASSWORD}@host/orders",
        f"postgresql://anna:{PASSWORD}/orders",
        f"postgresql://anna:{PASSWORD}%zz@host/orders",
        f"postgresql://anna:{PASSWORD}@host:port/orders",
        f"postgresql://anna:{PASSWORD}@host/orders?colour=blue",
        f"postgresql://anna:{PASSWORD}@host/orders\nhost=other",
    ],
)
def test_a_malformed_database_url_is_one_line_that_shows_its_form(url: str) -> None:
    line = line_for(checked_database_url, url)
    assert "går inte att läsa" in line
    assert "%40" in line


@pytest.mark.parametrize(
    "url",
    [
        PASSWORD,
        f"redis://:Hem@{PASSWORD}@host/0",
        f"redis://:Hem/{PASSWORD}@host/0",
        f"redis://:{PASSWORD}/0",
        f"redis://:{PASSWORD}@host/orders",
        f"redis://:{PASSWORD}@host:99999/0",
        f"redis://:{PASSWORD}@[::1/0",
    ],
)
def test_a_malformed_redis_url_is_one_line_that_shows_its_form(url: str) -> None:
    assert "is malformed" in line_for(checked_redis_url, url)


def test_a_wrong_scheme_is_named_beside_the_right_one() -> None:
    line = line_for(checked_database_url, f"mysql://anna:{PASSWORD}@host/orders")
    assert "mysql://" in line
    assert "postgresql://" in line
    line = line_for(checked_redis_url, f"valkey://:{PASSWORD}@host/0")
    assert "valkey://" in line
    assert "redis://" in line


def test_where_nobody_listens_is_named_without_the_user() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
        line = line_for(checked_database_url, f"postgresql://anna:{PASSWORD}@{where}/orders")
        assert f"{where}/orders" in line
        assert "connection refused" in line
        assert "anna" not in line
        assert "connection refused" in line_for(checked_redis_url, f"redis://:{PASSWORD}@{where}/0")


def test_an_unknown_host_is_named() -> None:
    assert "unknown host name" in line_for(checked_database_url, f"postgresql://a:{PASSWORD}@nowhere.invalid/orders")
    assert "unknown host name" in line_for(checked_redis_url, f"redis://:{PASSWORD}@nowhere.invalid/0")


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_urls, "TIMEOUT_SECONDS", 2)
    with server(silence) as where:
        assert "no answer within" in line_for(checked_database_url, f"postgresql://a:{PASSWORD}@{where}/orders")
        assert "no answer within" in line_for(checked_redis_url, f"redis://:{PASSWORD}@{where}/0")


def test_a_server_of_another_kind_is_recognised() -> None:
    with server(web) as where:
        assert "it is no PostgreSQL" in line_for(checked_database_url, f"postgresql://a:{PASSWORD}@{where}/orders")
        assert "as expected" in line_for(checked_redis_url, f"redis://:{PASSWORD}@{where}/0")


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("28P01", 'password authentication failed for user "anna"', "wrong user or password"),
        ("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "anna"', "pg_hba.conf"),
        ("3D000", 'database "orders" does not exist', "no such database"),
        ("57P03", "the database system is starting up", "starting or stopping"),
        ("53300", "sorry, too many clients already", "no free connections"),
        ("XX000", f"something with {PASSWORD} in it", "as expected"),
    ],
)
def test_what_postgres_says_becomes_a_reason(code: str, text: str, reason: str) -> None:
    with server(refusal(code, text)) as where:
        assert reason in line_for(checked_database_url, f"postgresql://anna:{PASSWORD}@{where}/orders")


def test_a_postgres_that_is_too_old_is_refused_and_the_oldest_usable_is_taken() -> None:
    def of_version(version: bytes) -> Speech:
        return postgres((b"R", b"\0\0\0\0"), (b"S", b"server_version\0" + version + b"\0"), (b"Z", b"I"))

    with server(of_version(b"14.9")) as where:
        assert "PostgreSQL 14" in line_for(checked_database_url, f"postgresql://anna:{PASSWORD}@{where}/orders")
    with server(of_version(b"15.0")) as where:
        url = f"postgresql://anna:{PASSWORD}@{where}/orders"
        for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
            assert checked_database_url(url.replace("postgresql", scheme, 1)) == url


def test_a_redis_that_is_too_old_is_refused_and_the_oldest_usable_is_taken() -> None:
    with server(redis_of("6.0.16")) as where:
        assert "Redis 6.0" in line_for(checked_redis_url, f"redis://{where}/0")
    with server(redis_of("6.2.0")) as where:
        assert checked_redis_url(f"redis://{where}/0") == f"redis://{where}/0"
