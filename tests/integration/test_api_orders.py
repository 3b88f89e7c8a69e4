"""How does an order come in by HTTP, and what is told of it? Sent once or again, tried, read, and its history."""

import pytest
from api_world import ORDERS, a_bestallning, a_forskrivning, a_lagerflytt, a_token, codes
from builders import a_world, run_all
from fastapi.testclient import TestClient

from config.database import Database


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything, in a region with goods at lager 10."""
    a_world(database, stock={("10", "A1"): 50})
    return a_token(database)


@pytest.mark.parametrize("order", [a_bestallning, a_forskrivning, a_lagerflytt])
def test_an_order_that_is_sent_is_delivered(api: TestClient, database: Database, token: dict[str, str], order) -> None:
    body = order()

    answer = api.post(ORDERS, json=body, headers=token)

    assert answer.status_code == 201, answer.text
    order_id = answer.json()["id"]
    assert answer.headers["Location"] == f"{ORDERS}/{order_id}"
    assert answer.headers["ETag"] == '"1"'
    assert (answer.json()["source"], answer.json()["external_id"]) == ("journal", body["external_id"])
    assert answer.json()["state"] == "draft"
    run_all(database)
    now = api.get(f"{ORDERS}/journal:{body['external_id']}", headers=token)
    assert now.status_code == 200
    assert now.json()["state"] == "delivered"
    assert [each["event"] for each in now.json()["history"]] == [
        "create", "validate", "pick", "create_utleverans", "deliver",
    ]  # fmt: skip
    assert now.headers["ETag"] == f'"{now.json()["version"]}"'
    history = api.get(f"{ORDERS}/{order_id}/history", headers=token).json()["history"]
    assert history == now.json()["history"]


def test_the_same_order_sent_again_is_the_same_order(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    body = a_bestallning()
    first = api.post(ORDERS, json=body, headers=token)

    again = api.post(ORDERS, json=body, headers=token)
    differs = api.post(ORDERS, json=body | {"partial": True}, headers=token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert differs.status_code == 422
    assert codes(differs.json()) == [("external-id-reused", "external_id")]
    # The number is another sender's own.
    another = api.post(ORDERS, json=body, headers=a_token(database, source="another"))
    assert another.status_code == 201
    assert another.json()["id"] != first.json()["id"]
