"""What gets past the edges of the web process? Nothing that is not for us, and nothing that another site asked for.

Bad inputs B33 (hosts and paths), B34 (methods) and B35 (cross-site), and the headers of every answer. No database is
asked: what is refused here has reached none. Next: integration/test_rate_limits.py, backoffice/api/edges/.
"""

import asyncio
from collections.abc import Iterator

import pytest
from people import PERSONNUMMER
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message
from web_world import BROWSER, HERE, a_web_process, another

from backoffice.api.cookies import SESSION

SESSION_PATH = "/api/v1/session"
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with a_web_process(NO_DATABASE, tmp_path_factory.mktemp("home")) as client:
        yield client


def asked(app: ASGIApp, method: str, path: bytes, *headers: tuple[bytes, bytes]) -> tuple[int, dict[bytes, bytes]]:
    """The status and headers that the application answers, to what no well-behaved client can be made to send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": path.decode("latin-1"), "raw_path": path, "query_string": b"", "root_path": "",
        "headers": list(headers), "client": ("10.0.0.2", 1), "server": ("localhost", 443),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.parametrize(
    "hosts",
    [
        [b"evil.example"], [b"localhost.evil.example"], [b"evil.example:localhost"], [b"localhost@evil.example"],
        [b"localhost:80@evil.example"], [b"localhost, evil.example"], [b""], [], [b"localhost", b"localhost"],
        [b"localhost", b"evil.example"], [b"localhost."], [b"[::1].evil.example"], [b"localhost:http"],
    ],
)  # fmt: skip
def test_a_request_for_another_host_or_for_two_is_refused(web: TestClient, hosts: list[bytes]) -> None:
    assert asked(web.app, "GET", b"/health/live", *((b"host", host) for host in hosts))[0] == 400


@pytest.mark.parametrize("host", [b"localhost", b"LOCALHOST:8080", b"127.0.0.1:80", b"[::1]:8080", b"[::1]"])
def test_our_own_hosts_are_known_at_any_port(web: TestClient, host: bytes) -> None:
    assert asked(web.app, "GET", b"/health/live", (b"host", host))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        b"http://evil.example/health/live", b"https://localhost/health/live", b"//evil.example/health/live",
        b"//localhost/", b"/health%2Flive", b"/health%2flive", b"/health%5Clive", b"\\health\\live", b"/health/live%00",
        b"*", b"",
    ],
)  # fmt: skip
def test_a_path_that_two_could_read_differently_is_refused(web: TestClient, path: bytes) -> None:
    status, headers = asked(web.app, "GET", path, (b"host", b"localhost"))

    assert status == 400
    assert b"location" not in headers


@pytest.mark.parametrize("path", ["/health/live/", "/api/v1/session/", "/api/v1/accounts/", "/nothing"])
def test_what_is_not_there_leads_nowhere(web: TestClient, path: str) -> None:
    assert another(web).get(path, follow_redirects=False).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "PROPFIND", "get", "X"])
def test_a_method_that_is_not_used_is_refused(web: TestClient, method: str) -> None:
    status, headers = asked(web.app, method, b"/health/live", (b"host", b"localhost"))

    assert status == 405
    assert b"TRACE" not in headers[b"allow"]


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_one_method_another(web: TestClient, name: str) -> None:
    assert another(web, **BROWSER, **{name: "DELETE"}).post(SESSION_PATH).status_code == 405
    assert another(web, **BROWSER, **{name: "GET"}).post(SESSION_PATH).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "anything"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost:8443"},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost@evil.example"},
        {},
    ],
)
def test_another_sites_page_changes_nothing_with_somebodys_cookie(web: TestClient, headers: dict[str, str]) -> None:
    site = another(web, Cookie=f"{SESSION}=somebodys", **headers)

    for method, path in (("DELETE", SESSION_PATH), ("POST", "/api/v1/accounts"), ("PATCH", "/nothing")):
        assert site.request(method, path, json={}).status_code == 403
    # Nor logs somebody in as another, for whom they would then work.
    if headers:
        assert another(web, **headers).post(SESSION_PATH, json={}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", SESSION_PATH, 401), ("GET", "/api/v1/nothing", 404), ("PUT", "/health/live", 405),
        ("GET", "/health/live", 200), ("GET", "/link", 200), ("POST", SESSION_PATH, 422),
    ],
)  # fmt: skip
def test_every_answer_tells_the_browser_to_do_nothing_with_it(
    web: TestClient, method: str, path: str, status: int
) -> None:
    answer = another(web).request(method, path)

    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["x-content-type-options"] == "nosniff"
    # With no-referrer a page's own forms would be sent as if from another site.
    assert answer.headers["referrer-policy"] == ("same-origin" if path == "/link" else "no-referrer")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    if path.startswith("/api/") or path == "/link":
        assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_what_the_edges_refuse_carries_the_headers_too(web: TestClient) -> None:
    _, headers = asked(web.app, "GET", b"/health/live", (b"host", b"evil.example"))

    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"content-type"] == b"application/problem+json"


def test_what_nobody_expected_says_nothing_and_carries_the_headers_too(web: TestClient) -> None:
    def failing() -> None:
        raise RuntimeError(PERSONNUMMER)

    web.app.add_api_route("/failing", failing)  # type: ignore[attr-defined]
    answer = TestClient(web.app, base_url=HERE, raise_server_exceptions=False).get("/failing")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert PERSONNUMMER not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
