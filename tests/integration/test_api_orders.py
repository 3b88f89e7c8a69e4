"""How does an order come in by HTTP, and what is told of it? Sent once or again, tried, read, and its history."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api_world import ORDERS, a_bestallning, a_forskrivning, a_lagerflytt, a_token, codes
from builders import a_world, everything, run_all, states
from fastapi.testclient import TestClient

from backoffice.api.arriving import order_of
from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from config.database import Database
from config.settings import Settings
from workflows.master_data import Role
from workflows.permissions import Actor, Permission


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything, in a region with goods at lager 10."""
    a_world(database, stock={("10", "A1"): 50})
    return a_token(database)


@pytest.mark.parametrize("order", [a_bestallning, a_forskrivning, a_lagerflytt])
def test_an_order_that_is_sent_is_delivered(
    api: TestClient, database: Database, token: dict[str, str], order: Callable[..., dict[str, Any]]
) -> None:
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


def test_fifty_at_once_with_one_number_are_one_order(api: TestClient, token: dict[str, str]) -> None:
    body = a_bestallning()

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: api.post(ORDERS, json=body, headers=token), range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.text for answer in answers}) == 1


def test_every_violation_of_shape_and_rules_is_told_at_once_and_nothing_is_stored(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    before = everything(database)
    body = a_bestallning(
        sender="99",
        price=3,
        lines=[{"article": "A1", "quantity": 0}, {"article": "nothing", "quantity": 1}],
        medical_decision={"date": "2026-11-31", "reference": "J-1"},
    )

    sent = api.post(ORDERS, json=body, headers=token)
    tried = api.post(f"{ORDERS}/validate", json=body, headers=token)
    shape_alone = api.post(ORDERS, json=body, headers=token | {"Prefer": "respond-async"})

    shape = [("field-format", "medical_decision.date"), ("field-unknown", "price"), ("quantity", "lines[0].quantity")]
    rules = [("article-unknown", "lines[1].article"), ("store-unknown", "sender")]
    assert (sent.status_code, tried.status_code, shape_alone.status_code) == (422, 422, 422)
    assert sorted(codes(sent.json())) == sorted(shape + rules)
    assert sorted(codes(tried.json())) == sorted(shape + rules)
    assert sorted(codes(shape_alone.json())) == sorted(shape)
    assert sent.headers["Content-Type"] == "application/problem+json"
    assert everything(database) == before


def test_an_order_that_breaks_a_rule_is_refused_or_stored_as_its_sender_prefers(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    body = a_bestallning(sender="50401", lines=[{"article": "nothing", "quantity": 1}])
    before = everything(database)

    at_once = api.post(ORDERS, json=body, headers=token)
    assert everything(database) == before
    later = api.post(ORDERS, json=body, headers=token | {"Prefer": "wait=5, Respond-Async"})

    assert at_once.status_code == 422
    assert sorted(codes(at_once.json())) == [("article-unknown", "lines[0].article"), ("bestallning-sender", "sender")]
    assert later.status_code == 202
    assert later.headers["Preference-Applied"] == "respond-async"
    run_all(database)
    now = api.get(later.headers["Location"], headers=token).json()
    assert now["state"] == "rejected"
    assert sorted(codes(now)) == sorted(codes(at_once.json()))


def test_an_order_is_tried_and_not_stored(api: TestClient, database: Database, token: dict[str, str]) -> None:
    body = a_forskrivning()
    before = everything(database)

    tried = api.post(f"{ORDERS}/validate", json=body, headers=token)

    assert (tried.status_code, tried.json()) == (200, {"valid": True, "known": False})
    assert everything(database) == before
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    api.post(ORDERS, json=body, headers=token)
    assert api.post(f"{ORDERS}/validate", json=body, headers=token).json() == {"valid": True, "known": True}


def test_the_source_is_the_tokens_and_no_other(api: TestClient, database: Database, token: dict[str, str]) -> None:
    before = everything(database)

    another = api.post(ORDERS, json=a_bestallning(source="somebody-else"), headers=token)

    assert codes(another.json()) == [("field-format", "source")]
    assert everything(database) == before
    assert api.post(ORDERS, json=a_bestallning(source="journal"), headers=token).json()["source"] == "journal"


def test_an_order_type_has_a_permission_of_its_own(api: TestClient, database: Database, token: dict[str, str]) -> None:
    allowed = a_token(database, Permission.CREATE_BESTALLNING)

    assert api.post(ORDERS, json=a_bestallning(), headers=allowed).status_code == 201
    for body in (a_forskrivning(), a_lagerflytt(), a_forskrivning(lines=[])):
        for path in (ORDERS, f"{ORDERS}/validate"):
            assert api.post(path, json=body, headers=allowed).status_code == 403, (path, body)
    nothing = a_token(database, Permission.READ_STATUS)
    assert api.post(ORDERS, content=b"?", headers=nothing | {"Content-Type": "application/json"}).status_code == 403
    assert api.get(ORDERS, headers=nothing).status_code == 403
    assert api.post(ORDERS, json=a_bestallning()).status_code == 401


def test_who_is_a_person_orders_in_their_own_name_and_hms_for_others(
    database: Database, tmp_path: Path, token: dict[str, str]
) -> None:
    desk = Desk(database, Settings(ORDERFLODE_HOME=tmp_path))

    def as_person(person: str | None, role: Role, **changes: object) -> str:
        actor = Actor("beata", frozenset(Permission), None, frozenset({role}), person)
        return order_of(desk, actor, json.dumps(a_bestallning(**changes)).encode(), judged=True).source

    assert as_person("best", Role.ORDERER) == "import"
    assert as_person("somebody", Role.HMS) == "import"
    assert as_person(None, Role.HMS) == "import"
    for malformed in ({}, {"price": 1}):
        with pytest.raises(Problem) as refusal:
            as_person("somebody", Role.ORDERER, **malformed)
        assert refusal.value.status == 403


def test_a_kommun_sends_its_own_orders_alone(api: TestClient, database: Database, token: dict[str, str]) -> None:
    kil, karlstad = a_token(database, kommun="Kil"), a_token(database, kommun="Karlstad")
    before = everything(database)
    # Of the unit's own store, which would be the right sender, nothing is said.
    elsewhere = a_bestallning(sender="50401", lines=[{"article": "nothing", "quantity": 1}])
    to_another = a_lagerflytt(orderer={"person": "lager", "unit": "04-01"})

    at_once = api.post(ORDERS, json=elsewhere, headers=kil)
    later = api.post(ORDERS, json=elsewhere, headers=kil | {"Prefer": "respond-async"})
    tried = api.post(f"{ORDERS}/validate", json=to_another, headers=kil)

    unknown = [("unit-unknown", "orderer.unit"), ("vardenhet-unknown", "receiver.id")]
    assert codes(at_once.json()) == [*unknown, ("article-unknown", "lines[0].article")]
    assert "50301" not in at_once.text
    assert codes(later.json()) == unknown
    assert codes(tried.json()) == [("store-unknown", "receiver.id")]
    assert everything(database) == before
    assert api.post(ORDERS, json=a_bestallning(), headers=karlstad).status_code == 201


def test_a_kommun_sees_its_own_orders_alone(api: TestClient, database: Database, token: dict[str, str]) -> None:
    kil, karlstad = a_token(database, kommun="Kil"), a_token(database, kommun="Karlstad")
    body = a_bestallning()
    order_id = api.post(ORDERS, json=body, headers=karlstad).json()["id"]

    for reference in (order_id, f"journal:{body['external_id']}"):
        for path in (f"{ORDERS}/{reference}", f"{ORDERS}/{reference}/history"):
            assert api.get(path, headers=karlstad).status_code == 200
            assert api.get(path, headers=kil).status_code == 404
    for event in ("amend", "cancel", "pick", "deliver", "fail_delivery", "release", "validate"):
        assert api.post(f"{ORDERS}/{order_id}/events/{event}", headers=kil).status_code == 404, event
    with database.transaction() as tx:
        denied = tx.execute("SELECT DISTINCT action, kommun, order_id FROM access_log").fetchall()
    assert denied == [("denied", "Kil", order_id)]
    assert api.get(ORDERS, headers=kil).json()["orders"] == []
    assert [each["id"] for each in api.get(ORDERS, headers=karlstad).json()["orders"]] == [order_id]


def test_more_than_there_is_waits_and_is_not_refused(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    sent = api.post(ORDERS, json=a_bestallning(lines=[{"article": "A1", "quantity": 51}]), headers=token)
    run_all(database)

    assert sent.status_code == 201
    assert states(database, [sent.json()["id"]]) == ["backordered"]


def test_two_lines_of_one_article_each_count_against_the_stock(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    lines = [{"article": "A1", "quantity": 30}, {"article": "A1", "quantity": 30}]
    sent = api.post(ORDERS, json=a_bestallning(lines=lines), headers=token)
    run_all(database)

    assert states(database, [sent.json()["id"]]) == ["backordered"]
