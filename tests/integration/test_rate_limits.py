"""Who may ask how much? Tokens and sessions that are good by their own, all others by their address.

And who may change things with a cookie. Next: backoffice/api/edges/rate_limits.py; unit/test_edges.py, who may not.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_world
from starlette.testclient import TestClient
from web_world import BROWSER, HERE, a_token, a_web_process, an_account, another, bearing, logged_in

from backoffice.api.cookies import SESSION
from backoffice.api.edges.buckets import Buckets
from backoffice.api.edges.rate_limits import RateLimits
from config.database import Database
from workflows.master_data import Role
from workflows.permissions import Permission

SESSION_PATH = "/api/v1/session"


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """A web process within limits of 10 requests at once for each token and 20 for each address; time stands still."""
    a_world(database)
    an_account(database, "asa", Role.ADMIN)
    with a_web_process(database_url, tmp_path) as client:
        known, unknown = (Buckets(rate, clock=lambda: 0.0) for rate in (5, 10))
        yield TestClient(RateLimits(client.app, known, unknown), base_url=HERE)


def test_our_own_page_may_change_things_and_a_program_with_a_token_needs_no_origin(
    web: TestClient, database: Database
) -> None:
    for headers in (BROWSER, {"Sec-Fetch-Site": "none"}, {"Origin": HERE}):
        browser = logged_in(web, "asa")
        cookie = f"{SESSION}={browser.cookies[SESSION]}"
        assert another(web, Cookie=cookie, **headers).delete(SESSION_PATH).status_code == 204
        assert browser.get(SESSION_PATH).status_code == 401

    assert bearing(web, a_token(database, Permission.READ_ORDERS)).delete(SESSION_PATH).status_code == 204


def test_a_token_that_asks_too_fast_waits_and_its_address_does_not(web: TestClient, database: Database) -> None:
    program = bearing(web, a_token(database, Permission.READ_ORDERS))

    answers = [program.get(SESSION_PATH) for _ in range(13)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 3
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["type"] == "urn:orderflode:too-many-requests"
    assert another(web).get("/health/live").status_code == 200


def test_inventing_tokens_gains_nothing_and_slows_no_token_that_is_good(web: TestClient, database: Database) -> None:
    good = bearing(web, a_token(database, Permission.READ_ORDERS))
    assert good.get(SESSION_PATH).status_code == 200

    invented = [bearing(web, f"ofl_{number // 2}").get(SESSION_PATH).status_code for number in range(25)]

    assert invented == [401] * 19 + [429] * 6
    assert good.get(SESSION_PATH).status_code == 200
    assert another(web).get("/health/live").status_code == 429
    assert another(web, "10.0.0.9").get("/health/live").status_code == 200


def test_sessions_from_one_address_do_not_slow_each_other(web: TestClient) -> None:
    one, other = logged_in(web, "asa"), logged_in(web, "asa")
    assert other.get(SESSION_PATH).status_code == 200

    assert [one.get(SESSION_PATH).status_code for _ in range(12)].count(429) == 2

    assert other.get(SESSION_PATH).status_code == 200
