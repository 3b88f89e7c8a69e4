"""Somebody who looks at pages of the web process in the test's own process, without a browser: quick questions.

Next: browser/conftest.py, people with a browser.
"""

from itertools import count

from starlette.testclient import TestClient
from web_world import BROWSER, another

from backoffice.api.cookies import SESSION
from config.database import Database
from workflows.accounts import REGIONAL, NewAccount, add_account
from workflows.master_data import Role
from workflows.sessions import begin_session

_numbers = count(1)


def visiting(web: TestClient, database: Database, role: Role, kommun: str | None = None) -> TestClient:
    """Somebody of that role who has logged in; of Karlstad, where the role is no one's of the whole region."""
    whose = kommun if role in REGIONAL else kommun or "Karlstad"
    with database.transaction() as tx:
        new = NewAccount(f"{role}-{next(_numbers)}", "Någon", frozenset({role}), whose)
        cookie = begin_session(tx, add_account(tx, new, by="test").id)
    visitor = another(web, **BROWSER, Accept="text/html", Cookie=f"{SESSION}={cookie}")
    visitor.follow_redirects = False
    return visitor
