"""What if the shelf has too little? Lager 10 lets orders wait; a kommunlager books the difference and goes on.

And an order that may be delivered in parts goes on with what there is. Next: test_backorders.py (who waits is
served), test_steps_short.py (a person finds fewer than the balance says).
"""

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_world,
    an_order,
    balance,
    goods_moved,
    history,
    in_state,
    order_row,
    own_store_order,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from config.settings import settings
from workflows.cohort import SYSTEM, run_named
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def quantities(database: Database, order_id: int) -> list[tuple[str, int, int]]:
    """(article, ordered, on a restorder) by line."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT article, quantity, on_rest FROM order_line WHERE order_id = %s ORDER BY line_no", (order_id,)
        ).fetchall()


def waits_for(database: Database, order_id: int) -> list[tuple[str, int]]:
    """(article, units) that the order keeps a place for."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT article, quantity FROM waiting_line WHERE order_id = %s ORDER BY article", (order_id,)
        ).fetchall()


def test_an_order_that_lager_10_cannot_fill_waits_and_holds_nothing(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 1})
    (order_id,) = store(database, an_order(("A1", 2), ("A2", 3)))

    run_all(database)

    assert history(database, order_id)[-1] == ("validate", "draft", "backordered", SYSTEM, None)
    assert order_row(database, order_id)["due_at"] is None
    assert waits_for(database, order_id) == [("A2", 3)]
    assert balance(database, "10", "A1") == (5, 0, 0)


def test_two_lines_of_one_article_count_together_against_the_shelf(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3})
    ids = store(database, an_order(("A1", 2), ("A1", 2)), an_order(("A2", 1)))

    run_all(database)

    assert states(database, ids) == ["backordered", "backordered"]
    receive(database, {("10", "A1"): 1})
    run_all(database)
    assert states(database, ids) == ["delivered", "backordered"]
    assert balance(database, "10", "A1") == (0, 0, 0)


def test_lager_10_can_never_book_a_difference(database: Database) -> None:
    a_world(database)
    with database.session() as owner:
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("UPDATE store SET shortage = 'difference' WHERE code = '10'")
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("INSERT INTO store VALUES ('11', 'HMS 2', 'hms', '', 'automatic', 'automatic', 'difference')")


def test_an_own_store_order_goes_on_and_the_missing_goods_are_booked_as_a_difference(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 2}, picking_50301="confirmed")
    (order_id,) = store(database, own_store_order(("A1", 5), ("A2", 1)))

    run_all(database)

    assert states(database, [order_id]) == ["validated"]
    assert goods_moved(database, order_id) == [
        ("difference", "A1", 3, "difference 50301", "store 50301"),
        ("difference", "A2", 1, "difference 50301", "store 50301"),
    ]
    assert balance(database, "50301", "A1") == (5, 5, 0)
    run_named(database, STEPS["pick"], order_id, actor="anna")
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]
    assert balance(database, "50301", "A1") == (0, 0, 0)


def test_a_cancel_before_the_pick_reverses_the_difference(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 2}, picking_50301="confirmed")
    order_id = in_state(database, "validated", ("A1", 5), sender="50301")

    run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")

    assert goods_moved(database, order_id) == [
        ("difference", "A1", 3, "difference 50301", "store 50301"),
        ("reverse_difference", "A1", 3, "store 50301", "difference 50301"),
    ]
    assert balance(database, "50301", "A1") == (2, 0, 0)


def test_a_cancel_after_the_pick_lets_the_difference_stand_since_the_goods_were_seen(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 2})
    order_id = in_state(database, "picked", ("A1", 5), sender="50301")

    run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")

    assert [kind for kind, *_ in goods_moved(database, order_id)] == ["difference", "pick", "cancel"]
    assert balance(database, "50301", "A1") == (5, 0, 0)


def test_of_one_cohort_only_what_the_shelf_lacks_is_booked_as_a_difference(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 3})
    ids = store(database, *[own_store_order(("A1", 2)) for _ in range(3)])

    run_all(database)

    booked = [sum(units for kind, _, units, *_ in goods_moved(database, each) if kind == "difference") for each in ids]
    assert booked == [0, 1, 2]
    assert states(database, ids) == ["delivered"] * 3


