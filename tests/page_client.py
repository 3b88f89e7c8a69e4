"""Pages asked in the test's own process: somebody of a role who has logged in, and what their browser shows.

Next: web_world.py, the process; browser/conftest.py, pages in a real browser.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from api_world import an_api
from fastapi.testclient import TestClient
from web_world import BROWSER, another

from backoffice.api.cookies import SESSION
from config.database import Database
from workflows.accounts import REGIONAL, NewAccount, add_account
from workflows.master_data import Role
from workflows.sessions import begin_session

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Pages:
    """The web process's pages, over a database."""

    client: TestClient
    database: Database

    def of(self, *roles: Role, kommun: str | None = None, login: str | None = None, **account: Any) -> TestClient:
        """A browser in which somebody with these roles has logged in: of Karlstad where they must be of a kommun."""
        kommun = kommun or (None if REGIONAL.issuperset(roles) else "Karlstad")
        name = login or f"n{next(_numbers)}"
        with self.database.transaction() as tx:
            new = add_account(tx, NewAccount(name, name, frozenset(roles), kommun, **account), by="test")
            cookie = begin_session(tx, new.id)
        browser = another(self.client, **BROWSER, Accept="text/html")
        browser.headers["Cookie"] = f"{SESSION}={cookie}"
        browser.follow_redirects = False
        return browser


@contextmanager
def pages_of(database: Database, folder: Path) -> Iterator[Pages]:
    """The pages over that database."""
    with an_api(database.url, folder, ORDERFLODE_RATE_PER_ADDRESS=100_000, ORDERFLODE_RATE_PER_TOKEN=100_000) as client:
        yield Pages(client, database)


def words_of(answer: Any) -> str:
    """What the page says: its text on one line, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def send(browser: TestClient, address: str, **fields: str) -> Any:
    """What the form at the address answers to these fields."""
    return browser.post(address, data=fields)
