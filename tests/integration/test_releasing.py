"""What happens to a held order? Nothing by itself; a person releases or cancels it, and is told what came of it."""

import pytest
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    everything,
    in_state,
    let_time_pass,
    order_row,
    receive,
    run_all,
    states,
    store,
)
from failing import SECRET, failing_for

from config.database import Database
from workflows.attempts import MOST_ATTEMPTS
from workflows.cohort import run_named
from workflows.releasing import Outcome, release_order
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")

SHELF = {("10", "A1"): 9}


def hold(database: Database, order_id: int) -> None:
    """Let every attempt of the order fail until it is held."""
    with failing_for(database, order_id):
        for _ in range(MOST_ATTEMPTS):
            let_time_pass(database)
            run_all(database)
    assert order_row(database, order_id)["held_since"] is not None


def test_a_held_order_is_left_alone_when_the_fault_is_mended(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    hold(database, order_id)
    before = everything(database)

    let_time_pass(database)
    assert run_all(database) == 0

    assert everything(database)["history"] == before["history"]


@pytest.mark.parametrize("event", list(STEPS))
def test_a_release_runs_the_step_that_was_due_and_says_where_the_order_is(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    before = STEPS[event].from_states[0]
    order_id = in_state(database, before)
    hold(database, order_id)

    outcome = release_order(database, order_id)

    after = order_row(database, order_id)
    assert outcome == Outcome(tried=True, before=before, after=after["state"], failure=None)
    assert after["state"] != before
    assert (after["held_since"], after["held_reason"], after["attempts"]) == (None, None, 0)
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]


def test_a_release_that_fails_again_says_so_and_the_order_is_tried_again(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    hold(database, order_id)

    with failing_for(database, order_id):
        outcome = release_order(database, order_id)

    assert outcome is not None
    assert (outcome.tried, outcome.before, outcome.after) == (True, "validated", "validated")
    assert outcome.failure is not None and SECRET not in outcome.failure
    row = order_row(database, order_id)
    assert (row["attempts"], row["held_since"]) == (1, None)
    let_time_pass(database)
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]


def test_what_is_not_held_is_not_released(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated")
    before = everything(database)

    assert release_order(database, order_id) is None
    assert release_order(database, 4711) is None

    assert everything(database) == before


def test_a_release_does_not_confirm_what_a_person_confirms(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated")
    with database.transaction() as tx:
        tx.execute(
            "UPDATE orders SET attempts = 5, held_since = now(), held_reason = 'prov' WHERE id = %s", (order_id,)
        )

    assert release_order(database, order_id) == Outcome(
        tried=False, before="validated", after="validated", failure=None
    )

    row = order_row(database, order_id)
    assert (row["due_at"], row["held_since"]) == (None, None)


def test_a_released_order_that_waits_gets_the_goods_that_came_meanwhile_in_its_turn(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    order_id = in_state(database, "backordered")
    with database.transaction() as tx:
        tx.execute(
            "UPDATE orders SET attempts = 5, held_since = now(), held_reason = 'prov' WHERE id = %s", (order_id,)
        )
    receive(database, {("10", "A1"): 1})
    run_all(database)

    outcome = release_order(database, order_id)
    assert outcome is not None and outcome.before == "backordered" and outcome.failure is None
    run_all(database)
    assert states(database, [order_id]) == ["validated"]


def test_a_held_order_can_be_cancelled_and_gives_its_goods_back(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1})
    held = in_state(database, "validated")
    hold(database, held)
    (waiting,) = store(database, an_order())
    run_all(database)
    assert states(database, [waiting]) == ["backordered"]

    run_named(database, CANCEL, held, actor="anna", reason="går inte att plocka")
    run_all(database)

    row = order_row(database, held)
    assert (row["state"], row["held_since"], row["held_reason"]) == ("cancelled", None, None)
    assert states(database, [waiting]) == ["delivered"]


def test_one_release_at_a_time_is_enough(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    hold(database, order_id)

    assert release_order(database, order_id) is not None
    assert release_order(database, order_id) is None
