"""What if the queue is longer than a cohort, or somebody in it is held or fails? The others are served all the same."""

import pytest
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    everything,
    in_state,
    let_time_pass,
    order_row,
    own_store_order,
    receive,
    run_all,
    run_step,
    states,
    store,
)
from failing import failing_for

from config.database import Database
from workflows import attempts
from workflows.attempts import MOST_ATTEMPTS
from workflows.releasing import release_order

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def hold(database: Database, order_id: int) -> None:
    """Hold the order, as a fifth failed attempt does."""
    with database.transaction() as tx:
        tx.execute(
            "UPDATE orders SET attempts = 5, held_since = clock_timestamp(), held_reason = 'prov' WHERE id = %s",
            (order_id,),
        )


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_a_queue_longer_than_a_cohort_is_served_to_its_end(database: Database, limit: int) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(7)])
    run_all(database)

    receive(database, {("10", "A1"): 6})
    run_all(database, limit)

    assert states(database, ids) == ["validated"] * 6 + ["backordered"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_who_can_go_on_is_found_behind_a_whole_page_of_those_who_cannot(database: Database, limit: int) -> None:
    a_world(database, stock={}, **CONFIRMED)
    stuck = [an_order(("A1", 1), ("A2", 1)) for _ in range(4)]
    ids = store(database, *stuck, an_order(("A1", 1)))
    run_all(database)

    receive(database, {("10", "A1"): 1})
    run_all(database, limit)

    assert states(database, ids) == ["backordered"] * 4 + ["validated"]


def test_each_store_is_served_in_its_turn(database: Database) -> None:
    a_world(database, shortage_50301="backorder", picking_10="confirmed", picking_50301="confirmed")
    ids = store(database, an_order(), own_store_order(), an_order(), own_store_order())
    run_all(database)

    receive(database, {("10", "A1"): 2, ("50301", "A1"): 2})
    assert run_step(database, "resume").claimed == 2
    assert sorted(states(database, ids)) == ["backordered"] * 2 + ["validated"] * 2
    assert run_step(database, "resume").claimed == 2

    assert states(database, ids) == ["validated"] * 4


@pytest.mark.parametrize("limit", [1, 500])
def test_a_held_order_does_not_block_the_queue(database: Database, limit: int) -> None:
    a_world(database, stock={}, **CONFIRMED)
    held, other = store(database, an_order(), an_order())
    run_all(database)
    hold(database, held)

    receive(database, {("10", "A1"): 1})
    run_all(database, limit)

    assert states(database, [held, other]) == ["backordered", "validated"]


def test_a_new_order_does_not_wait_behind_a_held_one(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    held = in_state(database, "backordered", ("A1", 3))
    hold(database, held)

    (order_id,) = store(database, an_order())
    run_all(database)

    assert states(database, [held, order_id]) == ["backordered", "validated"]


def test_a_held_order_that_is_released_gets_the_goods_that_came_meanwhile(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    held = in_state(database, "backordered")
    hold(database, held)
    receive(database, {("10", "A1"): 1})
    run_all(database)

    outcome = release_order(database, held)
    assert outcome is not None and outcome.failure is None
    run_all(database)

    assert states(database, [held]) == ["validated"]
    assert order_row(database, held)["held_reason"] is None


def test_a_waiting_order_that_fails_does_not_take_its_mates_with_it(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, *[an_order((f"A{article}", 1)) for article in (1, 2, 3, 4)])
    run_all(database)

    with failing_for(database, ids[1]):
        receive(database, {("10", f"A{article}"): 1 for article in (1, 2, 3, 4)})
        worked = run_step(database, "resume")

    assert (worked.claimed, worked.failed) == (4, 1)
    assert states(database, ids) == ["validated", "backordered", "validated", "validated"]
    assert [order_row(database, each)["attempts"] for each in ids] == [0, 1, 0, 0]


def test_a_waiting_order_that_failed_is_tried_again_by_itself(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    order_id = in_state(database, "backordered")
    with failing_for(database, order_id):
        receive(database, {("10", "A1"): 1})
        run_all(database)
        assert order_row(database, order_id)["attempts"] >= 1

    for _ in range(MOST_ATTEMPTS):
        let_time_pass(database)
        run_all(database)

    assert states(database, [order_id]) == ["validated"]


def test_who_stands_behind_a_waiting_order_that_keeps_failing_gets_the_goods_once_it_is_held(
    database: Database,
) -> None:
    a_world(database, stock={}, **CONFIRMED)
    failing, other = store(database, an_order(), an_order())
    run_all(database)

    with failing_for(database, failing):
        receive(database, {("10", "A1"): 1})
        for _ in range(MOST_ATTEMPTS + 1):
            let_time_pass(database)
            run_all(database)

    assert order_row(database, failing)["held_reason"] is not None
    assert states(database, [failing, other]) == ["backordered", "validated"]


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_who_must_be_tried_alone_keeps_its_place_and_nobody_is_forgotten(database: Database, limit: int) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(4)])
    run_all(database)
    with database.transaction() as tx:
        attempts.isolate(tx, [ids[1], ids[3]])

    for served in range(1, 5):
        receive(database, {("10", "A1"): 1})
        run_all(database, limit)
        assert states(database, ids) == ["validated"] * served + ["backordered"] * (4 - served)


def test_a_resume_that_finds_nothing_to_give_changes_nothing_but_its_own_row(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    in_state(database, "backordered", ("A1", 3))
    before = everything(database)

    receive(database, {("10", "A1"): 1})
    run_all(database)

    after = everything(database)
    assert {table for table in after if after[table] != before[table]} == {"movement", "stock_balance"}
