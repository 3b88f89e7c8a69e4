"""Which status has which refusal? What steps, the framework and the database say no with, as the API tells it."""

from collections.abc import Iterator

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg_pool import PoolTimeout

from backoffice.api.edges.security_headers import SecurityHeaders
from backoffice.api.refusals import STATUSES, install_refusals
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.devices import Device
from workflows.machines import StepNotAllowed
from workflows.permissions import NotPermitted, Permission

SECRET = "200001011493"

ERRORS: dict[str, tuple[Exception, int, str]] = {
    "step": (StepNotAllowed("pick", "draft", ("validate", "cancel")), 409, "event-not-allowed"),
    "permission": (NotPermitted(Permission.AMEND), 403, "not-permitted"),
    "serials": (SerialNumbersMissing("A1", 2), 422, "serial-numbers-missing"),
    "device": (SerialNumberRefused(Device("A1", "S1"), "den är ute", "it is out"), 422, "serial-number-refused"),
    "lock": (psycopg.errors.LockNotAvailable(SECRET), 503, "unavailable"),
    "slow": (psycopg.errors.QueryCanceled(SECRET), 503, "unavailable"),
    "away": (psycopg.OperationalError(SECRET), 503, "unavailable"),
    "pool": (PoolTimeout(SECRET), 503, "unavailable"),
    "constraint": (psycopg.errors.CheckViolation(SECRET), 500, "internal"),
    "bug": (RuntimeError(SECRET), 500, "internal"),
}


@pytest.fixture(scope="module")
def api() -> Iterator[TestClient]:
    """An application whose routes fail in each of these ways."""
    app = FastAPI()
    install_refusals(app)
    app.add_middleware(SecurityHeaders)

    @app.get("/{name}")
    def fail(name: str) -> None:
        raise ERRORS[name][0]

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", ERRORS)
def test_each_refusal_has_its_status_and_tells_nothing_of_anybody(api: TestClient, name: str) -> None:
    _, status, kind = ERRORS[name]

    answer = api.get(f"/{name}")

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["type"] == f"urn:orderflode:{kind}"
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/problem+json", "no-store")
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert SECRET not in answer.text


def test_a_step_that_is_not_allowed_says_where_the_order_is(api: TestClient) -> None:
    problem = api.get("/step").json()

    assert (problem["state"], problem["allowed_events"]) == ("draft", ["validate", "cancel"])


def test_every_refusal_speaks_both_languages() -> None:
    for kind in STATUSES:
        if kind is not NotPermitted:
            assert "(" in (kind.__doc__ or ""), kind
