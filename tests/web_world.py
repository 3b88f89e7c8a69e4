"""A web process in the test's own process, and browsers and programs that ask it.

A browser says where its requests come from, as every browser does; `cookies` are kept as it would keep them. Next:
backoffice/api/app.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from backoffice.api.app import create_app
from config.database import Database
from config.settings import Settings
from workflows.accounts import NewAccount, add_account
from workflows.logins import set_password
from workflows.master_data import Role
from workflows.passwords import new_hash
from workflows.permissions import Permission
from workflows.tokens import issue_token

HERE = "https://localhost"
PASSWORD = "en bil i en allé"
BROWSER = {"Sec-Fetch-Site": "same-origin", "Origin": HERE}


@contextmanager
def a_web_process(database_url: str, home: Path, **settings: Any) -> Iterator[TestClient]:
    """The application on the database, asked from 10.0.0.1 by somebody without cookies."""
    app = create_app(Settings(DATABASE_URL=database_url, ORDERFLODE_HOME=home, **settings))
    with TestClient(app, base_url=HERE, client=("10.0.0.1", 40_000)) as client:
        yield client


def another(client: TestClient, address: str = "10.0.0.1", **headers: str) -> TestClient:
    """Somebody else who asks the same process: a browser, unless `headers` say otherwise."""
    return TestClient(client.app, base_url=HERE, client=(address, 40_000), headers=headers or BROWSER)


def an_account(database: Database, login: str, *roles: Role, kommun: str | None = None, **changes: Any) -> int:
    """An account whose password is PASSWORD; its id."""
    with database.transaction() as tx:
        account = add_account(tx, NewAccount(login, login.title(), frozenset(roles), kommun, **changes), by="test")
        set_password(tx, account.id, new_hash(PASSWORD, login), by="test")
    return account.id


def logged_in(client: TestClient, login: str, address: str = "10.0.0.1", password: str = PASSWORD) -> TestClient:
    """A browser in which `login` has just logged in."""
    browser = another(client, address)
    answer = browser.post("/api/v1/session", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return browser


def a_token(database: Database, *scopes: Permission, name: str = "robot", kommun: str | None = None) -> str:
    """A token that holds for a day."""
    with database.transaction() as tx:
        return issue_token(
            tx, name, source=name, scopes=frozenset(scopes), kommun=kommun,
            expires_at=datetime.now(UTC) + timedelta(days=1), by="test",
        )  # fmt: skip


def bearing(client: TestClient, token: str) -> TestClient:
    """A program that shows `token`."""
    return another(client, Authorization=f"Bearer {token}")


def sent(browser: TestClient, address: str, **fields: str | list[str]) -> Any:
    """What a page's form, sent from it, is answered with."""
    return browser.post(address, data=fields, headers={"Origin": HERE}, follow_redirects=False)
