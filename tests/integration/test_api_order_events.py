"""What may a person do with an order by HTTP, and when not? Each event, twice, too late, at the same moment, by whom.

Next: test_steps_main_line.py and its neighbours, what each step does.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_world import ORDERS, a_bestallning, a_forskrivning, a_token, codes
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    balance,
    everything,
    goods_moved,
    history,
    in_state,
    receive,
    run_all,
    states,
    store,
)
from fastapi.testclient import TestClient
from httpx2 import Response
from people import PERSONNUMMER

from config.database import Database
from workflows import attempts
from workflows.machines import all_transitions
from workflows.permissions import GRANTABLE, OF_EVENT, Permission

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything, where a person confirms what leaves lager 10."""
    a_world(database, stock={("10", "A1"): 50}, **CONFIRMED)
    return a_token(database)


def post(
    api: TestClient, token: dict[str, str], order_id: int, event: str, body: Any = None, **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post(f"{ORDERS}/{order_id}/events/{event}", json=body, headers=token | named)


def test_an_order_is_picked_and_delivered_by_who_confirms_it(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "validated", ("A1", 5))

    picked = post(api, token, order_id, "pick", {"short": {"A1": 1}}, If_Match='"2"')
    run_all(database)
    delivered = post(api, token, order_id, "deliver", {"short": {"A1": 2}})

    assert (picked.status_code, picked.json()["state"], picked.headers["ETag"]) == (200, "picked", '"3"')
    assert (delivered.status_code, delivered.json()["state"]) == (200, "delivered")
    assert (delivered.json()["lines"][0]["picked"], delivered.json()["lines"][0]["delivered"]) == (4, 2)
    actors = {event: actor for event, _, _, actor, _ in history(database, order_id)}
    assert actors["pick"] == actors["deliver"]
    assert actors["pick"].startswith("token:")


def test_a_delivery_confirmed_twice_is_one_delivery_and_answered_as_the_first(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "utleverans", ("A1", 5))
    version = api.get(f"{ORDERS}/{order_id}", headers=token).headers["ETag"]
    first = post(api, token, order_id, "deliver", {"short": {"A1": 1}}, If_Match=version)
    moved = goods_moved(database, order_id)

    again = [
        post(api, token, order_id, "deliver", {"short": {"A1": 1}}, If_Match=tag)
        for tag in (version, first.headers["ETag"], "*")
    ]
    otherwise = [post(api, token, order_id, "deliver", body) for body in (None, {"short": {"A1": 2}})]
    stale = post(api, token, order_id, "deliver", {"short": {"A1": 1}}, If_Match='"1"')

    assert [answer.status_code for answer in again] == [200, 200, 200]
    assert {answer.text for answer in again} == {first.text}
    assert [answer.status_code for answer in otherwise] == [409, 409]
    assert stale.status_code == 412
    assert goods_moved(database, order_id) == moved


def test_who_saw_another_order_changes_nothing(api: TestClient, database: Database, token: dict[str, str]) -> None:
    order_id = in_state(database, "validated", ("A1", 5))
    before = everything(database)

    told = {
        (event, tag): post(api, token, order_id, event, body, If_Match=tag).status_code
        for event, body in (("cancel", {"reason": "r"}), ("pick", None), ("deliver", None), ("release", None))
        for tag in ('"1"', '"3"', 'W/"2"', "2", "nonsense")
    }

    assert told == dict.fromkeys(told, 412)
    assert everything(database) == before


def test_an_event_that_is_not_allowed_says_where_the_order_is_and_what_is(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    draft, sent_away = in_state(database, "draft"), in_state(database, "utleverans", ("A1", 1))
    before = everything(database)

    # B13, B17: no step is skipped, and what has left comes back by a return of its own.
    skips = post(api, token, draft, "create_utleverans")
    too_late = post(api, token, sent_away, "cancel", {"reason": "ångrade sig"})

    assert (skips.status_code, too_late.status_code) == (409, 409)
    assert (skips.json()["state"], skips.json()["allowed_events"]) == ("draft", ["validate", "cancel"])
    assert (too_late.json()["state"], too_late.json()["allowed_events"]) == ("utleverans", ["deliver", "fail_delivery"])
    assert everything(database) == before


def test_the_systems_own_events_are_nobodys_to_send_and_others_are_not_there(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "validated", ("A1", 1))
    own = {transition.event for transition in all_transitions()} - set(OF_EVENT)
    before = everything(database)

    assert {event: post(api, token, order_id, event).status_code for event in own} == dict.fromkeys(own, 409)
    for event in ("delivr", "Deliver", "__init__", "send", ""):
        assert post(api, token, order_id, event).status_code == 404, event
    assert everything(database) == before


def test_a_cancellation_has_a_reason_and_nobodys_number_in_it(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "validated", ("A1", 5))
    before = everything(database)

    refused = {
        "none": post(api, token, order_id, "cancel"),
        "blank": post(api, token, order_id, "cancel", {"reason": " "}),
        "a number": post(api, token, order_id, "cancel", {"reason": f"gäller {PERSONNUMMER}"}),
        "more": post(api, token, order_id, "cancel", {"reason": "r", "state": "delivered"}),
        "too long": post(api, token, order_id, "cancel", {"reason": "r" * 501}),
    }

    assert {name: codes(answer.json()) for name, answer in refused.items()} == {
        "none": [("field-missing", "reason")],
        "blank": [("field-missing", "reason")],
        "a number": [("field-format", "reason")],
        "more": [("field-unknown", "state")],
        "too long": [("field-format", "reason")],
    }
    assert all(PERSONNUMMER not in answer.text for answer in refused.values())
    assert everything(database) == before
    cancelled = post(api, token, order_id, "cancel", {"reason": "beställd två gånger"})
    assert cancelled.json()["state"] == "cancelled"
    assert history(database, order_id)[-1][4] == "beställd två gånger"
    assert balance(database, "10", "A1") == (50, 0, 0)


def test_a_failed_delivery_brings_the_goods_back(api: TestClient, database: Database, token: dict[str, str]) -> None:
    order_id = in_state(database, "utleverans", ("A1", 5))

    answer = post(api, token, order_id, "fail_delivery", {"reason": "ingen hemma"})

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert balance(database, "10", "A1") == (50, 0, 0)


def test_what_is_counted_is_by_article(api: TestClient, database: Database, token: dict[str, str]) -> None:
    order_id = in_state(database, "validated", ("A1", 5))
    before = everything(database)
    bodies: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"short": {"A1": 0}}, ("quantity", "short")),
        ({"short": {"A1": -5}}, ("quantity", "short")),
        ({"short": {"A1": True}}, ("quantity", "short")),
        ({"short": {PERSONNUMMER: 1}}, ("field-format", "short")),
        ({"short": [1]}, ("field-format", "short")),
        ({"serial_numbers": {"A1": [PERSONNUMMER]}}, ("field-format", "serial_numbers")),
        ({"serial_numbers": {"A1": "S1"}}, ("field-format", "serial_numbers")),
        ({"price": 1}, ("field-unknown", "price")),
    ]

    for body, violation in bodies:
        answer = post(api, token, order_id, "pick", body)
        assert codes(answer.json()) == [violation], body
        assert PERSONNUMMER not in answer.text
    assert everything(database) == before


