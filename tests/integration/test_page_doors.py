"""Whom does a page let in, and where does it send them? Never by a cookie that another site's page may have sent along,
and never to another site.

Next: ../unit/test_edges.py (what every request passes), test_page_matrix.py (who may open which page).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_world
from page_client import Pages, pages_of, send
from web_world import PASSWORD, an_account, another

from config.database import Database
from workflows.master_data import Role


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    a_world(database)
    with pages_of(database, tmp_path) as pages:
        yield pages


def test_beside_a_token_no_cookie_opens_a_page(pages: Pages, database: Database) -> None:
    somebody = pages.of(Role.HMS, login="hms")
    elsewhere = {"Origin": "https://annan.example", "Sec-Fetch-Site": "cross-site", "Authorization": "Basic YTpi"}
    answer = somebody.post("/profil/sprak", data={"sprak": "en"}, headers=elsewhere)
    assert (answer.status_code, answer.headers["location"]) == (303, "/logga-in")
    with database.transaction() as tx:
        assert tx.execute("SELECT language FROM account WHERE login = 'hms'").fetchall() == [("sv",)]


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/ordrar?q=Łódź€", "/ordrar?q=%C5%81%C3%B3d%C5%BA%E2%82%AC"),
        ("/ordrar?q=a%2Fb&state=draft", "/ordrar?q=a%2Fb&state=draft"),
        *((elsewhere, "/") for elsewhere in ("//annan.example", "/\\annan.example", "https://annan.example", "annan")),
    ],
)
def test_a_login_leads_to_the_page_that_was_wanted_and_to_no_other_site(
    pages: Pages, database: Database, wanted: str, there: str
) -> None:
    an_account(database, "asa", Role.HMS)
    browser = another(pages.client)
    browser.follow_redirects = False
    answer = send(browser, "/logga-in", sedan=wanted, login="asa", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, there)
