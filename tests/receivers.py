"""Who receives notices in the tests? A real HTTP server and a real mail server, on ports of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(slots=True)
class Posted:
    """What came by POST: (path, headers, body), and what is answered; `before` runs before each answer."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = bool


@contextmanager
def a_link() -> Iterator[Posted]:
    """A server on the loopback that takes POST at any path, and records a GET as one that should not have come."""
    posted = Posted()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.requests.append((self.path, dict(self.headers), body))
            posted.before()
            self.send_response(posted.status)
            for name, value in posted.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            posted.requests.append((f"GET {self.path}", {}, b""))
            self.send_error(418)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        posted.url = f"http://127.0.0.1:{server.server_port}/notice?who=lager"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield posted
        finally:
            server.shutdown()
            thread.join()


@dataclass(slots=True)
class Mailbox:
    """The mails that came, and what the server answers to a mail."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.answer.startswith("250"):
            parsed = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
        return self.answer


@contextmanager
def a_mail_server(port: int) -> Iterator[Mailbox]:
    """A mail server on the loopback."""
    box = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
