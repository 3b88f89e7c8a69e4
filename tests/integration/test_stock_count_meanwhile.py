"""What if goods move around the moment of a count? Then that is no difference. Next: test_stock_count.py."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from at_once import somebody_waits
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    balance,
    in_state,
    own_store_order,
    receive,
    run_all,
    store,
)
from count_world import closed, counted, now, opened
from waiting import wait_for

from config.database import Database
from workflows.cohort import run_named
from workflows.counts.entering import CountedInTheFuture
from workflows.ledger import Movement, book
from workflows.steps import pick

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_goods_that_move_after_they_were_counted_are_no_difference(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)
    counted(database, count_id, A1=9)
    store(database, an_order(("A1", 4)))
    run_all(database)
    receive(database, {("10", "A1"): 20})

    assert closed(database, count_id).booked == {"A1": -1}
    assert balance(database, "10", "A1") == (25, 0, 0)


def test_a_count_at_an_earlier_moment_is_computed_back(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    then = now(database)
    store(database, an_order(("A1", 4)))
    run_all(database)
    receive(database, {("10", "A1"): 1})
    count_id = opened(database)

    counted(database, count_id, at=then, A1=9)

    assert closed(database, count_id).booked == {"A1": -1}
    assert balance(database, "10", "A1") == (6, 0, 0)


def test_an_entry_waits_for_goods_that_are_just_moving(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            book(tx, [Movement("receive", "A1", 5, "supplier", "", "store", "10", document="lastbil")], [], "test")
            entering = threads.submit(counted, database, count_id, A1=14)
            wait_for(lambda: entering.done() or somebody_waits(database), what="the entry's turn")
        entering.result(30)

    assert closed(database, count_id).booked == {"A1": -1}


def test_what_an_earlier_count_found_was_so_when_it_was_counted(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    first = opened(database)
    counted(database, first, A1=8)
    then = now(database)
    closed(database, first)
    second = opened(database)

    counted(database, second, at=then, A1=8)

    assert closed(database, second).booked == {}


def test_before_the_first_goods_came_nothing_was_there(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)

    counted(database, count_id, at=datetime(2020, 1, 1, tzinfo=UTC), A1=0)

    assert closed(database, count_id).booked == {}


def test_a_gap_that_a_picker_meets_after_the_count_is_booked_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    count_id = opened(database)
    counted(database, count_id, A1=3)
    order_id = in_state(database, "validated", ("A1", 5))
    run_named(database, pick.STEP, order_id, actor="bo", short={"A1": 2})

    assert closed(database, count_id).booked == {}
    assert balance(database, "10", "A1") == (0, 0, 3)


def test_goods_that_an_own_store_order_found_after_the_count_are_found_once(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 5})
    count_id = opened(database, store_code="50301")
    counted(database, count_id, A1=7)
    store(database, own_store_order(("A1", 6)))
    run_all(database)

    assert closed(database, count_id).booked == {"A1": 1}
    assert balance(database, "50301", "A1") == (1, 0, 0)


def test_a_minute_from_now_nothing_has_been_counted_yet(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)

    with pytest.raises(CountedInTheFuture):
        counted(database, count_id, at=now(database) + timedelta(minutes=1), A1=3)

    assert closed(database, count_id).booked == {}
