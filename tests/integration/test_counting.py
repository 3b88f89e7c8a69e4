"""What if a count finds more or less than the balance, or goods arrive? The ledger says so, and orders follow.

Where less is there than is reserved, the youngest orders give their goods up. Next: test_meanwhile.py (a count
while others reserve).
"""

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    balance,
    everything,
    goods_moved,
    history,
    in_state,
    order_row,
    run_all,
    states,
    store,
)

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import UnknownGoods, adjust_stock, receive_goods
from workflows.steps.unreserve import STEP as UNRESERVE

pytestmark = pytest.mark.usefixtures("sound_afterwards")

A1 = Goods("10", "A1")


def count(database: Database, counted: int, goods: Goods = A1) -> int:
    return adjust_stock(database, goods, counted, reason="inventering", actor="anna")


def documents(database: Database) -> list[tuple[str, int, str, str, str]]:
    """(kind, units, from, to, actor) of the movements without an order, but for the opening receipt."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT kind, quantity, from_place || ' ' || from_store, to_place || ' ' || to_store, actor "
            "FROM movement WHERE order_id IS NULL AND actor <> 'test' ORDER BY id"
        ).fetchall()


@pytest.mark.parametrize(
    ("counted", "difference", "booked"),
    [
        (7, 2, [("adjust", 2, "difference 10", "store 10", "anna")]),
        (1, -4, [("adjust", 4, "store 10", "difference 10", "anna")]),
        (0, -5, [("adjust", 5, "store 10", "difference 10", "anna")]),
        (5, 0, []),
    ],
)
def test_a_count_books_what_it_found_against_the_difference(
    database: Database, counted: int, difference: int, booked: list[object]
) -> None:
    a_world(database, stock={A1: 5})

    assert count(database, counted) == difference

    assert balance(database, "10", "A1") == (counted, 0, 0)
    assert documents(database) == booked


def test_counting_the_same_twice_books_nothing_more(database: Database) -> None:
    a_world(database, stock={A1: 5})
    count(database, 3)
    count(database, 3)
    count(database, 4)
    count(database, 3)

    assert [units for _, units, *_ in documents(database)] == [2, 1, 1]
    assert balance(database, "10", "A1") == (3, 0, 0)


def test_goods_never_seen_before_can_be_counted_in(database: Database) -> None:
    a_world(database)
    assert count(database, 4, Goods("50301", "A7")) == 4
    assert balance(database, "50301", "A7") == (4, 0, 0)


@pytest.mark.parametrize("goods", [Goods("99", "A1"), Goods("10", "A99")])
def test_only_known_goods_are_counted_or_received(database: Database, goods: Goods) -> None:
    a_world(database)
    before = everything(database)

    with pytest.raises(UnknownGoods):
        count(database, 4, goods)
    with pytest.raises(UnknownGoods):
        receive_goods(database, goods, 4, document="följesedel 1", actor="anna")

    assert everything(database) == before


def test_a_delivery_from_the_supplier_is_received_once(database: Database) -> None:
    a_world(database)
    receive_goods(database, A1, 4, document="följesedel 1", actor="anna")

    with pytest.raises(psycopg.errors.UniqueViolation):
        receive_goods(database, A1, 4, document="följesedel 1", actor="anna")
    receive_goods(database, Goods("10", "A2"), 1, document="följesedel 1", actor="anna")

    assert balance(database, "10", "A1") == (4, 0, 0)
    assert balance(database, "10", "A2") == (1, 0, 0)
    assert documents(database)[0] == ("receive", 4, "supplier ", "store 10", "anna")


def test_a_count_below_what_is_reserved_takes_from_the_youngest(database: Database) -> None:
    a_world(database, stock={A1: 6}, **CONFIRMED)
    old, young, akut = store(database, an_order(("A1", 2)), an_order(("A1", 2)), an_order(("A1", 2), priority=0))
    run_all(database)
    assert balance(database, "10", "A1") == (6, 6, 0)

    assert count(database, 5) == -1

    assert states(database, [old, young, akut]) == ["validated", "backordered", "validated"]
    assert history(database, young)[-1] == ("unreserve", "validated", "backordered", "anna", "inventering")
    assert order_row(database, young)["due_at"] is None
    assert balance(database, "10", "A1") == (5, 4, 0)


def test_what_gave_its_goods_up_goes_on_when_they_are_found_again(database: Database) -> None:
    a_world(database, stock={A1: 4}, **CONFIRMED)
    first, second = store(database, an_order(("A1", 2)), an_order(("A1", 2)))
    run_all(database)
    count(database, 2)
    run_all(database)
    assert states(database, [first, second]) == ["validated", "backordered"]

    count(database, 4)
    run_all(database)

    assert states(database, [first, second]) == ["validated", "validated"]
    assert [event for event, *_ in history(database, second)] == ["create", "validate", "unreserve", "resume"]


def test_an_order_that_gives_up_one_article_lets_the_others_go_to_whoever_waits(database: Database) -> None:
    a_world(database, stock={A1: 1, Goods("10", "A2"): 1}, **CONFIRMED)
    both, wants_a2 = store(database, an_order(("A1", 1), ("A2", 1)), an_order(("A2", 1)))
    run_all(database)
    assert states(database, [both, wants_a2]) == ["validated", "backordered"]

    count(database, 0)
    run_all(database)

    assert states(database, [both, wants_a2]) == ["backordered", "validated"]
    assert balance(database, "10", "A2") == (1, 1, 0)


def test_what_has_been_picked_is_not_touched_by_a_count(database: Database) -> None:
    a_world(database, stock={A1: 5}, **CONFIRMED)
    picked = in_state(database, "picked", ("A1", 2))

    assert count(database, 0) == -3

    assert states(database, [picked]) == ["picked"]
    assert balance(database, "10", "A1") == (0, 0, 2)


def test_an_own_store_order_that_gives_up_its_goods_takes_its_difference_back_and_books_it_anew(
    database: Database,
) -> None:
    a_world(database, stock={("50301", "A1"): 2}, picking_50301="confirmed")
    order_id = in_state(database, "validated", ("A1", 5), sender="50301")
    assert balance(database, "50301", "A1") == (5, 5, 0)

    count(database, 1, Goods("50301", "A1"))

    assert states(database, [order_id]) == ["backordered"]
    assert [(kind, units) for kind, _, units, *_ in goods_moved(database, order_id)] == [
        ("difference", 3), ("reverse_difference", 3),
    ]  # fmt: skip
    assert balance(database, "50301", "A1") == (1, 0, 0)
    run_all(database)
    assert states(database, [order_id]) == ["validated"]
    assert goods_moved(database, order_id)[-1] == ("difference", "A1", 4, "difference 50301", "store 50301")


def test_a_reservation_given_up_by_hand_is_given_to_whoever_is_first(database: Database) -> None:
    a_world(database, stock={A1: 1}, **CONFIRMED)
    reserved = in_state(database, "validated")
    akut = in_state(database, "backordered", priority=0)

    run_named(database, UNRESERVE, reserved, actor="anna", reason="akut behov")
    run_all(database)

    assert states(database, [reserved, akut]) == ["backordered", "validated"]
