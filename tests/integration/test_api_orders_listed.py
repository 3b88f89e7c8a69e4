"""How are orders listed by HTTP? Newest first, a page after the other by key, each order once; and nothing beyond."""

import pytest
from api_world import ORDERS, a_token, codes
from builders import a_lagerflytt, a_world, an_order, in_state, own_store_order, run_all, store
from fastapi.testclient import TestClient
from people import PERSONNUMMER

from config.database import Database


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything."""
    a_world(database, stock={("10", "A1"): 50})
    return a_token(database)


def test_pages_hold_each_order_once_whatever_comes_meanwhile(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    ids = store(database, *(an_order() for _ in range(5)))
    address, seen = f"{ORDERS}?limit=2", []

    while address and len(seen) < 5:
        page = api.get(address, headers=token)
        seen.append([order["id"] for order in page.json()["orders"]])
        store(database, an_order())
        assert ("next" in page.links) == (page.json()["next"] is not None)
        address = page.links["next"]["url"] if "next" in page.links else ""

    newest_first = ids[::-1]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_a_list_is_of_the_state_type_and_store_that_are_asked_for(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    moved, own = store(database, a_lagerflytt(("A1", 1)), own_store_order(("A1", 1)))
    run_all(database)
    rejected = in_state(database, "rejected")

    listed = {
        query: [order["id"] for order in api.get(f"{ORDERS}?{query}", headers=token).json()["orders"]]
        for query in ("state=rejected", "type=lagerflyttsorder", "store=50301", "state=draft", "store=nowhere",
                      "type=bestallning&store=10", "held=true")
    }  # fmt: skip

    assert listed == {
        "state=rejected": [rejected],
        "type=lagerflyttsorder": [moved],
        "store=50301": [own],
        "state=draft": [],
        "store=nowhere": [],
        "type=bestallning&store=10": [rejected],
        "held=true": [],
    }


def test_what_a_list_cannot_be_asked_for_is_refused(api: TestClient, token: dict[str, str]) -> None:
    refused = {
        "limit=-1": ("field-format", "limit"),
        "limit=0": ("field-format", "limit"),
        "limit=1000000000": ("field-format", "limit"),
        "limit=many": ("field-format", "limit"),
        "store=a%00b": ("field-format", "store"),
        "after=0": ("field-format", "after"),
        "after=99999999999999999999": ("field-format", "after"),
        "state=lost": ("field-format", "state"),
        "type=returns": ("field-format", "type"),
        "sort=personnummer": ("field-unknown", "sort"),
        f"{PERSONNUMMER}=1": ("field-unknown", "?"),
        f"state={PERSONNUMMER}": ("field-format", "state"),
    }

    for query, violation in refused.items():
        answer = api.get(f"{ORDERS}?{query}", headers=token)
        assert (answer.status_code, codes(answer.json())) == (422, [violation]), query
        assert PERSONNUMMER not in answer.text
