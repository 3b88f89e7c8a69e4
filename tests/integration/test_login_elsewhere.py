"""Is somebody let in by the provider's word, and by nothing that only looks like it?"""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from builders import a_world
from identity_provider import IdentityProvider, an_identity_provider, configured, new_key, signed
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient
from web_world import BROWSER, a_web_process, an_account, another

from config.database import Database
from workflows.accounts import disable, find_account
from workflows.master_data import Role

AT_LAGER = {"groups": ["hjm-lager", "other"], "kommun": "1780"}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with an_identity_provider() as found:
        found.who |= AT_LAGER
        yield found


@pytest.fixture
def web(database: Database, database_url: str, provider: IdentityProvider, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    with a_web_process(database_url, tmp_path, ORDERFLODE_OIDC=configured(provider, tmp_path)) as client:
        yield client


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


def test_somebody_who_logs_in_elsewhere_gets_an_account_with_the_roles_that_the_file_gives(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(web)
    answer = log_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert accounts(database) == [("asa.berg", "Åsa", ["lagerpersonal"], "Karlstad", "u-1")]
    me = browser.get("/api/v1/session").json()
    assert (me["name"], me["roles"], me["kommun"]) == ("asa.berg", ["lagerpersonal"], "Karlstad")
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-") and "HttpOnly" in cookie and "Secure" in cookie


def test_roles_and_kommun_are_what_the_provider_says_at_each_login(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    log_in(another(web))
    provider.who |= {"groups": "hjm-hms", "kommun": None, "preferred_username": "asa.lund"}
    browser = another(web)
    log_in(browser)
    assert accounts(database) == [("asa.berg", "Åsa", ["hms"], None, "u-1")]
    assert browser.get("/api/v1/session").json()["roles"] == ["hms"]


def test_an_account_is_found_by_the_subject_alone(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    """A name that another has, or an address, is nobody's key."""
    an_account(database, "asa.berg", Role.ADMIN)
    provider.who |= {"email": "asa.berg"}
    assert log_in(another(web)).status_code == 303
    (local, *_), (login, _, roles, _, subject) = accounts(database)
    assert (local, roles, subject) == ("asa.berg", ["lagerpersonal"], "u-1")
    assert login.startswith("oidc-")
    provider.who |= {"sub": "u-2"}
    assert log_in(another(web)).status_code == 303
    assert len(accounts(database)) == 3


def test_who_has_no_role_here_gets_no_account(web: TestClient, provider: IdentityProvider, database: Database) -> None:
    without: list[dict[str, Any]] = [
        {"groups": ["unknown"]}, {"groups": None}, {"kommun": None}, {"kommun": "0180"}, {"groups": {"hjm-lager": 1}},
    ]  # fmt: skip
    for who in without:
        provider.who |= AT_LAGER | who
        browser = another(web)
        answer = log_in(browser)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:orderflode:no-role"), who
        assert accounts(database) == []
        assert browser.get("/api/v1/session").status_code == 401


def test_who_has_lost_every_role_is_out_and_who_is_disabled_stays_out(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(web)
    log_in(browser)
    provider.who["groups"] = []
    assert log_in(another(web)).status_code == 403
    assert browser.get("/api/v1/session").status_code == 401
    provider.who |= AT_LAGER
    with database.transaction() as tx:
        disable(tx, find_account(tx, "asa.berg"), "test")
    answer = log_in(another(web))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:orderflode:account-disabled")


def test_a_subject_that_is_somebodys_number_is_not_kept(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    provider.who |= {"sub": "193208019111"}
    answer = log_in(another(web))
    assert answer.status_code == 403 and "193208019111" not in answer.text
    provider.who |= {"sub": "u-1", "preferred_username": "193208019111", "name": "19320801-9111"}
    log_in(another(web))
    assert "193208019111" not in str(accounts(database)) and "9111" not in str(accounts(database)[0][:2])


def unsigned(_: IdentityProvider, claims: dict[str, Any]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def under_the_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """HS256, with what everybody knows as the secret."""
    unsigned_part = unsigned(provider, claims).removesuffix(".").split(".")[1]
    head = base64.urlsafe_b64encode(
        json.dumps({"alg": "HS256", "kid": provider.keys[-1].kid}).encode()
    ).rstrip(b"=").decode()  # fmt: skip
    pem = provider.keys[-1].as_pem(private=False)
    mac = hmac.digest(pem, f"{head}.{unsigned_part}".encode(), sha256)
    return f"{head}.{unsigned_part}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def with_its_own_key(_: IdentityProvider, claims: dict[str, Any]) -> str:
    """Signed by a key that comes with the token."""
    key = new_key()
    return jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key)


def under_a_known_name(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """Signed by another key that calls itself by the provider's."""
    return jwt.encode({"alg": "RS256", "kid": provider.keys[-1].kid}, claims, new_key())


def tampered(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    head, _, mac = signed(provider, claims).split(".")
    return f"{head}.{unsigned(provider, claims | {'sub': 'u-2'}).split('.')[1]}.{mac}"


def test_what_the_provider_has_not_signed_is_not_believed(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for sign in (unsigned, under_the_public_key, with_its_own_key, under_a_known_name, tampered):
        provider.sign = sign
        refused(log_in(another(web)), database, sign.__name__)


def test_a_secret_among_the_keys_signs_nothing(web: TestClient, provider: IdentityProvider, database: Database) -> None:
    provider.extra_keys = [
        {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")}
    ]

    def sign(_: IdentityProvider, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256", "kid": "shared"}, claims, OctKey.import_key(b"s" * 32))

    provider.sign = sign
    refused(log_in(another(web)), database)


NOW = int(time.time())


NOT_FOR_US: list[dict[str, Any]] = [
    {"iss": "https://other.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": []},
    {"aud": ["orderflode", "other"]}, {"aud": ["orderflode", "other"], "azp": "other"}, {"azp": "other"},
    {"exp": NOW - 3600}, {"exp": None}, {"exp": "never"}, {"iat": NOW + 36000, "exp": NOW + 40000}, {"iat": None},
    {"nbf": NOW + 36000, "exp": NOW + 40000}, {"nonce": "another"}, {"nonce": None}, {"sub": ""}, {"sub": None},
    {"sub": 1}, {"sub": "x" * 256},
]  # fmt: skip


def test_a_token_that_is_not_for_us_for_this_login_and_for_now_is_not_believed(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for claims in NOT_FOR_US:
        provider.claims = claims
        refused(log_in(another(web)), database, str(claims))


def test_a_token_for_several_that_was_given_to_us_is_believed(web: TestClient, provider: IdentityProvider) -> None:
    provider.claims = {"aud": ["orderflode", "other"], "azp": "orderflode"}
    assert log_in(another(web)).status_code == 303


def refused(answer: Any, database: Database, which: str = "") -> None:
    assert answer.status_code == 401, which or answer.text
    assert answer.json()["type"] == "urn:orderflode:login-refused"
    assert accounts(database) == []
    assert not any("orderflode=" in each for each in answer.headers.get_list("set-cookie"))


def test_a_token_of_an_earlier_login_is_not_believed(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    kept: list[str] = []

    def keep(of: IdentityProvider, claims: dict[str, Any]) -> str:
        kept.append(signed(of, claims))
        return "x.y.z"

    provider.sign = keep
    refused(log_in(another(web)), database)
    provider.sign = lambda *_: kept[0]
    refused(log_in(another(web)), database)


def test_a_state_is_used_once_by_the_browser_that_began_and_within_its_time(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    browser = another(web)
    back = sent_back(browser)
    # Somebody is made to end a login that another began.
    refused(another(web).get(back, follow_redirects=False), database)
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
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    """A code that somebody caught: put into a login of their own, it has another verifier."""
    caught = parse_qs(urlsplit(sent_back(another(web))).query)["code"][0]
    thief = another(web)
    own = parse_qs(urlsplit(sent_back(thief)).query)
    answer = thief.get(f"/login/oidc/callback?state={own['state'][0]}&code={caught}", follow_redirects=False)
    refused(answer, database)
    assert provider.refused == ["the verifier is wrong"]


def test_an_answer_of_another_provider_or_of_none_is_refused(
    web: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for changed in ("&iss=https%3A%2F%2Fother.example", "&error=access_denied"):
        browser = another(web)
        query = parse_qs(urlsplit(sent_back(browser)).query)
        path = f"/login/oidc/callback?state={query['state'][0]}&code={query['code'][0]}{changed}"
        refused(browser.get(path, follow_redirects=False), database)


def test_a_new_key_is_asked_for_and_an_old_one_that_is_gone_signs_no_more(
    web: TestClient, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.identity_provider.provider.AGAIN_AFTER", 0.0)
    assert log_in(another(web)).status_code == 303
    old = provider.keys[-1]
    provider.keys = [new_key()]
    assert log_in(another(web)).status_code == 303
    assert provider.asked.count("/jwks") == 2
    provider.sign = lambda _, claims: jwt.encode({"alg": "RS256", "kid": old.kid}, claims, old)
    assert log_in(another(web)).status_code == 401


def test_invented_keys_do_not_make_us_ask_again_and_again(web: TestClient, provider: IdentityProvider) -> None:
    provider.sign = lambda _, claims: jwt.encode({"alg": "RS256", "kid": "invented"}, claims, new_key())
    for _ in range(3):
        assert log_in(another(web)).status_code == 401
    assert provider.asked.count("/jwks") == 1


def test_logging_out_ends_the_session_here_and_there(web: TestClient) -> None:
    browser = another(web)
    log_in(browser)
    stolen = browser.cookies.get("__Host-orderflode")
    answer = browser.post("/login/oidc/logout", follow_redirects=False)
    there = urlsplit(answer.headers["location"])
    assert (answer.status_code, there.path) == (303, "/logout")
    assert parse_qs(there.query)["client_id"] == ["orderflode"]
    thief = another(web, cookie=f"__Host-orderflode={stolen}")
    assert thief.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "of_itself", [{"issuer": "https://other.example"}, {"token_endpoint": "http://other.example/token"}]
)
def test_a_provider_that_says_of_itself_what_cannot_be_is_not_used(
    web: TestClient, provider: IdentityProvider, database: Database, of_itself: dict[str, Any]
) -> None:
    provider.of_itself = of_itself
    browser = another(web)
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
