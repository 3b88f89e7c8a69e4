"""What do the tests in a browser get? Debian's Chromium, driven by Playwright, and people who have logged in with it.

Where no Chromium is installed the tests are skipped and say so; where one must be (ORDERFLODE_TEST_BROWSER=required, as
in CI) they fail.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from back_office import BackOffice, a_back_office
from browser.chromium import PROGRAM, a_chromium
from conftest import fresh_database
from playwright.sync_api import Browser, Page
from web_world import PASSWORD

from config.server_urls import ServerUrls
from workflows.master_data import Role

STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

Somebody = Callable[..., Page]
"""`somebody(Role.HMS)` is a page in which they have logged in; `login="hms.karlstad"`: another of that role;
`javascript=False`: without it; `then="/lager"`: where they go first."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, without a window; it ends with its file, since no other event loop runs beside Playwright's."""
    if PROGRAM is None:
        if os.environ.get("ORDERFLODE_TEST_BROWSER") == "required":
            pytest.fail("Chromium is not installed, and must be")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with a_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def back_office(
    servers: ServerUrls, template: str, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[BackOffice]:
    """One for the tests of a file, which are about different orders."""
    with (
        fresh_database(servers, template) as url,
        a_back_office(url, tmp_path_factory.mktemp("back-office")) as office,
    ):
        yield office


@pytest.fixture
def somebody(chromium: Browser, back_office: BackOffice) -> Iterator[Somebody]:
    """Lets people in; what their browsers complained of in the console fails the test."""
    contexts, complaints = [], []

    def let_in(role: Role, *, login: str | None = None, javascript: bool = True, then: str = "/") -> Page:
        context = chromium.new_context(
            base_url=back_office.address, java_script_enabled=javascript, locale="sv-SE",
            timezone_id="Europe/Stockholm", viewport={"width": 1280, "height": 900},
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/logga-in?sedan={then}")
        page.get_by_label("Inloggningsnamn").fill(login or str(role))
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        return page

    yield let_in
    for context in contexts:
        context.close()
    # What the server refuses is told in the console too: that is no fault of a page's.
    assert [each for each in complaints if "the server responded with a status of 4" not in each] == []


def barriers(page: Page) -> list[str]:
    """What axe finds on the page that keeps somebody out, by rule and place."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(STANDARD)}}).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:120]}" for rule in found for node in rule["nodes"]]