def test_a_kommunlager_may_let_its_orders_wait_instead(database: Database) -> None:
    a_world(database, shortage_50301="backorder")
    (order_id,) = store(database, own_store_order(("A1", 1)))

    run_all(database)

    assert states(database, [order_id]) == ["backordered"]
    assert goods_moved(database, order_id) == []


def test_a_move_between_kommuner_waits_for_goods_and_never_books_a_difference(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERFLODE_LAGERFLYTT_TYPES", '["lagerflytt", "lagerflytt_mellan_kommuner"]')
    settings.cache_clear()
    a_world(database)
    (order_id,) = store(
        database,
        a_lagerflytt(
            sender="50401", customer_order_type="lagerflytt_mellan_kommuner", instruction_reference="I-1",
            instruction_approved_by="best",
        ),
    )  # fmt: skip
    try:
        run_all(database)
    finally:
        settings.cache_clear()

    assert states(database, [order_id]) == ["backordered"]
    assert goods_moved(database, order_id) == []


def test_an_order_in_parts_goes_on_with_what_there_is_and_leaves_a_restorder(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2, ("10", "A2"): 4})
    (order_id,) = store(database, an_order(("A1", 5), ("A2", 1), ("A3", 2), partial=True, priority=0))

    run_all(database)

    (rest,) = rests_of(database, order_id)
    assert states(database, [order_id, rest]) == ["delivered", "backordered"]
    assert quantities(database, order_id) == [("A1", 5, 3), ("A2", 1, 0), ("A3", 2, 2)]
    assert quantities(database, rest) == [("A1", 3, 0), ("A3", 2, 0)]
    assert goods_moved(database, order_id)[-2:] == [
        ("deliver", "A1", 2, "outbound 10", "receiver 03-05"),
        ("deliver", "A2", 1, "outbound 10", "receiver 03-05"),
    ]
    original, restorder = order_row(database, order_id), order_row(database, rest)
    same = ("priority", "received_at", "sender", "receiver_code", "orderer_person", "kommun", "partial", "ordered_on")
    assert [restorder[column] for column in same] == [original[column] for column in same]
    assert restorder["rest_of"] == order_id


def test_the_rest_is_delivered_when_the_goods_arrive_and_everything_adds_up(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2})
    (order_id,) = store(database, an_order(("A1", 6), partial=True))
    run_all(database)
    (rest,) = rests_of(database, order_id)

    receive(database, {("10", "A1"): 1})
    run_all(database)
    (rest_of_rest,) = rests_of(database, rest)
    receive(database, {("10", "A1"): 5})
    run_all(database)

    chain = [order_id, rest, rest_of_rest]
    assert states(database, chain) == ["delivered"] * 3
    assert [quantities(database, each) for each in chain] == [[("A1", 6, 4)], [("A1", 4, 3)], [("A1", 3, 0)]]
    delivered = [goods_moved(database, each)[-1] for each in chain]
    assert [(kind, units) for kind, _, units, *_ in delivered] == [("deliver", 2), ("deliver", 1), ("deliver", 3)]
    assert balance(database, "10", "A1") == (2, 0, 0)
    with database.transaction() as tx:
        assert tx.execute("SELECT last FROM number_counter").fetchall() == [(3,)]


def test_an_order_in_parts_of_which_nothing_is_there_waits_whole(database: Database) -> None:
    a_world(database)
    (order_id,) = store(database, an_order(("A1", 2), partial=True))

    run_step(database, "validate")

    assert states(database, [order_id]) == ["backordered"]
    assert rests_of(database, order_id) == []


def test_a_restorder_keeps_the_place_of_its_original_in_the_queue(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    early, late = store(database, an_order(("A1", 2), partial=True), an_order(("A1", 1)))
    run_all(database)
    (rest,) = rests_of(database, early)

    receive(database, {("10", "A1"): 1})
    run_all(database)

    assert states(database, [early, rest, late]) == ["validated", "validated", "backordered"]
