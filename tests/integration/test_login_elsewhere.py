"""Who is let in by the provider's word, and as whom? One account for each subject, with the roles it says now.

Next: test_id_tokens.py, which word is believed; test_way_elsewhere.py, the way there, back and out.
"""

from typing import Any

from elsewhere_world import AT_LAGER, accounts, log_in
from identity_provider import IdentityProvider
from starlette.testclient import TestClient
from web_world import an_account, another

from config.database import Database
from workflows.accounts import disable, find_account
from workflows.master_data import Role


def test_somebody_who_logs_in_elsewhere_gets_an_account_with_the_roles_that_the_file_gives(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(site)
    answer = log_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert accounts(database) == [("asa.berg", "Åsa", ["lagerpersonal"], "Karlstad", "u-1")]
    me = browser.get("/api/v1/session").json()
    assert (me["name"], me["roles"], me["kommun"]) == ("asa.berg", ["lagerpersonal"], "Karlstad")
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-") and "HttpOnly" in cookie and "Secure" in cookie


def test_roles_and_kommun_are_what_the_provider_says_at_each_login(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    log_in(another(site))
    provider.who |= {"groups": "hjm-hms", "kommun": None, "preferred_username": "asa.lund"}
    browser = another(site)
    log_in(browser)
    assert accounts(database) == [("asa.berg", "Åsa", ["hms"], None, "u-1")]
    assert browser.get("/api/v1/session").json()["roles"] == ["hms"]


def test_an_account_is_found_by_the_subject_alone(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    """A name that another has, or an address, is nobody's key."""
    an_account(database, "asa.berg", Role.ADMIN)
    provider.who |= {"email": "asa.berg"}
    assert log_in(another(site)).status_code == 303
    (local, *_), (login, _, roles, _, subject) = accounts(database)
    assert (local, roles, subject) == ("asa.berg", ["lagerpersonal"], "u-1")
    assert login.startswith("oidc-")
    provider.who |= {"sub": "u-2"}
    assert log_in(another(site)).status_code == 303
    assert len(accounts(database)) == 3


def test_who_has_no_role_here_gets_no_account(site: TestClient, provider: IdentityProvider, database: Database) -> None:
    without: list[dict[str, Any]] = [
        {"groups": ["unknown"]}, {"groups": None}, {"kommun": None}, {"kommun": "0180"}, {"groups": {"hjm-lager": 1}},
    ]  # fmt: skip
    for who in without:
        provider.who |= AT_LAGER | who
        browser = another(site)
        answer = log_in(browser)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:orderflode:no-role"), who
        assert accounts(database) == []
        assert browser.get("/api/v1/session").status_code == 401


def test_who_has_lost_every_role_is_out_and_who_is_disabled_stays_out(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(site)
    log_in(browser)
    provider.who["groups"] = []
    assert log_in(another(site)).status_code == 403
    assert browser.get("/api/v1/session").status_code == 401
    provider.who |= AT_LAGER
    with database.transaction() as tx:
        disable(tx, find_account(tx, "asa.berg"), "test")
    answer = log_in(another(site))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:orderflode:account-disabled")


def test_a_subject_that_is_somebodys_number_is_not_kept(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    provider.who |= {"sub": "193208019111"}
    answer = log_in(another(site))
    assert answer.status_code == 403 and "193208019111" not in answer.text
    provider.who |= {"sub": "u-1", "preferred_username": "193208019111", "name": "19320801-9111"}
    log_in(another(site))
    assert "193208019111" not in str(accounts(database)) and "9111" not in str(accounts(database)[0][:2])
