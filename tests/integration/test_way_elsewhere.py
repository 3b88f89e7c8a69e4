"""Is the way to the provider, back and out again one browser's own? Begun, ended once, and logged out of.

Next: backoffice/api/routes/oidc.py.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from elsewhere_world import accounts, log_in, refused, sent_back
from identity_provider import IdentityProvider, configured
from starlette.testclient import TestClient
from web_world import a_web_process, another

from config.database import Database


def test_a_state_is_used_once_by_the_browser_that_began_and_within_its_time(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(site)
    back = sent_back(browser)
    # Somebody is made to end a login that another began.
    refused(another(site).get(back, follow_redirects=False), database)
    assert browser.get(back, follow_redirects=False).status_code == 303
    again = browser.get(back, follow_redirects=False)
    assert again.status_code == 401
    assert browser.get("/login/oidc/callback?state=x&code=y").status_code == 401
    assert browser.get("/login/oidc/callback").status_code == 401

    late = sent_back(browser)
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM oidc_login").fetchone() == (1,)
    with database.session() as owner:
        owner.execute("UPDATE oidc_login SET expires_at = now()")
    assert browser.get(late, follow_redirects=False).status_code == 401
    sent_back(browser)
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM oidc_login").fetchone() == (1,)


def test_the_provider_refuses_a_code_without_its_verifier(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    """A code that somebody caught: put into a login of their own, it has another verifier."""
    caught = parse_qs(urlsplit(sent_back(another(site))).query)["code"][0]
    thief = another(site)
    own = parse_qs(urlsplit(sent_back(thief)).query)
    answer = thief.get(f"/login/oidc/callback?state={own['state'][0]}&code={caught}", follow_redirects=False)
    refused(answer, database)
    assert provider.refused == ["the verifier is wrong"]


def test_an_answer_of_another_provider_or_of_none_is_refused(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for changed in ("&iss=https%3A%2F%2Fother.example", "&error=access_denied"):
        browser = another(site)
        query = parse_qs(urlsplit(sent_back(browser)).query)
        path = f"/login/oidc/callback?state={query['state'][0]}&code={query['code'][0]}{changed}"
        refused(browser.get(path, follow_redirects=False), database)


def test_logging_out_ends_the_session_here_and_there_and_tells_nothing_of_who_it_was(site: TestClient) -> None:
    browser = another(site)
    log_in(browser)
    stolen = browser.cookies.get("__Host-orderflode")
    answer = browser.post("/login/oidc/logout", follow_redirects=False)
    there = urlsplit(answer.headers["location"])
    assert (answer.status_code, there.path) == (303, "/logout")
    # Who we are and where to come back to; no id token, which says who they are, in an address that is kept.
    told = {"client_id": ["orderflode"], "post_logout_redirect_uri": ["https://localhost/"]}
    assert parse_qs(there.query) == told
    thief = another(site, cookie=f"__Host-orderflode={stolen}")
    assert thief.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "of_itself", [{"issuer": "https://other.example"}, {"token_endpoint": "http://other.example/token"}]
)
def test_a_provider_that_says_of_itself_what_cannot_be_is_not_used(
    site: TestClient, provider: IdentityProvider, database: Database, of_itself: dict[str, Any]
) -> None:
    provider.of_itself = of_itself
    browser = another(site)
    begun = browser.get("/login/oidc", follow_redirects=False)
    if begun.status_code == 303:
        door = httpx2.get(begun.headers["location"], follow_redirects=False)
        begun = browser.get(door.headers["location"].removeprefix("https://localhost"), follow_redirects=False)
    assert begun.status_code == 503
    assert accounts(database) == []


def test_without_a_provider_nobody_logs_in_elsewhere_and_a_wrong_file_is_told(
    database_url: str, provider: IdentityProvider, tmp_path: Path
) -> None:
    with a_web_process(database_url, tmp_path) as client:
        assert client.get("/login/oidc", follow_redirects=False).status_code == 404
    for number, (name, line) in enumerate(
        [
            ("issuer", 'issuer = "http://idp.example"'), ("algorithms", 'algorithms = ["HS256"]'),
            ("algorithms", 'algorithms = ["none"]'), ("role", 'role = [{claim = "g", value = "v", role = "king"}]'),
            ("other", 'other = "x"'),
        ]
    ):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong = configured(provider, folder, **{name: line})
        with a_web_process(database_url, tmp_path, ORDERFLODE_OIDC=wrong) as client:
            answer = client.get("/login/oidc", follow_redirects=False)
            assert answer.status_code == 503 and name in answer.json()["title"]
