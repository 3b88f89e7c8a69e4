"""What does the web process do with what no honest client sends? It refuses quickly, without memory, and serves others.

Real HTTP on loopback, as uvicorn with our settings reads it; what the application itself refuses is tried in
integration/test_api_imports.py too.
"""

import io
import json
import signal
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest
from builders import a_world, an_order, store
from conftest import fresh_database
from order_files import a_body
from waiting import wait_for
from web_process import WebProcess, chunked, web_process
from workbooks import content_of

from config.database import Database
from config.server_urls import ServerUrls
from workflows.permissions import GRANTABLE
from workflows.tokens import issue_token

MEGABYTE = b" " * (1 << 20)
MOST = 8 << 20
"""The limit of files in these tests."""


@pytest.fixture(scope="module")
def served(servers: ServerUrls, template: str) -> Iterator[Database]:
    """The database of the web process."""
    with fresh_database(servers, template) as url:
        database = Database(url)
        a_world(database, stock={("10", "A1"): 100})
        yield database
        database.close()


@pytest.fixture(scope="module")
def web(served: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A web process for all these tests: each finds it as the one before left it."""
    with web_process(
        served.url, tmp_path_factory.mktemp("web"), UPLOAD_BYTES=str(MOST), METRICS_ON_LOOPBACK="true"
    ) as web:
        yield web


@pytest.fixture(scope="module")
def token(served: Database) -> str:
    """A token that may do everything."""
    with served.transaction() as tx:
        return issue_token(
            tx, "all", source="system", scopes=GRANTABLE, kommun=None,
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip


@pytest.fixture(autouse=True)
def serves_afterwards(web: WebProcess) -> Iterator[None]:
    """Whatever was sent, the next request is answered, and cost little."""
    before, spent = web.memory(), web.cpu()
    yield
    assert web.says("GET /health/ready HTTP/1.1\nHost: 127.0.0.1").status == 200
    assert web.memory() - before < 64 << 20
    assert web.cpu() - spent < 3.0


def a_file(token: str, *headers: str, place: str = "/api/v1/imports") -> str:
    """The head of a request that brings a file."""
    return "\n".join([f"POST {place} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", *headers])


def in_form(content: bytes, *, headers: bytes = b"", before: bytes = b"", parts: bytes = b"") -> bytes:
    """A form with the file `content`; `parts` stand before it, `before` in front of all, `headers` are the file's."""
    return (
        before + parts + b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n' + headers
        + b"\r\n" + content + b"\r\n--b--\r\n"
    )  # fmt: skip


def sent(web: WebProcess, token: str, content: bytes, *headers: str) -> int:
    """The status that a body of known length is answered with."""
    return web.says(a_file(token, *headers, f"Content-Length: {len(content)}"), [content]).status


FORM = "Content-Type: multipart/form-data; boundary=b"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("kind", ["Content-Type: text/csv", FORM])
def test_a_gigabyte_without_its_length_is_refused_when_it_is_too_much(web: WebProcess, token: str, kind: str) -> None:
    before = web.memory()
    begin = in_form(b"").partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if kind == FORM else b""

    answer = web.says(a_file(token, kind, CHUNKED), chunked([begin, *repeat(MEGABYTE, 1024)][not begin :]))

    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")
    # What the sockets hold was sent besides what was read.
    assert answer.sent < MOST + (32 << 20)
    assert web.memory() - before < 32 << 20


def test_a_length_that_is_too_much_is_refused_before_a_byte_has_come(web: WebProcess, token: str) -> None:
    assert web.says(a_file(token, f"Content-Length: {1 << 30}")).status == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1, 2", "99999999999999999999999"])
def test_a_length_that_is_none_is_refused(web: WebProcess, token: str, length: str) -> None:
    assert web.says(a_file(token, f"Content-Length: {length}")).status in (400, 413)


def test_two_lengths_or_a_length_beside_chunks_is_refused(web: WebProcess, token: str) -> None:
    assert web.says(a_file(token, "Content-Length: 1", "Content-Length: 2"), [b"x"]).status == 400
    answer = web.says(a_file(token, "Content-Length: 1", CHUNKED), chunked([b"{}"]))
    # By RFC 9112 the chunks count: all of them are one body.
    assert (answer.status, answer.document["refused"]) == (201, 1)


def test_headers_without_end_are_refused(web: WebProcess) -> None:
    head = "GET /health/live HTTP/1.1\nHost: 127.0.0.1"
    assert web.says(f"{head}\nX-A: {'a' * 1_000_000}").status == 400
    assert web.says("\n".join([head, *(f"X-{number}: 1" for number in range(100_000))])).status == 400


def test_a_part_with_headers_without_end_is_refused(web: WebProcess, token: str) -> None:
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(100_000))
    assert sent(web, token, in_form(b"{}", headers=many), FORM) == 400
    assert sent(web, token, in_form(b"{}", headers=b"X-A: " + b"a" * 1_000_000 + b"\r\n"), FORM) == 400


