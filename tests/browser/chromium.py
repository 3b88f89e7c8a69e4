"""Which browser do the tests drive? Debian's Chromium, without a window, and speaking to nobody but us."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ALONE = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)  # fmt: skip

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
"""Where it is; None where it is not installed."""


@contextmanager
def a_chromium() -> Iterator[Browser]:
    """The browser, which must be installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(ALONE))
        yield browser
        browser.close()
