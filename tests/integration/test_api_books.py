"""Can the books be bent by HTTP? No goods by a negative number, none below nothing; what is booked stays (B44, B45).

Next: test_stock_door.py and test_doors.py, the same asked of the database.
"""

from typing import Any

import psycopg
import pytest
from api_world import ORDERS, a_lagerflytt, a_token, codes
from builders import CONFIRMED, a_world, everything, goods_moved, in_state
from fastapi.testclient import TestClient

from config.database import EVERYTHING, Database
from workflows.allocation import Goods
from workflows.correcting import BelowNothing
from workflows.counting import adjust_stock, receive_goods

pytestmark = pytest.mark.usefixtures("sound_afterwards")

STOCK = "/api/v1/stores/10/stock"


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything, where a person confirms what leaves lager 10."""
    a_world(database, stock={("10", "A1"): 50}, **CONFIRMED)
    return a_token(database)


def movements(database: Database) -> list[tuple[Any, ...]]:
    with database.transaction() as tx:
        return tx.execute("SELECT * FROM movement ORDER BY id").fetchall()


@pytest.mark.parametrize("quantity", [-5, 0, 10_000, 2.5])
def test_goods_do_not_come_by_an_order_or_a_count_of_a_number_that_is_none(
    api: TestClient, database: Database, token: dict[str, str], quantity: float
) -> None:
    picking, delivering = in_state(database, "validated", ("A1", 5)), in_state(database, "utleverans", ("A1", 5))
    before = everything(database)

    refill = a_lagerflytt(lines=[{"article": "A1", "quantity": quantity}])
    refused = [
        api.post(ORDERS, json=refill, headers=token),
        api.post(f"{ORDERS}/{picking}/events/pick", json={"short": {"A1": quantity}}, headers=token),
        api.post(f"{ORDERS}/{delivering}/events/deliver", json={"short": {"A1": quantity}}, headers=token),
    ]

    assert [each.status_code for each in refused] == [422] * 3
    assert [codes(each.json()) for each in refused] == [
        [("quantity", "lines[0].quantity")], [("quantity", "short")], [("quantity", "short")]
    ]  # fmt: skip
    assert everything(database) == before


@pytest.mark.parametrize("quantity", [-5, 0])
def test_a_delivery_of_no_goods_is_not_booked_whoever_asks(
    database: Database, token: dict[str, str], quantity: int
) -> None:
    before = everything(database)

    with pytest.raises(psycopg.errors.CheckViolation):
        receive_goods(database, Goods("10", "A1"), quantity, document="F-1", actor="test")
    with pytest.raises(BelowNothing):
        adjust_stock(database, Goods("10", "A1"), -1, reason="räknat", actor="test")

    assert everything(database) == before


def test_no_balance_is_written_by_http(api: TestClient, database: Database, token: dict[str, str]) -> None:
    before = everything(database)

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = api.request(method, STOCK, json=[{"article": "A1", "on_hand": -5}], headers=token)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET"), method
    assert everything(database) == before


def test_what_is_booked_is_corrected_by_the_reverse_alone(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    delivered, returned = in_state(database, "delivered", ("A1", 3)), in_state(database, "utleverans", ("A1", 5))
    booked = movements(database)

    for event, body in (
        ("cancel", {"reason": "fel"}), ("fail_delivery", {"reason": "fel"}), ("pick", {"short": {"A1": 1}}),
        ("deliver", {"short": {"A1": 1}}), ("amend", a_lagerflytt()),
    ):  # fmt: skip
        answer = api.post(f"{ORDERS}/{delivered}/events/{event}", json=body, headers=token)
        assert answer.status_code in (409, 422), event
    assert movements(database) == booked

    api.post(f"{ORDERS}/{returned}/events/fail_delivery", json={"reason": "ingen hemma"}, headers=token)

    assert movements(database)[: len(booked)] == booked
    assert goods_moved(database, returned) == [
        ("pick", "A1", 5, "store 10", "outbound 10"),
        ("fail_delivery", "A1", 5, "outbound 10", "store 10"),
    ]


@pytest.mark.parametrize("kommun", [None, EVERYTHING])
@pytest.mark.parametrize(
    "bend",
    ["UPDATE movement SET quantity = 1", "DELETE FROM movement", "UPDATE stock_balance SET on_hand = on_hand + 5"],
)
def test_neither_the_web_process_nor_a_worker_may_write_over_what_is_booked(
    database: Database, token: dict[str, str], bend: str, kommun: str | None
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.transaction(kommun=kommun, writes=kommun is not None) as tx,
    ):
        tx.execute(bend.encode())