def test_ten_thousand_parts_are_refused(web: WebProcess, token: str) -> None:
    parts = b"".join(b'--b\r\nContent-Disposition: form-data; name="n%d"\r\n\r\n1\r\n' % n for n in range(10_000))
    assert sent(web, token, in_form(b"{}", parts=parts), FORM) == 400
    files = parts.replace(b'"\r\n\r\n', b'"; filename="f"\r\n\r\n')
    assert sent(web, token, in_form(b"{}", parts=files), FORM) == 400


@pytest.mark.parametrize("preamble", [b"x" * (4 << 20), b"\r\n" * (2 << 20), b"--b" * (1 << 20)])
def test_a_huge_preamble_costs_nothing(web: WebProcess, token: str, preamble: bytes) -> None:
    # Empty lines are no preamble, and are passed over.
    assert sent(web, token, in_form(b"{}", before=preamble), FORM) == (400 if preamble.strip() else 201)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=" + "b" * 300])
def test_a_form_without_a_boundary_is_refused(web: WebProcess, token: str, kind: str) -> None:
    assert sent(web, token, in_form(b"{}"), f"Content-Type: {kind}") == 400


def test_an_urlencoded_form_of_a_hundred_thousand_fields_is_refused(web: WebProcess, token: str) -> None:
    fields = b"&".join(b"f%d=1" % number for number in range(100_000))
    assert sent(web, token, fields, "Content-Type: application/x-www-form-urlencoded") == 415


@pytest.mark.parametrize("place", ["/api/v1/orders", "/api/v1/session", "/api/v1/tokens"])
def test_a_body_that_is_no_file_has_a_limit_of_its_own(web: WebProcess, token: str, place: str) -> None:
    json_kind = "Content-Type: application/json"
    answer = web.says(a_file(token, json_kind, CHUNKED, place=place), chunked(repeat(MEGABYTE, 1024)))
    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.sent < 32 << 20

    fields = b"&".join(b"f%d=1" % number for number in range(20_000))
    form = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(fields)}")
    assert web.says(a_file(token, *form, place=place), [fields]).status in (400, 413, 415, 422)


def test_ranges_without_end_cost_nothing(web: WebProcess) -> None:
    ranges = ",".join(["0-"] * 10_000)
    assert web.says(f"GET /health/live HTTP/1.1\nHost: 127.0.0.1\nRange: bytes={ranges}").status in (200, 400)


def zip_bomb() -> bytes:
    """Small, and gigabytes when somebody unpacks it."""
    layer = bytes(1 << 20)
    for _ in range(2):
        layer = content_of({f"xl/worksheets/sheet{number}.xml": layer for number in range(40)})
    return layer


def a_part(name: str, xml: bytes) -> bytes:
    return content_of({"xl/workbook.xml": b"<workbook/>", name: xml})


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><l>&c;</l>'


