"""Where does a message go, and where never? To public addresses, looked up once, over TLS with the receiver's name."""

import asyncio
import ipaddress
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from receivers import a_link

from exchange.outgoing import webhook_post
from exchange.outgoing.receiver_address import Network, is_allowed
from exchange.outgoing.webhook_post import Message, NotHeard, post
from workflows.free_text import PersonalNumberInText
from workflows.webhooks.subscribers import UnusableUrl, check_url

SECRET = "whsec_" + "A" * 43 + "="
LOOPBACK: list[Network] = [ipaddress.IPv4Network("127.0.0.0/8")]
MESSAGE = Message(uuid.UUID(int=1), {"type": "order.accepted"})
NAME = "receiver.test"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::", "::1", "fe80::1", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1", "2002:a00:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_message_goes_to_an_address_that_is_not_public(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address), [])


@pytest.mark.parametrize("address", ["193.10.1.1", "2a00:1450::1", "64:ff9b::c10a:101", "::ffff:193.10.1.1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address), [])


def test_a_network_that_is_named_is_allowed_and_no_other() -> None:
    named: list[Network] = [ipaddress.IPv4Network("10.1.0.0/16")]
    assert is_allowed(ipaddress.ip_address("10.1.2.3"), named)
    assert not is_allowed(ipaddress.ip_address("10.2.2.3"), named)
    assert not is_allowed(ipaddress.ip_address("::1"), named)


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/", "http://10.0.0.1/", "ftp://receiver.example/", "https://", "https:///x",
        "https://user:pass@receiver.example/", "https://receiver.example/#part", "https://receiver.example:0/",
        "https://receiver.example:99999/", "https://rec eiver.example/", "https://mottagåre.example/", "//x/", "x",
        "https://receiver.example/\r\nX: y", "http://localhost/", "https://receiver.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_no_message_may_be_sent_to_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(UnusableUrl):
        check_url(url)


def test_an_address_with_somebodys_number_in_it_is_refused() -> None:
    with pytest.raises(PersonalNumberInText):
        check_url("https://receiver.example/193208019111")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "http://localhost:{}/", "https://localhost:{}/"])
def test_this_machine_is_told_nothing_unless_it_is_allowed(url: str) -> None:
    with a_link() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        with pytest.raises(NotHeard, match="inte tillåten"):
            asyncio.run(post(url.format(port), SECRET, MESSAGE))
        assert receiver.requests == []


def names(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let the receiver's name stand for each of the addresses in turn; the names that were looked up."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        if host != NAME:
            return real(host, port, *arguments, **named)
        looked_up.append(host)
        return real(answers[min(len(looked_up), len(answers)) - 1], port, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return looked_up


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_link() as receiver, a_link() as other:
        url = receiver.url.replace("127.0.0.1", NAME)
        looked_up = names(monkeypatch, "127.0.0.1", "127.0.0.2")
        assert asyncio.run(post(url, SECRET, MESSAGE, LOOPBACK)) == "HTTP 204"
        assert looked_up == [NAME]
        ((_, headers, _),) = receiver.requests
        assert {name.lower(): value for name, value in headers.items()}["host"].startswith(NAME)
        assert other.requests == []


def test_a_name_that_stands_for_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "10.0.0.1")
    with pytest.raises(NotHeard, match="inte tillåten"):
        asyncio.run(post(f"https://{NAME}/", SECRET, MESSAGE, LOOPBACK))


def test_http_goes_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "193.10.1.1")
    with pytest.raises(NotHeard, match="inte tillåten"):
        asyncio.run(post(f"http://{NAME}/", SECRET, MESSAGE, LOOPBACK))


@contextmanager
def a_tls_receiver(folder: Path, name: str) -> Iterator[int]:
    """A receiver with a certificate for `name`, which folder/ca.pem vouches for; its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("certified", "heard"), [(NAME, True), ("somebody.else", False)])
def test_the_receivers_name_is_what_its_certificate_must_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certified: str, heard: bool
) -> None:
    names(monkeypatch, "127.0.0.1")
    with a_tls_receiver(tmp_path, certified) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        webhook_post._trusted.cache_clear()
        try:
            sent = post(f"https://{NAME}:{port}/", SECRET, MESSAGE, LOOPBACK)
            if heard:
                assert asyncio.run(sent) == "HTTP 204"
            else:
                with pytest.raises(NotHeard, match="ConnectError"):
                    asyncio.run(sent)
        finally:
            webhook_post._trusted.cache_clear()


def test_an_answer_that_never_ends_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_post, "LONGEST", 2.0)
    for said, ends in ((b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000, "HTTP 200"), (b"HTTP/1.1 200 OK\r\n", None)):
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=_drip, args=(server, said), daemon=True)
            thread.start()
            sent = post(f"http://127.0.0.1:{server.getsockname()[1]}/", SECRET, MESSAGE, LOOPBACK)
            if ends:
                assert asyncio.run(sent) == ends
            else:
                with pytest.raises(NotHeard, match="TimeoutError"):
                    asyncio.run(sent)
            thread.join(20)


def _drip(server: socket.socket, said: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(said)
        connection.settimeout(15)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass
