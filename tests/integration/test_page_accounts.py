"""Do the pages of accounts, tokens and links give what they should, and no more? Without a browser.

Next: ../browser/test_people.py (the flows), backoffice/pages/routes/accounts.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_world
from starlette.testclient import TestClient
from web_world import PASSWORD, a_token, a_web_process, an_account, another, logged_in, sent

from config.database import Database
from workflows.master_data import Role
from workflows.permissions import Permission


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    an_account(database, "rut", Role.ADMIN)
    an_account(database, "hanna", Role.HMS)
    with a_web_process(database_url, tmp_path) as client:
        yield client


def test_accounts_are_listed_as_swedes_sort_and_found_by_part_of_a_name(web: TestClient, database: Database) -> None:
    for login in ("öde", "ahl", "äng", "åby", "zack"):
        an_account(database, login, Role.HMS)
    rut = logged_in(web, "rut")
    names = re.findall(r'<th scope="row"><a href="/konton/konto/[^"]+">(\w+)</a>', rut.get("/konton/alla").text)
    assert [name for name in names if name not in ("Rut", "Hanna")] == ["Ahl", "Zack", "Åby", "Äng", "Öde"]
    assert "1 konto<" in rut.get("/konton/alla?sok=ÖD").text


def test_a_new_account_is_refused_with_what_was_typed_still_there(web: TestClient) -> None:
    page = sent(logged_in(web, "rut"), "/konton/nytt", login="lea", name="Lea <Lind>", roles="orderer")
    assert page.status_code == 422
    assert "Kontot behöver en kommun" in page.text
    assert 'value="lea"' in page.text and "Lea &lt;Lind&gt;" in page.text
    assert 'value="orderer" checked' in page.text


def test_nobody_changes_their_own_account_and_the_last_administrator_stays(web: TestClient, database: Database) -> None:
    an_account(database, "kia", Role.ADMIN, kommun="Karlstad")
    assert sent(logged_in(web, "rut"), "/konton/konto/rut/stang").status_code == 403
    an_account(database, "ria", Role.ADMIN)
    ria = logged_in(web, "ria")
    assert sent(ria, "/konton/konto/rut/stang").status_code == 303
    assert sent(logged_in(web, "kia"), "/konton/konto/ria/roller", roles="hms").status_code == 404


def test_a_link_is_in_the_answer_alone(web: TestClient) -> None:
    rut = logged_in(web, "rut")
    page = sent(rut, "/konton/nytt", login="lea", name="Lea", roles="hms")
    link = re.search(r'value="(https://localhost/link#invite=[^"]+)"', page.text)
    assert page.status_code == 200 and link is not None
    assert "set-cookie" not in page.headers
    secret = link[1].partition("=")[2]
    assert another(web).post("/api/v1/link", json={"secret": secret, "password": PASSWORD}).status_code == 200
    assert secret not in rut.get("/konton/konto/lea").text


def test_a_token_is_made_shown_once_and_ended(web: TestClient, database: Database) -> None:
    rut = logged_in(web, "rut")
    page = sent(rut, "/konton/tokens", name="journal", source="journal", scopes=["order.read", "stock.read"], till="")
    secret = re.search(r'value="(ofl_[^"]+)"', page.text)
    assert secret is not None and "set-cookie" not in page.headers
    bearer = another(web, Authorization=f"Bearer {secret[1]}")
    assert bearer.get("/api/v1/session").json()["permissions"] == ["order.read", "stock.read"]
    again = sent(rut, "/konton/tokens", name="journal", source="x", scopes="order.read")
    assert (again.status_code, 'value="x"' in again.text) == (409, True)
    assert secret[1] not in rut.get("/konton/tokens").text
    assert sent(rut, "/konton/tokens/journal/aterkalla").status_code == 303
    assert bearer.get("/api/v1/session").status_code == 401


def test_a_token_is_given_nothing_that_is_peoples(web: TestClient) -> None:
    rut = logged_in(web, "rut")
    assert 'value="patient.search"' not in rut.get("/konton/tokens").text
    assert sent(rut, "/konton/tokens", name="t", source="t", scopes="patient.search").status_code == 403
    assert sent(rut, "/konton/tokens", name="t", source="t", scopes="order.read", till="i morgon").status_code == 422


def test_a_kommuns_administrator_makes_tokens_of_their_kommun(web: TestClient, database: Database) -> None:
    an_account(database, "kia", Role.ADMIN, kommun="Kil")
    a_token(database, Permission.READ_ORDERS, name="regionens")
    kia = logged_in(web, "kia")
    assert "regionens" not in kia.get("/konton/tokens").text
    assert sent(kia, "/konton/tokens", name="t", source="t", scopes="order.read", kommun="Karlstad").status_code == 403
    assert "ofl_" in sent(kia, "/konton/tokens", name="t", source="t", scopes="order.read").text


def test_the_link_page_is_never_told_the_secret(web: TestClient) -> None:
    page = another(web).get("/link")
    assert "behöver JavaScript" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
