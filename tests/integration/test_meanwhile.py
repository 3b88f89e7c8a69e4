"""What if something happens in the middle of a step: goods arrive, an order is cancelled, others reserve?

The step's transaction is held open while another acts. Next: test_lost_sessions.py.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from at_once import at_once, databases, somebody_waits, working
from builders import CONFIRMED, a_worker, a_world, an_order, balance, receive, run_all, run_step, states, store
from waiting import wait_for

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import Work, run_due, run_named
from workflows.correcting import ATTEMPTS, StockMovedMeanwhile, tried_again
from workflows.counting import adjust_once, adjust_stock
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_goods_that_arrive_while_orders_are_judged_reach_whoever_waits(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(40)])

    def supply(database: Database) -> None:
        for _ in range(20):
            receive(database, {("10", "A1"): 2})

    at_once(database.url, working(limit=3), supply, working(limit=4))
    run_all(database)

    assert states(database, ids) == ["validated"] * 40
    assert balance(database, "10", "A1") == (40, 40, 0)


def test_who_comes_second_for_the_last_unit_waits_for_the_first_to_decide(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    first, second = store(database, an_order(), an_order())
    other = Database(database.url)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (first,))
            STEPS["validate"].run(Work(tx, "bestallning", [first]))
            judging = threads.submit(run_step, other, "validate")
            wait_for(lambda: judging.done() or somebody_waits(database), what="the second's turn")
        assert judging.result(30) == (1, 0, judging.result().low_water)
    other.close()

    assert states(database, [first, second]) == ["validated", "backordered"]
    assert balance(database, "10", "A1") == (1, 1, 0)


def test_a_waiting_order_that_somebody_holds_open_is_waited_for_and_not_passed_over(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    older, younger = store(database, an_order(), an_order())
    run_all(database)
    receive(database, {("10", "A1"): 1})
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (older,))
            resuming = threads.submit(run_all, database)
            wait_for(lambda: resuming.done() or somebody_waits(database), what="the resume's turn")
        resuming.result(30)

    assert states(database, [older, younger]) == ["validated", "backordered"]


def test_who_is_cancelled_while_a_page_of_the_queue_is_taken_leaves_the_next_page_to_be_served(
    database: Database,
) -> None:
    a_world(database, stock={}, **CONFIRMED)
    cancelled, *others = store(database, *[an_order() for _ in range(5)])
    run_all(database)
    receive(database, {("10", "A1"): 4})
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (cancelled,))
            CANCEL.run(Work(tx, "bestallning", [cancelled], "anna", "ångrat"))
            resuming = threads.submit(run_step, database, "resume", limit=2)
            wait_for(lambda: resuming.done() or somebody_waits(database), what="the resume's turn")
        resuming.result(30)
    run_all(database, limit=2)

    assert states(database, [cancelled, *others]) == ["cancelled", *["validated"] * 4]


def test_who_joins_the_queue_behind_an_order_that_is_being_cancelled_is_not_forgotten(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    (large,) = store(database, an_order(("A1", 3)))
    run_all(database)
    (small,) = store(database, an_order(("A1", 1)))
    other = Database(database.url)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (small,))
            STEPS["validate"].run(Work(tx, "bestallning", [small]))
            cancelling = threads.submit(run_named, other, CANCEL, large, actor="anna", reason="ångrat")
            wait_for(lambda: cancelling.done() or somebody_waits(database), what="the cancellation's turn")
        assert cancelling.result(30) == "cancelled"
    other.close()
    run_all(database)

    assert states(database, [large, small]) == ["cancelled", "validated"]


@pytest.mark.parametrize("counting", [adjust_once, adjust_stock])
def test_a_count_that_others_reserve_into_changes_nothing_and_is_tried_again(
    database: Database, counting: Callable[..., int]
) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    store(database, an_order(("A1", 3)))
    reserved, go_on = Event(), Event()

    def pause(work: Work) -> None:
        STEPS["validate"].run(work)
        reserved.set()
        assert go_on.wait(30)

    def judge_and_pause(other: Database) -> int:
        with a_worker(other) as worker:
            return run_due(other, replace(STEPS["validate"], run=pause), "bestallning", worker).claimed

    with databases(database.url, 1) as (other,), ThreadPoolExecutor(2) as threads:
        judging = threads.submit(judge_and_pause, other)
        assert reserved.wait(30)
        count = threads.submit(counting, database, Goods("10", "A1"), 1, reason="inventering", actor="bo")
        wait_for(lambda: count.done() or somebody_waits(database), what="the count's turn")
        go_on.set()
        assert judging.result(30) == 1
        if counting is adjust_stock:
            assert count.result(30) == -4
            assert balance(database, "10", "A1") == (1, 0, 0)
        else:
            with pytest.raises(StockMovedMeanwhile):
                count.result(30)
            assert balance(database, "10", "A1") == (5, 3, 0)


def test_a_count_is_not_tried_for_ever() -> None:
    tries = []

    def others_come_first() -> None:
        tries.append(1)
        raise StockMovedMeanwhile

    with pytest.raises(StockMovedMeanwhile):
        tried_again(others_come_first)

    assert len(tries) == ATTEMPTS