def test_more_cannot_be_missing_than_there_is(api: TestClient, database: Database, token: dict[str, str]) -> None:
    order_id = in_state(database, "validated", ("A1", 5))
    before = everything(database)

    answers = [post(api, token, order_id, "pick", {"short": short}) for short in ({"A1": 6}, {"A1": 5}, {"A2": 1})]

    assert [(each.status_code, each.json()["type"]) for each in answers] == [(422, "urn:orderflode:short-too-much")] * 3
    assert everything(database) == before


def test_an_order_that_was_rejected_is_amended_and_goes_on(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    body = a_forskrivning(lines=[{"article": "nothing", "quantity": 1}])
    sent = api.post(ORDERS, json=body, headers=token | {"Prefer": "respond-async"}).json()
    run_all(database)
    right = body | {"lines": [{"article": "A1", "quantity": 1}]}

    another = post(api, token, sent["id"], "amend", right | {"external_id": "another"})
    wrong = post(api, token, sent["id"], "amend", right | {"price": 1})
    amended = post(api, token, sent["id"], "amend", right)

    assert (another.status_code, another.json()["type"]) == (422, "urn:orderflode:another-order")
    assert codes(wrong.json()) == [("field-unknown", "price")]
    assert (amended.status_code, amended.json()["state"]) == (200, "draft")
    run_all(database)
    assert states(database, [sent["id"]]) == ["validated"]
    assert post(api, token, sent["id"], "amend", right).status_code == 409


def test_who_amends_an_order_may_create_one_of_its_type(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "rejected")
    body = a_bestallning(external_id=api.get(f"{ORDERS}/{order_id}", headers=token).json()["external_id"])
    before = everything(database)
    staff = a_token(database, Permission.AMEND, Permission.CREATE_LAGERFLYTTSORDER)
    kil = a_token(database, kommun="Kil")

    assert post(api, staff, order_id, "amend", body).status_code == 403
    assert post(api, kil, order_id, "amend", body).status_code in (404, 422)
    assert everything(database) == before


def test_a_held_order_is_released_and_the_answer_says_what_then_happened(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    order_id = in_state(database, "draft", ("A1", 1))
    assert post(api, token, order_id, "release").status_code == 409
    with database.transaction() as tx:
        for _ in range(attempts.MOST_ATTEMPTS):
            attempts.count(tx, order_id, "RuntimeError")
    held = api.get(f"{ORDERS}/{order_id}", headers=token).json()
    assert (held["held"], held["held_reason"]) == (True, "RuntimeError")
    assert [each["id"] for each in api.get(f"{ORDERS}?held=true", headers=token).json()["orders"]] == [order_id]

    released = post(api, token, order_id, "release")

    assert released.status_code == 200
    assert released.json()["released"] == {"tried": True, "before": "draft", "after": "validated", "failure": None}
    assert released.json()["held"] is False


def test_each_event_takes_its_own_permission(api: TestClient, database: Database, token: dict[str, str]) -> None:
    order_id = in_state(database, "validated", ("A1", 1))
    before = everything(database)

    for event, permission in OF_EVENT.items():
        others = a_token(database, *(GRANTABLE - {permission}))
        assert post(api, others, order_id, event, {"reason": "r"}).status_code == 403, event
        assert api.post(f"{ORDERS}/{order_id}/events/{event}").status_code == 401, event
    assert everything(database) == before


def test_of_a_cancellation_and_a_pick_at_the_same_moment_exactly_one_happens(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    ids = store(database, *(an_order(("A2", 1)) for _ in range(200)))
    receive(database, {("10", "A2"): 200})
    run_all(database)
    events = (("cancel", {"reason": "ångrade sig"}), ("pick", None))
    # As long as its version holds: whoever comes second has seen another order.
    deeds = [(order_id, event, body) for order_id in ids for event, body in events]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda deed: post(api, token, *deed, If_Match='"2"').status_code, deeds))

    assert [sorted(answers[place : place + 2]) for place in range(0, len(answers), 2)] == [[200, 412]] * len(ids)
    ended = states(database, ids)
    assert set(ended) <= {"picked", "cancelled"}
    assert balance(database, "10", "A2") == (200 - ended.count("picked"), 0, ended.count("picked"))
