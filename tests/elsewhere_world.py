"""How does somebody go through the provider's door? The steps of a login elsewhere, and what came of it.

The provider is identity_provider.py; the web process that sends people there is the fixture `site`.
"""

from typing import Any

import httpx2
from starlette.testclient import TestClient
from web_world import BROWSER

from config.database import Database

AT_LAGER = {"groups": ["hjm-lager", "other"], "kommun": "1780"}


def sent_back(browser: TestClient) -> str:
    """Begin a login and go through the provider's door; the address at which the browser comes back."""
    there = browser.get("/login/oidc", follow_redirects=False)
    assert there.status_code == 303, there.text
    door = httpx2.get(there.headers["location"], follow_redirects=False)
    return door.headers["location"].removeprefix("https://localhost")


def log_in(browser: TestClient) -> Any:
    """The answer to the browser that comes back."""
    return browser.get(sent_back(browser), follow_redirects=False, headers=BROWSER | {"Sec-Fetch-Site": "cross-site"})


def accounts(database: Database) -> list[tuple[Any, ...]]:
    with database.transaction() as tx:
        return tx.execute("SELECT login, name, roles, kommun, subject FROM account ORDER BY id").fetchall()


def refused(answer: Any, database: Database, which: str = "") -> None:
    assert answer.status_code == 401, which or answer.text
    assert answer.json()["type"] == "urn:orderflode:login-refused"
    assert accounts(database) == []
    assert not any("orderflode=" in each for each in answer.headers.get_list("set-cookie"))
