"""How long does a person wait for a page, and how heavy is it? Each page many times, from the real web process.

Beside all stored orders, as somebody of HMS who has logged in. What is measured is from the request on
loopback to the last byte: the server's time, and a little. Next: reads.py, what the pages read.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import NamedTuple

import httpx2

from backoffice.api.cookies import SESSION
from benchmarks.api import start_web
from benchmarks.figures import Figure, figure
from benchmarks.measuring import processes
from benchmarks.servers import Servers
from config.database import Database
from workflows.accounts import NewAccount, add_account
from workflows.master_data import Role
from workflows.sessions import begin_session

CALLS, WARM_UP = 100, 3


class _Measured(NamedTuple):
    """A page, its milliseconds, and its bytes as they are sent."""

    page: str
    milliseconds: list[float]
    size: int


def measure_pages(
    servers: Servers, url: str, say: Callable[[str], None], calls: int = CALLS
) -> tuple[list[dict[str, object]], list[Figure]]:
    """Every page of PAGES, `calls` times. Raises AssertionError for a page that does not answer with 200."""
    with _a_browser(servers, url) as browser:
        measured = [_measure(browser, page, calls) for page in _pages(browser)]
    found: list[dict[str, object]] = [
        {
            "page": each.page,
            "p50_ms": median(each.milliseconds),
            "p99_ms": quantiles(each.milliseconds, n=100, method="inclusive")[98],
            "kB": each.size / 1000,
        }
        for each in measured
    ]
    for each in found:
        say(f"page {each['page']}: p50 {each['p50_ms']:.0f} ms, p99 {each['p99_ms']:.0f} ms, {each['kB']:.0f} kB")
    slowest = max(float(str(each["p99_ms"])) for each in found)
    heaviest = max(float(str(each["kB"])) for each in found)
    return found, [
        figure("pages.p99", "the slowest page, p99", "ms", slowest),
        figure("pages.kB", "the heaviest page with its styles and scripts", "kB", heaviest),
    ]


PAGES = (
    "/", "/ordrar", "/ordrar?state=delivered", "/ordrar?type=forskrivning", "/ordrar?store=10", "/ny-order", "/import",
    "/plock", "/utleveranser", "/lager", "/lager/10", "/patient", "/granskning/hallna",
)  # fmt: skip
"""The pages of no one thing; the order page of one in the middle is added."""


def _pages(browser: httpx2.Client) -> Iterator[str]:
    yield from PAGES
    newest = browser.get("/api/v1/orders", params={"limit": 1}).json()["orders"][0]["id"]
    yield f"/ordrar/{newest // 2}"


def _measure(browser: httpx2.Client, page: str, calls: int) -> _Measured:
    milliseconds = []
    for call in range(WARM_UP + calls):
        answer = browser.get(page)
        assert answer.status_code == 200, (page, answer.status_code)
        if call >= WARM_UP:
            milliseconds.append(1000 * answer.elapsed.total_seconds())
    return _Measured(page, milliseconds, len(answer.content) + _size_of_files(browser, answer.text))


def _size_of_files(browser: httpx2.Client, html: str) -> int:
    """The stylesheet and the scripts of a page, which a browser asks for once."""
    addresses = {each.partition('"')[0] for each in html.split('"/static/')[1:]}
    return sum(len(browser.get(f"/static/{address}").content) for address in addresses)


@contextmanager
def _a_browser(servers: Servers, url: str) -> Iterator[httpx2.Client]:
    """Somebody of HMS at a web process on that database."""
    database = Database(url)
    try:
        with database.transaction() as tx:
            account = add_account(tx, NewAccount("bench", "Bench", frozenset({Role.HMS})), by="bench")
            secret = begin_session(tx, account.id)
    finally:
        database.close()
    with processes() as group:
        address = start_web(group, servers, url)
        with httpx2.Client(base_url=address, headers={"Cookie": f"{SESSION}={secret}"}, timeout=60) as browser:
            yield browser
