"""May an administrator manage accounts and tokens, and only theirs? By HTTP, each kommun by itself.

Next: backoffice/api/routes/accounts.py, backoffice/api/routes/tokens.py.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from builders import a_world
from people import PERSONNUMMER
from starlette.testclient import TestClient
from web_world import PASSWORD, a_token, a_web_process, an_account, another, bearing, logged_in

from config.database import Database
from workflows.accounts import NewAccount, add_account
from workflows.master_data import Role
from workflows.permissions import GIVEN, Permission

ACCOUNTS, TOKENS = "/api/v1/accounts", "/api/v1/tokens"
NEW = {"login": "lea", "name": "Lea Lind", "roles": ["orderer"], "kommun": "Karlstad"}
NEW_TOKEN: dict[str, Any] = {"name": "robot", "source": "robot", "scopes": ["order.read"]}


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    an_account(database, "rut", Role.ADMIN)
    an_account(database, "kil", Role.ADMIN, kommun="Kil")
    with a_web_process(database_url, tmp_path) as client:
        yield client


def secret_of(link: str) -> str:
    return link.partition("=")[2]


def test_an_invited_person_chooses_a_password_and_may_what_their_roles_say(web: TestClient) -> None:
    rut = logged_in(web, "rut")

    told = rut.post(ACCOUNTS, json=NEW)

    assert told.status_code == 201
    assert told.json()["link"].startswith("https://localhost/link#invite=")
    assert rut.get(f"{ACCOUNTS}/lea").json()["has_password"] is False
    lea = another(web)
    assert lea.post("/api/v1/link", json={"secret": secret_of(told.json()["link"]), "password": PASSWORD}).json()[
        "kommun"
    ] == "Karlstad"  # fmt: skip
    assert lea.get(ACCOUNTS).status_code == 403
    shown = rut.get(f"{ACCOUNTS}/lea").json()
    assert (shown["has_password"], len(shown["sessions"])) == (True, 1)
    assert [event["event"] for event in shown["events"]] == ["login", "password", "invited", "created"]
    assert "hash" not in str(shown)


def test_roles_and_kommun_default_to_those_of_the_person(web: TestClient, database: Database) -> None:
    with database.transaction() as tx:
        tx.execute("DELETE FROM person_unit WHERE person = 'best' AND unit = '04-01'")
    rut = logged_in(web, "rut")

    assert rut.post(ACCOUNTS, json={"login": "b", "name": "B", "person": "best"}).status_code == 201
    # Of two kommuner nobody can know which is meant.
    assert rut.post(ACCOUNTS, json={"login": "f", "name": "F", "person": "forsk"}).status_code == 422

    shown = rut.get(f"{ACCOUNTS}/b").json()
    assert (shown["roles"], shown["kommun"], shown["person"]) == (["orderer"], "Karlstad", "best")


WRONG_ACCOUNTS: list[dict[str, Any]] = [
    {"login": "a b"}, {"login": "token:x"}, {"login": ""}, {"login": PERSONNUMMER}, {"login": "x" * 129},
    {"login": "RUT"}, {"name": ""}, {"name": "a\x00"}, {"name": PERSONNUMMER}, {"roles": []}, {"roles": ["boss"]},
    {"kommun": None}, {"kommun": ""}, {"kommun": "*"}, {"kommun": "Nowhere"}, {"person": "nobody"},
    {"password": "x"}, {"disabled": True},
]  # fmt: skip


def test_an_account_that_may_not_be_so_is_refused_and_the_value_not_repeated(web: TestClient) -> None:
    rut = logged_in(web, "rut")

    answers = [rut.post(ACCOUNTS, json=NEW | wrong) for wrong in WRONG_ACCOUNTS]

    assert [answer.status_code for answer in answers] == [422] * len(WRONG_ACCOUNTS)
    assert not [answer.text for answer in answers if PERSONNUMMER in answer.text]
    assert [each["login"] for each in rut.get(ACCOUNTS).json()["accounts"]] == ["kil", "rut"]


def test_other_roles_and_closing_take_effect_at_once(web: TestClient, database: Database) -> None:
    an_account(database, "lea", Role.ORDERER, kommun="Karlstad")
    rut, lea = logged_in(web, "rut"), logged_in(web, "lea")

    assert rut.patch(f"{ACCOUNTS}/lea", json={"roles": ["tekniker"]}).json()["roles"] == ["tekniker"]
    assert "order.pick" in lea.get("/api/v1/session").json()["permissions"]

    assert rut.patch(f"{ACCOUNTS}/lea", json={"disabled": True}).json()["disabled_at"] is not None
    assert lea.get("/api/v1/session").status_code == 401
    assert rut.post(f"{ACCOUNTS}/lea/link").status_code == 422
    assert rut.patch(f"{ACCOUNTS}/lea", json={"disabled": False}).json()["disabled_at"] is None
    assert lea.get("/api/v1/session").status_code == 401
    logged_in(web, "lea")


def test_who_logs_in_elsewhere_gets_no_password_beside_that(web: TestClient, database: Database) -> None:
    with database.transaction() as tx:
        add_account(tx, NewAccount("lea", "Lea", frozenset({Role.HMS}), None, None, "https://idp.example", "7"), "test")

    assert logged_in(web, "rut").post(f"{ACCOUNTS}/lea/link").status_code == 422


def test_sessions_are_ended_one_by_one_or_all(web: TestClient, database: Database) -> None:
    an_account(database, "lea", Role.HMS)
    rut = logged_in(web, "rut")
    first, second, third = (logged_in(web, "lea") for _ in range(3))
    newest, *_ = rut.get(f"{ACCOUNTS}/lea").json()["sessions"]

    assert rut.delete(f"{ACCOUNTS}/lea/sessions/{newest['id']}").json() == {"ended": 1}
    assert rut.delete(f"{ACCOUNTS}/lea/sessions/{newest['id']}").status_code == 404
    assert [each.get("/api/v1/session").status_code for each in (first, second, third)] == [200, 200, 401]

    assert rut.delete(f"{ACCOUNTS}/lea/sessions").json() == {"ended": 2}
    assert [each.get("/api/v1/session").status_code for each in (first, second)] == [401, 401]
    assert rut.delete(f"{ACCOUNTS}/lea/sessions/{2**70}").status_code == 422


def test_nobody_gives_themselves_more_nor_takes_the_last_key_away(web: TestClient, database: Database) -> None:
    rut = logged_in(web, "rut")

    assert rut.patch(f"{ACCOUNTS}/rut", json={"roles": ["admin", "hms"]}).status_code == 403
    assert rut.patch(f"{ACCOUNTS}/rut", json={"disabled": True}).status_code == 403
    an_account(database, "other", Role.ADMIN)
    other = logged_in(web, "other")
    assert other.patch(f"{ACCOUNTS}/rut", json={"disabled": True}).status_code == 200
    an_account(database, "hms", Role.HMS)
    manager = bearing(web, a_token(database, Permission.MANAGE_ACCOUNTS))
    for change in ({"disabled": True}, {"roles": ["hms"]}):
        answer = manager.patch(f"{ACCOUNTS}/other", json=change)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:orderflode:account-refused")


def test_a_kommuns_administrator_sees_and_makes_accounts_of_that_kommun_alone(
    web: TestClient, database: Database
) -> None:
    an_account(database, "lea", Role.ORDERER, kommun="Karlstad")
    kil = logged_in(web, "kil")

    assert [each["login"] for each in kil.get(ACCOUNTS).json()["accounts"]] == ["kil"]
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("POST", "/link"), ("DELETE", "/sessions"), ("DELETE", "/sessions/1"),
    ):  # fmt: skip
        for login in ("lea", "rut", "nobody"):
            assert kil.request(method, f"{ACCOUNTS}/{login}{path}", json={}).status_code == 404
    assert kil.post(ACCOUNTS, json=NEW | {"login": "x"}).status_code == 403
    assert kil.post(ACCOUNTS, json=NEW | {"login": "x", "kommun": None, "roles": ["hms"]}).status_code == 201
    made = logged_in(web, "rut").get(f"{ACCOUNTS}/x").json()
    assert made["kommun"] == "Kil"
    assert kil.post(TOKENS, json=NEW_TOKEN | {"kommun": "Karlstad"}).status_code == 403
    assert kil.post(TOKENS, json=NEW_TOKEN).status_code == 201
    a_token(database, Permission.READ_ORDERS, name="others", kommun="Karlstad")
    assert [(each["name"], each["kommun"]) for each in kil.get(TOKENS).json()["tokens"]] == [("robot", "Kil")]
    assert kil.delete(f"{TOKENS}/others").status_code == 404


def test_the_web_process_reads_no_hash_and_no_other_kommuns_account(database: Database) -> None:
    a_world(database)
    an_account(database, "kil", Role.ORDERER, kommun="Kil")
    an_account(database, "hms", Role.HMS)

    with database.transaction(kommun="Kil") as tx:
        assert tx.execute("SELECT login FROM account").fetchall() == [("kil",)]
    with database.transaction(kommun="") as tx:
        assert tx.execute("SELECT login FROM account").fetchall() == []
    for secret in (
        "SELECT password_hash FROM account", "SELECT token_hash FROM api_token", "SELECT FROM session",
        "SELECT FROM one_time_link", "SELECT FROM known_device", "SELECT FROM account_event",
        "UPDATE account SET roles = '{admin}'", "DELETE FROM account", "INSERT INTO session DEFAULT VALUES",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(kommun="*") as tx:
            tx.execute(secret.encode())
    for forged in ("UPDATE account_event SET by_whom = 'x'", "DELETE FROM account_event", "DELETE FROM account"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
            tx.execute(forged.encode())


def test_nobody_but_administrators_manages_accounts_and_tokens(web: TestClient, database: Database) -> None:
    everybody_else = frozenset().union(*(GIVEN[role] for role in Role if role is not Role.ADMIN))
    somebody = bearing(web, a_token(database, *everybody_else))

    for method, path in (
        ("GET", ACCOUNTS), ("POST", ACCOUNTS), ("GET", f"{ACCOUNTS}/rut"), ("PATCH", f"{ACCOUNTS}/rut"),
        ("POST", f"{ACCOUNTS}/rut/link"), ("DELETE", f"{ACCOUNTS}/rut/sessions"),
        ("DELETE", f"{ACCOUNTS}/rut/sessions/1"), ("GET", TOKENS), ("POST", TOKENS), ("DELETE", f"{TOKENS}/robot"),
    ):  # fmt: skip
        body = {ACCOUNTS: NEW, TOKENS: NEW_TOKEN}.get(path, {}) if method == "POST" else {}
        assert somebody.request(method, path, json=body).status_code == 403
        assert another(web).request(method, path, json=body).status_code == 401


def test_a_token_is_shown_once_holds_until_its_end_and_is_revoked_at_once(web: TestClient, database: Database) -> None:
    rut = logged_in(web, "rut")

    made = rut.post(TOKENS, json=NEW_TOKEN | {"kommun": "Kil"})

    assert made.status_code == 201
    secret = made.json()["token"]
    assert datetime.fromisoformat(made.json()["expires_at"]) - datetime.now(UTC) > timedelta(days=364)
    robot = bearing(web, secret)
    me = robot.get("/api/v1/session").json()
    assert (me["kind"], me["permissions"], me["kommun"], me["source"]) == ("token", ["order.read"], "Kil", "robot")
    (listed,) = rut.get(TOKENS).json()["tokens"]
    assert listed["last_used_at"] is not None
    assert secret not in str(listed) and "hash" not in str(listed)
    assert rut.post(TOKENS, json=NEW_TOKEN).status_code == 409

    assert rut.delete(f"{TOKENS}/robot").status_code == 204
    assert robot.get("/api/v1/session").status_code == 401
    assert rut.delete(f"{TOKENS}/robot").status_code == 404
    assert rut.get(TOKENS).json()["tokens"][0]["revoked_by"] == "rut"


def test_a_token_past_its_end_opens_nothing(web: TestClient, database: Database) -> None:
    robot = bearing(web, a_token(database, Permission.READ_ORDERS))
    assert robot.get("/api/v1/session").status_code == 200

    with database.transaction() as tx:
        tx.execute("UPDATE api_token SET expires_at = clock_timestamp()")

    assert robot.get("/api/v1/session").status_code == 401


WRONG_TOKENS: list[tuple[dict[str, Any], int]] = [
    ({"scopes": ["patient.search"]}, 403), ({"scopes": ["order.read", "account.manage"]}, 403),
    ({"scopes": ["token.manage"]}, 403), ({"scopes": ["log.review"]}, 403), ({"scopes": []}, 422),
    ({"scopes": ["everything"]}, 422), ({"name": "Å"}, 422), ({"name": PERSONNUMMER}, 422),
    ({"source": PERSONNUMMER}, 422), ({"source": "x" * 33}, 422), ({"kommun": "Nowhere"}, 422),
    ({"kommun": ""}, 422), ({"expires_at": "2026-01-01T00:00:00Z"}, 422),
    ({"expires_at": "2099-01-01T00:00:00Z"}, 422), ({"expires_at": "2026-12-24T00:00:00"}, 422),
    ({"token_hash": "x"}, 422),
]  # fmt: skip


def test_a_token_that_may_not_be_so_is_refused(web: TestClient) -> None:
    rut = logged_in(web, "rut")

    answers = [rut.post(TOKENS, json=NEW_TOKEN | wrong) for wrong, _ in WRONG_TOKENS]

    assert [answer.status_code for answer in answers] == [status for _, status in WRONG_TOKENS]
    assert not [answer.text for answer in answers if PERSONNUMMER in answer.text]
    assert rut.get(TOKENS).json() == {"tokens": []}


def test_a_body_that_two_could_read_differently_is_refused(web: TestClient) -> None:
    twice = '{"login": "a", "login": "b", "password": "c"}'
    for body in (twice, '{"login": NaN}', "[" * 1_000, "\ud800", "not json"):
        raw = body.encode(errors="surrogatepass")
        answer = another(web).post("/api/v1/session", content=raw, headers={"Content-Type": "application/json"})

        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"
