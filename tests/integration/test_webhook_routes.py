"""Who may manage webhooks by HTTP, and what do they see? Each its own kommun's, and a secret once."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from builders import a_world, an_order, store
from starlette.testclient import TestClient
from web_world import a_token, a_web_process, bearing
from webhooks_world import look_for_all, rows

from config.database import Database
from workflows.patients import load_keys
from workflows.permissions import Permission
from workflows.webhooks.deliveries import claim, mark_failed
from workflows.webhooks.subscribers import secret_of

URL = "https://mottagare.example/orderflode"
As = Callable[..., TestClient]


@pytest.fixture
def client_of(database: Database, database_url: str, tmp_path: Path) -> Iterator[As]:
    """A program with a token for a kommun and scopes."""
    a_world(database)
    numbers = count()
    with a_web_process(database_url, tmp_path) as client:

        def of(kommun: str | None = None, *scopes: Permission) -> TestClient:
            wanted = scopes or (Permission.MANAGE_WEBHOOKS,)
            return bearing(client, a_token(database, *wanted, name=f"t{next(numbers)}", kommun=kommun))

        yield of


def body(**changes: Any) -> dict[str, Any]:
    return {"name": "w", "url": URL, "events": ["delivered", "accepted"]} | changes


def test_a_secret_is_shown_once_and_kept_sealed(client_of: As, database: Database, tmp_path: Path) -> None:
    client = client_of()
    made = client.post("/api/v1/webhooks", json=body())
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert (made.json()["events"], made.json()["kommun"]) == (["accepted", "delivered"], None)
    for path in ("/api/v1/webhooks", "/api/v1/webhooks/w"):
        assert secret not in client.get(path).text
    with database.transaction() as tx:
        ((sealed,),) = tx.execute("SELECT secret_sealed FROM webhook").fetchall()
    assert secret.encode() not in sealed
    assert load_keys(tmp_path / "keys.json").unseal(sealed, secret_of("w")) == secret.encode()


def test_who_works_for_a_kommun_sees_and_makes_its_webhooks_alone(client_of: As) -> None:
    region, karlstad, kil = client_of(), client_of("Karlstad"), client_of("Kil")
    assert region.post("/api/v1/webhooks", json=body(name="region")).status_code == 201
    assert karlstad.post("/api/v1/webhooks", json=body(name="karlstad")).json()["kommun"] == "Karlstad"
    assert karlstad.post("/api/v1/webhooks", json=body(name="other", kommun="Kil")).status_code == 403
    assert [each["name"] for each in karlstad.get("/api/v1/webhooks").json()["webhooks"]] == ["karlstad"]
    assert [each["name"] for each in region.get("/api/v1/webhooks").json()["webhooks"]] == ["karlstad", "region"]
    for method, path in (
        ("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("DELETE", ""), ("GET", "/deliveries"),
        ("POST", "/retry"), ("POST", "/deliveries/00000000-0000-0000-0000-000000000001/retry"),
    ):  # fmt: skip
        for name in ("karlstad", "region", "none"):
            assert kil.request(method, f"/api/v1/webhooks/{name}{path}").status_code == 404
    assert karlstad.delete("/api/v1/webhooks/karlstad").status_code == 204


def test_who_may_not_manage_webhooks_may_do_nothing_with_them(client_of: As) -> None:
    assert client_of().post("/api/v1/webhooks", json=body()).status_code == 201
    other = client_of(None, Permission.READ_ORDERS)
    for method, path in (
        ("GET", ""), ("POST", ""), ("GET", "/w"), ("POST", "/w/pause"), ("POST", "/w/resume"), ("DELETE", "/w"),
        ("GET", "/w/deliveries"), ("POST", "/w/retry"),
        ("POST", "/w/deliveries/00000000-0000-0000-0000-000000000001/retry"),
    ):  # fmt: skip
        answer = other.request(
            method, f"/api/v1/webhooks{path}", json=body() if (method, path) == ("POST", "") else None
        )
        assert answer.status_code == 403, path


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"url": "http://mottagare.example/"}, 422), ({"url": "http://10.0.0.1/"}, 422),
        ({"url": "https://mottagare.example/193208019111"}, 422), ({"events": []}, 422), ({"events": ["moved"]}, 422),
        ({"name": "Å"}, 422), ({"kommun": "Atlantis"}, 422), ({"secret": "mine"}, 422), ({"name": "taken"}, 409),
    ],
)  # fmt: skip
def test_what_cannot_be_a_webhook_is_refused(
    client_of: As, database: Database, changes: dict[str, Any], status: int
) -> None:
    client = client_of()
    assert client.post("/api/v1/webhooks", json=body(name="taken")).status_code == 201
    answer = client.post("/api/v1/webhooks", json=body(**changes))
    assert answer.status_code == status
    assert "193208019111" not in answer.text or "url" not in changes
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM webhook").fetchone() == (1,)


def test_what_was_told_is_listed_page_by_page_and_a_failed_message_is_tried_again(
    client_of: As, database: Database
) -> None:
    client = client_of()
    client.post("/api/v1/webhooks", json=body())
    store(database, *(an_order(("A1", 1)) for _ in range(3)))
    look_for_all(database)
    first = client.get("/api/v1/webhooks/w/deliveries?limit=2").json()
    rest = client.get(f"/api/v1/webhooks/w/deliveries?limit=2&before={first['next']}").json()
    assert [each["id"] for each in first["deliveries"] + rest["deliveries"]] == [
        each["id"] for each in reversed(rows(database))
    ]
    assert rest["next"] is None
    with database.transaction() as tx:
        tx.execute("UPDATE webhook_delivery SET first_tried_at = now() - interval '4 days'")
    (claimed, *_) = claim(database, 1, 4, {})
    mark_failed(database, claimed, "HTTP 500")
    (failed,) = client.get("/api/v1/webhooks/w/deliveries?state=failed").json()["deliveries"]
    assert client.get("/api/v1/webhooks/w").json()["failed"] == 1
    path = f"/api/v1/webhooks/w/deliveries/{failed['message']}/retry"
    assert [client.post(path).json()["retried"] for _ in range(2)] == [1, 0]
    assert client.post("/api/v1/webhooks/w/retry").json() == {"retried": 0}


def test_a_webhook_is_paused_resumed_and_removed(client_of: As) -> None:
    client = client_of()
    client.post("/api/v1/webhooks", json=body())
    assert client.post("/api/v1/webhooks/w/pause").json()["paused_at"] is not None
    assert client.post("/api/v1/webhooks/w/resume").json()["paused_at"] is None
    assert client.delete("/api/v1/webhooks/w").status_code == 204
    assert client.get("/api/v1/webhooks/w").status_code == 404
