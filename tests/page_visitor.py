"""Somebody who opens pages without a browser: what a page answers and says, for tests of the pages' contents."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from api_world import an_api
from fastapi.testclient import TestClient
from web_world import BROWSER

from backoffice.api.cookies import SESSION
from config.database import Database
from workflows.accounts import NewAccount, add_account
from workflows.master_data import Role
from workflows.sessions import begin_session

TAG = re.compile(r"<[^>]*>")
BLANK = re.compile(r"\s+")


class Visitor:
    """A browser in which somebody has logged in; it follows no redirect."""

    def __init__(self, client: TestClient, cookie: str) -> None:
        self._client = client
        self._cookie = cookie

    def get(self, address: str) -> Any:
        """What the page answers."""
        return self._client.get(address, headers=self._headers(), follow_redirects=False)

    def post(self, address: str, **fields: str | list[str]) -> Any:
        """What the form at the address answers."""
        return self._client.post(address, data=fields, headers=self._headers(), follow_redirects=False)

    def _headers(self) -> Mapping[str, str]:
        self._client.cookies.clear()
        return BROWSER | {
            "Origin": str(self._client.base_url), "Accept": "text/html", "Cookie": f"{SESSION}={self._cookie}"
        }  # fmt: skip


class Visitors:
    """Lets people in, each by a role and a kommun."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self._client = client
        self._database = database
        self._names = 0

    def __call__(self, role: Role, kommun: str | None = None, person: str | None = None) -> Visitor:
        """Somebody of that role."""
        self._names += 1
        with self._database.transaction() as tx:
            new = NewAccount(f"{role}-{self._names}", "Någon", frozenset({role}), kommun, person)
            account = add_account(tx, new, by="test")
            return Visitor(self._client, begin_session(tx, account.id))


@contextmanager
def visitors(database: Database, folder: Path) -> Iterator[Visitors]:
    """The web process over the database, and who visits it."""
    with an_api(database.url, folder, ORDERFLODE_RATE_PER_ADDRESS=100_000, ORDERFLODE_RATE_PER_TOKEN=100_000) as client:
        yield Visitors(client, database)


def words_of(answer: Any) -> str:
    """What the page says, without its tags, each run of blanks as one."""
    return BLANK.sub(" ", unescape(TAG.sub(" ", answer.text))).strip()
