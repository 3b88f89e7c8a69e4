"""Can goods appear, vanish or be promised twice? The stock's door refuses it, all of it or nothing (P2, P3).

Next: test_doors.py (the orders' door), test_counting.py.
"""

from collections.abc import Sequence

import psycopg
import pytest
from builders import CONFIRMED, a_world, an_order, balance, everything, in_state, run_all, store

from config.database import Database
from workflows.allocation import Goods
from workflows.ledger import Movement, Reservation, book, lock_free

pytestmark = pytest.mark.usefixtures("sound_afterwards")

RECEIPT = Movement("receive", "A1", 5, "supplier", "", "store", "10", document="receipt")
PICK = Movement("pick", "A1", 1, "store", "10", "outbound", "10", order_id=1, order_version=2, line_no=1)


def refused(
    database: Database, kind: type[psycopg.Error], movements: Sequence[Movement], reservations: Sequence[Reservation]
) -> str | None:
    """Book what must be refused: nothing changes. Returns the constraint's name."""
    before = everything(database)
    with pytest.raises(kind) as refusal, database.transaction() as tx:
        book(tx, movements, reservations, "somebody")
    assert everything(database) == before
    return refusal.value.diag.constraint_name


def test_a_cause_moves_its_goods_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})
    store(database, an_order())
    run_all(database)
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT kind, article, quantity, from_place, from_store, to_place, to_store, order_id, order_version, "
            "line_no, document FROM movement WHERE kind = 'pick'"
        ).fetchone()
    assert row is not None
    pick = Movement(*row)

    assert refused(database, psycopg.errors.UniqueViolation, [pick], []) == "movement_one_cause"
    assert refused(database, psycopg.errors.UniqueViolation, [pick._replace(quantity=2)], []) == "movement_one_cause"


def test_a_document_moves_its_goods_once(database: Database) -> None:
    a_world(database)
    with database.transaction() as tx:
        book(tx, [RECEIPT], [], "somebody")

    assert refused(database, psycopg.errors.UniqueViolation, [RECEIPT], []) == "movement_one_document"
    assert refused(database, psycopg.errors.UniqueViolation, [RECEIPT._replace(quantity=1)], []) == (
        "movement_one_document"
    )
    with database.transaction() as tx:
        book(tx, [RECEIPT._replace(article="A2")], [], "somebody")
    assert balance(database, "10", "A1") == (5, 0, 0)


def test_a_movement_takes_goods_from_somewhere_to_somewhere_else_for_one_cause(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})
    no_cause = RECEIPT._replace(document=None)

    for movement in (
        RECEIPT._replace(quantity=0),
        RECEIPT._replace(quantity=-5),
        RECEIPT._replace(from_place="store", from_store="10"),
        RECEIPT._replace(from_place="nowhere"),
        RECEIPT._replace(to_place="nowhere"),
        RECEIPT._replace(kind="gift"),
        RECEIPT._replace(order_id=1, order_version=1, line_no=1),
        no_cause,
        no_cause._replace(order_id=1),
        no_cause._replace(order_id=1, order_version=2),
    ):
        refused(database, psycopg.errors.CheckViolation, [movement], [])


def test_goods_go_only_where_there_are_stores_and_only_known_articles(database: Database) -> None:
    a_world(database)
    refused(database, psycopg.errors.ForeignKeyViolation, [RECEIPT._replace(to_store="99")], [])
    refused(database, psycopg.errors.ForeignKeyViolation, [RECEIPT._replace(article="A99")], [])


def test_no_balance_falls_below_zero_or_below_what_is_reserved(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9}, **CONFIRMED)
    in_state(database, "validated", ("A1", 4))
    assert balance(database, "10", "A1") == (9, 4, 0)
    too_much: dict[str, tuple[list[Movement], list[Reservation]]] = {
        "more than is there": ([PICK._replace(quantity=10)], []),
        "more than is free": ([PICK._replace(quantity=6)], []),
        "more reserved than there is": ([], [Reservation("10", "A1", 6)]),
        "more released than reserved": ([], [Reservation("10", "A1", -5)]),
        "what never was there": ([], [Reservation("10", "A2", 1)]),
        "from an empty outbound": ([PICK._replace(from_place="outbound", to_place="store")], []),
        "one of two": ([RECEIPT, PICK._replace(article="A2")], []),
        "a receipt with too much reserved": ([RECEIPT], [Reservation("10", "A1", 11)]),
    }

    for movements, reservations in too_much.values():
        refused(database, psycopg.errors.CheckViolation, movements, reservations)


def test_the_check_stands_without_the_door_as_well(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})
    with database.session() as owner:
        for change in ("on_hand = -1", "reserved = 10", "reserved = -1", "outbound = -1"):
            with pytest.raises(psycopg.errors.CheckViolation):
                owner.execute(f"UPDATE stock_balance SET {change}".encode())


def test_only_the_sum_of_one_booking_counts_against_the_balance(database: Database) -> None:
    a_world(database)
    with database.transaction() as tx:
        away = Movement("adjust", "A1", 3, "store", "10", "difference", "10", document="count")
        book(tx, [away, RECEIPT], [], "somebody")

    assert balance(database, "10", "A1") == (2, 0, 0)


def test_balances_are_locked_in_key_order_and_begin_at_zero(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 3})
    with database.transaction() as tx:
        free = lock_free(tx, [Goods("50301", "A1"), Goods("10", "A2"), Goods("10", "A1"), Goods("10", "A2")])

    assert list(free.items()) == [(Goods("10", "A1"), 0), (Goods("10", "A2"), 3), (Goods("50301", "A1"), 0)]
