"""How fast may somebody guess, and what do they learn? Slowed, never locking the owner out, and nothing (B36).

Next: workflows/login_pace.py, workflows/logins.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from at_once import at_once
from builders import a_world
from starlette.testclient import TestClient
from web_world import PASSWORD, a_web_process, an_account, another, logged_in

from config.database import Database
from workflows import login_pace
from workflows.accounts import disable, find_account
from workflows.login_pace import Pace, of_account, take
from workflows.logins import LoginRefused, SlowDown, log_in
from workflows.master_data import Role

OTHERS_ADDRESS = "203.0.113.9"
ACCOUNT, ADDRESS, OF_DEVICE = (Pace(at_once, timedelta(hours=1)) for at_once in (5, 8, 7))
"""As fast as the product's at once, or less; so slow afterwards that no machine is."""
MANY = 1_000
LONGEST_WAITS = [each.every for each in (login_pace.ACCOUNT, login_pace.ADDRESS, login_pace.DEVICE)]


@pytest.fixture(autouse=True)
def slow_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, pace in (("ACCOUNT", ACCOUNT), ("ADDRESS", ADDRESS), ("DEVICE", OF_DEVICE)):
        monkeypatch.setattr(login_pace, name, pace)


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    a_world(database)
    an_account(database, "asa", Role.HMS)
    an_account(database, "lea", Role.LAGERPERSONAL, kommun="Karlstad", person="lager")
    with a_web_process(database_url, tmp_path) as client:
        yield client


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each password that is looked at, which is what a guess costs us."""
    looked_at: list[str] = []
    verify = PasswordHasher.verify

    def noting(self: PasswordHasher, kept: str, password: bytes) -> bool:
        looked_at.append(kept.rsplit("$", 2)[0])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    return looked_at


def tried(browser: TestClient, login: str = "asa", password: str = "inte lösenordet") -> int:
    return browser.post("/api/v1/session", json={"login": login, "password": password}).status_code


def guessed(database: Database, login: str) -> type[Exception]:
    """What a guess from elsewhere is answered with, without the web process around it."""
    with pytest.raises((LoginRefused, SlowDown)) as refused:
        log_in(database, login, "inte lösenordet", address=OTHERS_ADDRESS, device=None)
    return refused.type


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.transaction() as tx:
        return tx.execute(query.encode()).fetchall()


def test_an_unknown_login_takes_the_same_work_to_the_same_refusal(
    web: TestClient, database: Database, hashed: list[str]
) -> None:
    an_account(database, "stängd", Role.HMS)
    with database.transaction() as tx:
        disable(tx, find_account(tx, "stängd"), by="test")
    answers = [
        another(web).post("/api/v1/session", json={"login": login, "password": "inte lösenordet"})
        for login in ("asa", "nobody", "stängd", "a b", "x\ny:z")
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert len({answer.text for answer in answers}) == 1
    assert hashed == ["$argon2id$v=19$m=19456,t=2,p=1"] * 5


def test_a_guessed_login_is_not_written_down(web: TestClient, database: Database) -> None:
    tried(another(web), login="my-password-by-mistake")

    events = rows(database, "SELECT account, event, by_whom FROM account_event WHERE event = 'login_failed'")
    assert events == [(None, "login_failed", "10.0.0.1")]
    assert "my-password" not in str(rows(database, "SELECT * FROM account_event")) + str(
        rows(database, "SELECT * FROM login_pace")
    )


def test_a_thousand_guesses_slow_the_guesser_and_never_the_owner_at_their_own_device(
    web: TestClient, database: Database, hashed: list[str]
) -> None:
    owner = logged_in(web, "asa")
    owner.delete("/api/v1/session")
    hashed.clear()

    guesses = [guessed(database, "asa") for _ in range(MANY)]

    assert guesses == [LoginRefused] * ACCOUNT.at_once + [SlowDown] * (MANY - ACCOUNT.at_once)
    assert len(hashed) == ACCOUNT.at_once
    answer = another(web, OTHERS_ADDRESS).post("/api/v1/session", json={"login": "asa", "password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= ACCOUNT.every.total_seconds()
    # At their own device the owner comes in, mistypes and all; and so does everybody else anywhere.
    assert [tried(owner) for _ in range(3)] == [401] * 3
    assert tried(owner, password=PASSWORD) == 200
    assert tried(another(web), "lea", PASSWORD) == 200


def test_nobody_waits_longer_than_half_a_minute_for_the_next_try() -> None:
    assert max(LONGEST_WAITS) <= timedelta(seconds=30)


def test_a_known_device_may_not_guess_without_end_either(web: TestClient) -> None:
    device = logged_in(web, "asa")

    guesses = [tried(device) for _ in range(OF_DEVICE.at_once + 5)]

    assert guesses == [401] * OF_DEVICE.at_once + [429] * 5
    # And it is known to the account that was used in it, to no other.
    assert tried(device, "lea") == 401


def test_a_thousand_accounts_guessed_from_one_address_slow_that_address(
    web: TestClient, database: Database, hashed: list[str]
) -> None:
    guesses = [guessed(database, f"login{n}") for n in range(MANY)]

    assert guesses == [LoginRefused] * ADDRESS.at_once + [SlowDown] * (MANY - ADDRESS.at_once)
    assert len(hashed) == ADDRESS.at_once
    assert tried(another(web, OTHERS_ADDRESS), "lea") == 429
    assert tried(another(web), password=PASSWORD) == 200


def test_who_waits_may_try_again_and_what_waiting_has_healed_is_forgotten(web: TestClient, database: Database) -> None:
    guesses = [tried(another(web, OTHERS_ADDRESS)) for _ in range(ACCOUNT.at_once + 1)]
    assert guesses[-1] == 429

    with database.transaction() as tx:
        tx.execute("UPDATE login_pace SET full_at = full_at - %s", (ACCOUNT.every,))
    assert [tried(another(web, OTHERS_ADDRESS)) for _ in range(2)] == [401, 429]

    with database.transaction() as tx:
        tx.execute("UPDATE login_pace SET full_at = clock_timestamp() - interval '1 hour'")
    tried(another(web), "lea", PASSWORD)
    assert len(rows(database, "SELECT FROM login_pace")) == 2


def test_logins_that_succeed_cost_their_address_nothing(web: TestClient) -> None:
    for _ in range(ACCOUNT.at_once + 3):
        logged_in(web, "asa", OTHERS_ADDRESS)


def test_guesses_of_the_same_moment_are_counted_one_by_one(database_url: str) -> None:
    def guess(database: Database) -> bool:
        with database.transaction() as tx:
            return take(tx, [of_account("asa")]) is None

    assert at_once(database_url, *[guess] * 12).count(True) == ACCOUNT.at_once
