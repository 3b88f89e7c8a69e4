"""How does somebody choose their first password? One-time links: the first administrator's, invitations, new passwords.

Next: workflows/one_time_links.py, backoffice/pages/routes/link.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from at_once import at_once
from builders import a_world
from starlette.testclient import TestClient
from web_world import PASSWORD, a_web_process, an_account, another, logged_in

from config.database import Database
from workflows.accounts import disable, find_account, list_accounts
from workflows.master_data import Role
from workflows.one_time_links import LIFE, Chosen, LinkRefused, Purpose, issue_link, use_link


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    with a_web_process(database_url, tmp_path) as client:
        yield client


def a_link(database: Database, login: str | None, purpose: Purpose) -> str:
    with database.transaction() as tx:
        account = None if login is None else find_account(tx, login).id
        return issue_link(tx, account, purpose, by="test")


def used(browser: TestClient, secret: str, **chosen: Any) -> int:
    return browser.post("/api/v1/link", json={"secret": secret, "password": PASSWORD, **chosen}).status_code


def test_the_first_administrator_chooses_login_and_password_and_is_in(web: TestClient, database: Database) -> None:
    secret = a_link(database, None, Purpose.FIRST)
    browser = another(web)

    assert used(browser, secret, login="Asa.Berg", name="Åsa Berg") == 200

    me = browser.get("/api/v1/session").json()
    assert (me["name"], me["roles"], me["kommun"]) == ("asa.berg", ["admin"], None)
    logged_in(web, "asa.berg")


def test_what_is_refused_leaves_the_link_as_good_as_before(web: TestClient, database: Database) -> None:
    secret = a_link(database, None, Purpose.FIRST)

    assert used(another(web), secret, login="asa", name="Åsa", password="kort") == 422
    assert used(another(web), secret, login="a b", name="Åsa") == 422
    assert used(another(web), secret, login="asa") == 422
    assert used(another(web), secret, login="asa", name="Åsa") == 200


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_is_good_once_for_its_time_and_until_another_takes_its_place(
    web: TestClient, database: Database, purpose: Purpose
) -> None:
    login = None
    if purpose is not Purpose.FIRST:
        an_account(database, "lea", Role.HMS)
        login = "lea"
    chosen = {} if login else {"login": "asa", "name": "Åsa"}

    replaced, secret = a_link(database, login, purpose), a_link(database, login, purpose)
    assert used(another(web), replaced, **chosen) == 410
    with database.transaction() as tx:
        tx.execute("UPDATE one_time_link SET expires_at = expires_at - %s", (LIFE[purpose],))
    assert used(another(web), secret, **chosen) == 410
    with database.transaction() as tx:
        tx.execute("UPDATE one_time_link SET expires_at = expires_at + interval '1 minute'")
    assert used(another(web), secret, **chosen) == 200
    assert used(another(web), secret, **chosen) == 410


def test_the_first_link_makes_no_administrator_where_somebody_has_an_account(
    web: TestClient, database: Database
) -> None:
    secret = a_link(database, None, Purpose.FIRST)
    an_account(database, "lea", Role.ADMIN)

    assert used(another(web), secret, login="asa", name="Åsa") == 410

    with database.transaction() as tx:
        assert [account.login for account in list_accounts(tx)] == ["lea"]


def test_a_link_that_two_use_at_once_is_used_once(database: Database, database_url: str) -> None:
    an_account(database, "lea", Role.HMS)
    secret = a_link(database, "lea", Purpose.INVITE)

    def use(database: Database) -> bool:
        try:
            use_link(database, secret, Chosen(PASSWORD), address="10.0.0.1", device=None)
        except LinkRefused:
            return False
        return True

    assert sorted(map(bool, at_once(database_url, *[use] * 4))) == [False, False, False, True]


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(web: TestClient, database: Database) -> None:
    an_account(database, "lea", Role.HMS)
    elsewhere = logged_in(web, "lea")

    assert used(another(web), a_link(database, "lea", Purpose.RESET), password="två bilar i en allé") == 200

    assert elsewhere.get("/api/v1/session").status_code == 401
    logged_in(web, "lea", password="två bilar i en allé")


def test_the_link_of_an_account_that_was_disabled_opens_nothing(web: TestClient, database: Database) -> None:
    an_account(database, "lea", Role.HMS)
    secret = a_link(database, "lea", Purpose.RESET)
    with database.transaction() as tx:
        disable(tx, find_account(tx, "lea"), by="test")

    assert used(another(web), secret) == 410


def test_the_database_does_not_hold_the_link(web: TestClient, database: Database) -> None:
    secret = a_link(database, None, Purpose.FIRST)

    with database.transaction() as tx:
        assert secret not in str(tx.execute("SELECT * FROM one_time_link").fetchall())


def test_the_page_of_a_link_loads_nothing_from_elsewhere_and_has_no_script_in_it(web: TestClient) -> None:
    page = another(web).get("/link")

    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    scripts = re.findall(r'<script src="([^"]+)" defer></script>', page.text)
    assert page.text.count("<script") == len(scripts) == 3
    assert "://" not in page.text
    for file in (*scripts, *re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text)):
        assert re.fullmatch(r"/static/[0-9a-f]{12}/\w+\.(js|css)", file)
        answer = another(web).get(file)
        kind = "text/javascript" if file.endswith("js") else "text/css"
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