@pytest.mark.parametrize(
    "content",
    [
        zip_bomb(),
        content_of({f"xl/{number}.xml": b"" for number in range(20_000)}),
        a_part("../evil.xml", b"<a/>"),
        a_part("xl/big.xml", bytes(60 << 20)),
        a_part("xl/worksheets/sheet1.xml", LAUGHS),
        a_part("xl/worksheets/sheet1.xml", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>'),
        a_part("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
        a_part("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><x/>'),
    ],
    ids=["nested", "entries", "outside", "large", "laughs", "dtd", "entity", "parameter"],
)  # fmt: skip
def test_a_workbook_that_could_harm_is_refused_unread(web: WebProcess, token: str, content: bytes) -> None:
    assert zipfile.is_zipfile(io.BytesIO(content))
    answer = web.says(a_file(token, f"Content-Length: {len(content)}"), [content])
    assert answer.status == 422
    assert answer.document["violations"][0]["code"] == "file-unusable"
    assert b"root:" not in answer.body


def test_one_endless_line_is_refused_alone_and_the_others_are_taken(web: WebProcess, token: str) -> None:
    lines = [json.dumps(a_body("L-1")).encode(), b"x" * (5 << 20), json.dumps(a_body("L-2")).encode()]
    answer = web.says(a_file(token, CHUNKED), chunked([b"\n".join(lines)]))
    assert (answer.document["accepted"], answer.document["refused"]) == (2, 1)
    assert answer.document["orders"][0]["rows"] == [2, 2]


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/health/live", "//evil.example/health/live", "/health%2Flive", "/health/../health/live",
        "/health/live/", "/health\\live", "/health/live%00", "/%2e%2e/health/live", "*",
    ],
)  # fmt: skip
def test_another_form_of_a_path_reaches_nothing_and_redirects_nowhere(web: WebProcess, target: str) -> None:
    answer = web.says(f"GET {target} HTTP/1.1\nHost: 127.0.0.1")
    assert answer.status in (400, 404)
    assert "location" not in answer.headers
    assert b"evil" not in answer.body


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "PUT", "DELETE"])
def test_a_method_that_nothing_uses_is_refused(web: WebProcess, method: str) -> None:
    assert web.says(f"{method} /health/live HTTP/1.1\nHost: 127.0.0.1\nCookie: secret=1").status == 405


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_another_header_changes_nothing(web: WebProcess, name: str) -> None:
    answer = web.says(f"GET /health/live HTTP/1.1\nHost: 127.0.0.1\n{name}: DELETE")
    assert answer.status in (200, 405)
    assert web.says(f"POST /health/live HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n{name}: GET").status == 405


@pytest.mark.parametrize("request_line", ["GET", "\x00\x01", "GET /\x7f HTTP/1.1"])
def test_what_is_no_request_is_refused(web: WebProcess, request_line: str) -> None:
    assert web.says(f"{request_line}\nHost: 127.0.0.1").status == 400


def test_the_server_does_not_say_what_it_is(web: WebProcess) -> None:
    answer = web.says("GET /health/live HTTP/1.1\nHost: 127.0.0.1")
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers


def test_where_a_request_comes_from_is_believed_of_named_proxies_alone_and_who_is_asked_to_stop_stops(
    web: WebProcess, served: Database, token: str, tmp_path: Path
) -> None:
    """One start for both: what a proxy says, and the end of a process while somebody follows an order."""
    (order_id,) = store(served, an_order(("A1", 1)))
    forwarded = "GET /metrics HTTP/1.1\nHost: 127.0.0.1\nX-Forwarded-For: 203.0.113.9"
    stream = f"GET /api/v1/orders/{order_id}/stream HTTP/1.0\nHost: 127.0.0.1\nAuthorization: Bearer {token}"

    assert web.says(forwarded).status == 200
    with web_process(served.url, tmp_path, proxies=("127.0.0.1",), METRICS_ON_LOOPBACK="true") as other:
        assert other.says(forwarded).status == 401
        told = other.says(stream, stopping(other))
        wait_for(lambda: other.process.poll() is not None, 20, "its end")

    assert b'"state": "draft"' in told.body


def stopping(web: WebProcess) -> Iterator[bytes]:
    """Nothing to send: the process is asked to stop when its first answer has come."""
    yield b""
    web.process.send_signal(signal.SIGTERM)
