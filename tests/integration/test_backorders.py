"""Who gets the goods that arrive? By priority, then age; nobody younger overtakes, and nobody is forgotten.

Next: test_backorder_limits.py (long queues, held orders), test_two_workers.py (the same by many at once).
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    a_world,
    an_order,
    balance,
    history,
    in_state,
    own_store_order,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import SYSTEM, run_named
from workflows.counting import adjust_stock, receive_goods
from workflows.steps import deliver
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def by_receipt(database: Database) -> None:
    receive_goods(database, Goods("10", "A1"), 1, document="följesedel 1", actor="anna")


def by_a_count(database: Database) -> None:
    adjust_stock(database, Goods("10", "A1"), 3, reason="inventering", actor="anna")


def by_a_cancellation(database: Database) -> None:
    run_named(database, CANCEL, 1, actor="anna", reason="ångrat")


def by_a_cancellation_after_the_pick(database: Database) -> None:
    run_named(database, CANCEL, 2, actor="anna", reason="ångrat")


def by_a_failed_delivery(database: Database) -> None:
    run_step(database, "create_utleverans")
    run_named(database, FAIL_DELIVERY, 2, actor="bo", reason="bomkörning")


@pytest.mark.parametrize(
    "goods_arrive",
    [by_receipt, by_a_count, by_a_cancellation, by_a_cancellation_after_the_pick, by_a_failed_delivery],
)
def test_a_waiting_order_goes_on_when_goods_come_free(
    database: Database, goods_arrive: Callable[[Database], None]
) -> None:
    a_world(database, stock={("10", "A1"): 3}, **CONFIRMED)
    assert [in_state(database, "validated"), in_state(database, "picked"), in_state(database, "validated")] == [1, 2, 3]
    waiting = in_state(database, "backordered")

    goods_arrive(database)
    run_step(database, "resume")

    assert states(database, [waiting]) == ["validated"]
    assert history(database, waiting)[-1] == ("resume", "backordered", "validated", SYSTEM, None)


def test_a_waiting_order_of_a_kommunlager_goes_on_when_its_lagerflytt_is_received(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, shortage_50301="backorder", delivery_10="confirmed")
    (waiting,) = store(database, own_store_order(("A1", 2)))
    (lagerflytt,) = store(database, a_lagerflytt(("A1", 3)))
    run_all(database)
    assert states(database, [waiting, lagerflytt]) == ["backordered", "utleverans"]

    run_named(database, deliver.STEP, lagerflytt, actor="bo")
    run_all(database)

    assert states(database, [waiting]) == ["delivered"]
    assert balance(database, "50301", "A1") == (1, 0, 0)


def test_goods_go_to_akut_orders_first_and_then_to_the_oldest(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    older, newer, akut = store(database, an_order(), an_order(), an_order(priority=0))
    run_all(database)

    served = []
    for _ in range(3):
        receive(database, {("10", "A1"): 1})
        run_all(database)
        served += [
            each for each in (older, newer, akut) if each not in served and states(database, [each]) != ["backordered"]
        ]

    assert served == [akut, older, newer]


def test_age_is_when_the_order_was_received_not_when_it_was_stored(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    received_first = an_order()
    (late,) = store(database, an_order())
    (early,) = store(database, received_first)
    run_all(database)

    receive(database, {("10", "A1"): 1})
    run_all(database)

    assert states(database, [early, late]) == ["validated", "backordered"]


def test_the_order_types_wait_in_one_queue(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, a_prescription(), an_order(), a_lagerflytt())
    run_all(database)

    for served in range(1, 4):
        receive(database, {("10", "A1"): 1})
        run_all(database)
        assert states(database, ids) == ["validated"] * served + ["backordered"] * (3 - served)


def test_an_order_that_wants_more_than_arrives_is_not_overtaken_by_a_smaller_one(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    large, small = store(database, an_order(("A1", 3)), an_order(("A1", 1)))
    run_all(database)

    receive(database, {("10", "A1"): 2})
    run_all(database)
    assert states(database, [large, small]) == ["backordered", "backordered"]

    receive(database, {("10", "A1"): 2})
    run_all(database)
    assert states(database, [large, small]) == ["validated", "validated"]


def test_an_order_that_waits_for_one_article_does_not_block_another(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 2}, **CONFIRMED)
    waits_for_a1, wants_a2 = store(database, an_order(("A1", 1), ("A2", 1)), an_order(("A2", 2)))

    run_all(database)

    assert states(database, [waits_for_a1, wants_a2]) == ["backordered", "validated"]


def test_a_new_order_that_would_overtake_waits_behind_the_queue(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2}, **CONFIRMED)
    large, small, akut = an_order(("A1", 3)), an_order(("A1", 1)), an_order(("A1", 1), priority=0)
    (waiting,) = store(database, large)
    run_all(database)

    overtaking, akut_one = store(database, small, akut)
    run_all(database)

    assert states(database, [waiting, overtaking, akut_one]) == ["backordered", "backordered", "validated"]
    assert balance(database, "10", "A1") == (2, 1, 0)


def test_an_order_received_earlier_but_judged_later_goes_before_the_queue(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2}, **CONFIRMED)
    written_first = an_order(("A1", 1))
    (waiting,) = store(database, an_order(("A1", 3)))
    run_all(database)

    (late_in_the_post,) = store(database, written_first)
    run_all(database)

    assert states(database, [waiting, late_in_the_post]) == ["backordered", "validated"]


def test_an_order_in_parts_takes_nothing_past_who_waits_before_it(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2, ("10", "A2"): 1}, **CONFIRMED)
    waiting, in_parts = store(database, an_order(("A1", 3)), an_order(("A1", 1), ("A2", 1), partial=True))

    run_all(database)

    assert states(database, [waiting, in_parts]) == ["backordered", "validated"]
    assert balance(database, "10", "A1") == (2, 0, 0)
    assert states(database, rests_of(database, in_parts)) == ["backordered"]


def test_who_stood_behind_a_cancelled_order_gets_the_goods_it_held_up(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    large, small = store(database, an_order(("A1", 3)), an_order(("A1", 1)))
    run_all(database)
    assert states(database, [large, small]) == ["backordered", "backordered"]

    run_named(database, CANCEL, large, actor="anna", reason="ångrat")
    run_all(database)

    assert states(database, [small]) == ["validated"]


def test_goods_for_one_store_wake_nobody_at_another(database: Database) -> None:
    a_world(database, shortage_50301="backorder")
    hms, own = store(database, an_order(), own_store_order())
    run_all(database)

    receive(database, {("50301", "A1"): 1})
    run_all(database)

    assert states(database, [hms, own]) == ["backordered", "delivered"]


def test_goods_that_nobody_waits_for_leave_no_work(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3})
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM restock").fetchone() == (0,)


def test_many_waiting_orders_are_served_in_exactly_the_order_of_their_places(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    orders = [an_order(("A1", 1 + number % 3), priority=number % 2) for number in range(30)]
    shuffled = [replace(orders[place * 7 % 30]) for place in range(30)]
    ids = dict(zip([order.external_id for order in shuffled], store(database, *shuffled), strict=True))
    run_all(database)
    queue = sorted(orders, key=lambda order: (order.priority, order.received_at))
    wanted = [order.lines[0].quantity for order in queue]

    for units in (5, 4, 10, 1, 20):
        receive(database, {("10", "A1"): units})
        run_all(database)
        on_hand, reserved, _ = balance(database, "10", "A1")
        served = sum(state == "validated" for state in states(database, list(ids.values())))
        assert states(database, [ids[order.external_id] for order in queue]) == (
            ["validated"] * served + ["backordered"] * (30 - served)
        )
        assert reserved == sum(wanted[:served]) and on_hand < sum(wanted[: served + 1])
