"""Who comes in, and for how long? Logins, cookies, and everything that ends a session (B37).

Next: test_login_pace.py, who guesses; workflows/logins.py, workflows/sessions.py, backoffice/api/who.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from builders import a_world
from starlette.testclient import TestClient
from web_world import PASSWORD, a_token, a_web_process, an_account, another, bearing, logged_in

from backoffice.api.cookies import DEVICE, SESSION
from config.database import Database
from workflows.accounts import disable, find_account, set_roles
from workflows.master_data import Role
from workflows.permissions import Permission
from workflows.tokens import digest_of


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    an_account(database, "asa", Role.HMS)
    an_account(database, "lea", Role.LAGERPERSONAL, kommun="Karlstad", person="lager")
    with a_web_process(database_url, tmp_path) as client:
        yield client


def status(browser: TestClient) -> int:
    return browser.get("/api/v1/session").status_code


def tried(browser: TestClient, login: str = "asa", password: str = "inte lösenordet") -> int:
    return browser.post("/api/v1/session", json={"login": login, "password": password}).status_code


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.transaction() as tx:
        return tx.execute(query.encode()).fetchall()


def test_who_logs_in_is_told_who_they_are_and_what_they_may(web: TestClient) -> None:
    browser = logged_in(web, "  LEA ")

    me = browser.get("/api/v1/session").json()

    assert (me["name"], me["kind"], me["roles"], me["kommun"]) == ("lea", "account", ["lagerpersonal"], "Karlstad")
    assert (me["person"], me["units"]) == ("lager", ["03-05", "04-01"])
    assert "order.pick" in me["permissions"]
    assert "order.create.forskrivning" not in me["permissions"]


def test_the_cookies_reach_no_script_no_plain_connection_and_no_other_site(web: TestClient) -> None:
    answer = another(web).post("/api/v1/session", json={"login": "asa", "password": PASSWORD})

    session, device = answer.headers.get_list("set-cookie")
    for cookie, name in ((session, "__Host-orderflode="), (device, "__Host-orderflode-device=")):
        assert cookie.startswith(name)
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert "Max-Age" not in session
    assert answer.headers["cache-control"] == "no-store"


def test_the_database_holds_no_secret_that_opens_anything(web: TestClient, database: Database) -> None:
    browser = logged_in(web, "asa")

    kept = str(rows(database, "SELECT * FROM session")) + str(rows(database, "SELECT * FROM known_device"))

    assert all(browser.cookies[name] not in kept for name in (SESSION, DEVICE))
    ((password,),) = rows(database, "SELECT password_hash FROM account WHERE login = 'asa'")
    assert str(password).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_session_id_that_somebody_else_chose_is_never_one(web: TestClient, database: Database) -> None:
    browser = another(web)
    browser.cookies.set(SESSION, "chosen-by-somebody-else", domain="localhost.local", path="/")
    assert status(browser) == 401

    answer = browser.post("/api/v1/session", json={"login": "asa", "password": PASSWORD})

    assert answer.cookies[SESSION] != "chosen-by-somebody-else"
    assert not rows(database, "SELECT FROM session WHERE token_hash = sha256('chosen-by-somebody-else')")


def test_logging_in_again_ends_the_session_that_was(web: TestClient) -> None:
    browser = logged_in(web, "asa")
    before = browser.cookies[SESSION]

    assert browser.post("/api/v1/session", json={"login": "asa", "password": PASSWORD}).status_code == 200

    assert browser.cookies[SESSION] != before
    assert status(browser) == 200
    assert status(another(web, Cookie=f"{SESSION}={before}")) == 401


def test_a_cookie_that_was_copied_opens_nothing_after_the_logout(web: TestClient) -> None:
    browser = logged_in(web, "asa")
    copied = another(web, Cookie=f"{SESSION}={browser.cookies[SESSION]}")
    assert status(copied) == 200

    assert browser.delete("/api/v1/session").status_code == 204

    assert SESSION not in browser.cookies
    assert status(copied) == 401


def test_a_disabled_account_is_out_at_once_and_stays_out(web: TestClient, database: Database) -> None:
    browser = logged_in(web, "lea")

    with database.transaction() as tx:
        disable(tx, find_account(tx, "lea"), by="test")

    assert status(browser) == 401
    assert tried(another(web), "lea", PASSWORD) == 401
    # The row alone is enough, should a session be made in the same moment.
    an_account(database, "leo", Role.HMS)
    other = logged_in(web, "leo")
    with database.transaction() as tx:
        tx.execute("UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'leo'")
    assert status(other) == 401


def test_what_is_taken_from_an_account_is_gone_at_its_next_request(web: TestClient, database: Database) -> None:
    browser = logged_in(web, "asa")
    assert "stock.adjust" in browser.get("/api/v1/session").json()["permissions"]

    with database.transaction() as tx:
        set_roles(tx, find_account(tx, "asa"), frozenset({Role.ADMIN}), by="test")

    assert "stock.adjust" not in browser.get("/api/v1/session").json()["permissions"]


@pytest.mark.parametrize(
    ("column", "ago", "stays"),
    [
        ("last_seen_at", timedelta(minutes=29), 200),
        ("last_seen_at", timedelta(minutes=31), 401),
        ("expires_at", timedelta(seconds=1), 401),
    ],
)
def test_a_session_ends_when_idle_and_when_its_day_is_over(
    web: TestClient, database: Database, column: str, ago: timedelta, stays: int
) -> None:
    browser = logged_in(web, "asa")

    with database.transaction() as tx:
        tx.execute(f"UPDATE session SET {column} = clock_timestamp() - %s".encode(), (ago,))

    assert status(browser) == stays


def test_a_session_that_is_used_stays_awake_and_still_ends_after_ten_hours(web: TestClient, database: Database) -> None:
    browser = logged_in(web, "asa")
    with database.transaction() as tx:
        tx.execute("UPDATE session SET last_seen_at = clock_timestamp() - interval '20 minutes'")

    assert status(browser) == 200

    assert rows(database, "SELECT FROM session WHERE last_seen_at > clock_timestamp() - interval '1 minute'")
    assert rows(database, "SELECT FROM session WHERE expires_at - created_at BETWEEN '9h 59m' AND '10h'")


def test_another_password_ends_all_sessions_but_the_one_that_chose_it(web: TestClient, database: Database) -> None:
    browser, elsewhere = logged_in(web, "asa"), logged_in(web, "asa")
    chosen = {"old": PASSWORD, "new": "två bilar i en allé"}

    assert browser.put("/api/v1/session/password", json={**chosen, "old": "fel fel fel fel"}).status_code == 401
    assert browser.put("/api/v1/session/password", json={**chosen, "new": "kort"}).status_code == 422
    assert (status(browser), status(elsewhere)) == (200, 200)
    before = browser.cookies[SESSION]
    assert browser.put("/api/v1/session/password", json=chosen).status_code == 200

    assert (status(browser), status(elsewhere)) == (200, 401)
    assert browser.cookies[SESSION] != before
    assert tried(another(web), password=PASSWORD) == 401
    assert tried(another(web), password="två bilar i en allé") == 200


def test_a_password_of_weaker_hashing_is_hashed_anew_at_the_next_login(web: TestClient, database: Database) -> None:
    with database.transaction() as tx:
        weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
        tx.execute("UPDATE account SET password_hash = %s WHERE login = 'asa'", (weaker,))

    logged_in(web, "asa")

    ((kept,),) = rows(database, "SELECT password_hash FROM account WHERE login = 'asa'")
    assert "m=19456,t=2,p=1" in str(kept)
    logged_in(web, "asa")


def test_a_token_shown_beside_a_cookie_is_the_one_that_counts(web: TestClient, database: Database) -> None:
    cookie = f"{SESSION}={logged_in(web, 'asa').cookies[SESSION]}"
    token = a_token(database, Permission.READ_ORDERS)

    both = another(web, Cookie=cookie, Authorization=f"Bearer {token}")
    assert both.get("/api/v1/session").json()["name"] == "token:robot"
    assert status(another(web, Cookie=cookie, Authorization="Bearer ofl_wrong")) == 401
    assert status(another(web, Cookie=cookie, Authorization="Basic YTpi")) == 401
    assert bearing(web, token).put(
        "/api/v1/session/password", json={"old": PASSWORD, "new": "två bilar i en allé"}
    ).status_code == 403  # fmt: skip


def test_a_device_that_several_use_is_one_device_and_a_made_up_one_is_none(web: TestClient, database: Database) -> None:
    browser = logged_in(web, "asa")
    shared = browser.cookies[DEVICE]
    assert browser.post("/api/v1/session", json={"login": "lea", "password": PASSWORD}).status_code == 200
    assert browser.cookies[DEVICE] == shared
    assert len(rows(database, "SELECT FROM known_device")) == 2

    stranger = another(web, Cookie=f"{DEVICE}=chosen")
    answer = stranger.post(
        "/api/v1/session", json={"login": "asa", "password": PASSWORD}, headers={"Origin": "https://localhost"}
    )
    assert answer.cookies[DEVICE] not in ("chosen", shared)
    assert rows(database, f"SELECT FROM known_device WHERE token_hash = '\\x{digest_of('chosen').hex()}'") == []
