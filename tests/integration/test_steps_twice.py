"""What if a step is told to run again? Nothing more happens: messages may be lost, doubled or late (P2, P6).

Next: test_doors.py, what the database itself refuses.
"""

from dataclasses import replace

import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    a_worker,
    a_world,
    an_order,
    balance,
    everything,
    in_state,
    own_store_order,
    receive,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.cohort import NOTHING, OrderNotFound, StaleVersion, Step, Work, run_due, run_named
from workflows.machines import StepNotAllowed, allowed_events
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.main_line import EVENTS, STEPS
from workflows.steps.unreserve import STEP as UNRESERVE

pytestmark = pytest.mark.usefixtures("sound_afterwards")

SHELF = {("10", "A1"): 10, ("50301", "A1"): 2}
BEFORE = {"validate": "draft", "pick": "validated", "create_utleverans": "picked", "deliver": "utleverans"}
NUMBER = "BEST-1"
PERSONAL: dict[str, Step] = {
    **STEPS, "cancel": CANCEL, "fail_delivery": FAIL_DELIVERY, "unreserve": UNRESERVE,
    "amend": amend_with(an_order(external_id=NUMBER)),
}  # fmt: skip
STATES = ("draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled")


@pytest.mark.parametrize("event", list(BEFORE))
def test_a_hint_that_comes_twice_moves_nothing_more(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, BEFORE[event]) for _ in range(3)]
    assert run_step(database, event).claimed == 3
    done = everything(database)

    assert run_step(database, event) == NOTHING

    assert everything(database) == done
    assert len(set(states(database, ids))) == 1


def test_a_resume_that_is_hinted_twice_moves_nothing_more(database: Database) -> None:
    a_world(database)
    in_state(database, "backordered")
    receive(database, {("10", "A1"): 1})
    run_all(database)
    done = everything(database)

    assert run_step(database, "resume") == NOTHING

    assert everything(database) == done


def test_hints_in_any_order_and_number_take_no_order_twice(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, an_order(), a_lagerflytt(), a_prescription(), own_store_order(("A1", 3)))

    for _ in range(4):
        for event in reversed(EVENTS):
            for order_type in ("bestallning", "lagerflyttsorder", "forskrivning"):
                run_step(database, event, order_type)

    assert states(database, ids) == ["delivered"] * 4
    assert balance(database, "10", "A1") == (7, 0, 0)
    assert balance(database, "50301", "A1") == (1, 0, 0)
    done = everything(database)
    assert run_all(database) == 0
    assert everything(database) == done


@pytest.mark.parametrize("state", STATES)
def test_a_person_may_only_send_what_the_state_allows(database: Database, state: str) -> None:
    a_world(database, stock={} if state == "backordered" else SHELF, **CONFIRMED)
    order_id = in_state(database, "draft" if state == "cancelled" else state)
    if state == "cancelled":
        run_named(database, CANCEL, order_id, actor="anna", reason="dubblett")
    before = everything(database)
    allowed = allowed_events("bestallning", state)

    for event, step in PERSONAL.items():
        if event not in allowed:
            with pytest.raises(StepNotAllowed) as refusal:
                run_named(database, step, order_id, actor="anna", reason="fel knapp")
            assert (refusal.value.state, refusal.value.allowed) == (state, allowed)

    assert everything(database) == before


@pytest.mark.parametrize("event", [*BEFORE, "cancel", "fail_delivery", "amend"])
def test_a_button_pressed_twice_is_refused_the_second_time_and_changes_nothing(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    before = {**BEFORE, "cancel": "picked", "fail_delivery": "utleverans", "amend": "rejected"}[event]
    order_id = in_state(database, before, external_id=NUMBER)
    run_named(database, PERSONAL[event], order_id, actor="anna", reason="en gång")
    done = everything(database)

    with pytest.raises(StepNotAllowed):
        run_named(database, PERSONAL[event], order_id, actor="anna", reason="en gång till")

    assert everything(database) == done


def test_a_button_on_a_page_that_is_out_of_date_is_refused(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    before = everything(database)

    with pytest.raises(StaleVersion):
        run_named(database, CANCEL, order_id, actor="anna", reason="ångrat", version=1)

    assert everything(database) == before
    assert run_named(database, CANCEL, order_id, actor="anna", reason="ångrat", version=2) == "cancelled"


def test_an_order_that_is_not_there_is_refused(database: Database) -> None:
    a_world(database)
    with pytest.raises(OrderNotFound):
        run_named(database, CANCEL, 4711, actor="anna", reason="ångrat")


def test_a_named_step_that_fails_leaves_nothing_behind(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    before = everything(database)

    def picks_and_fails(work: Work) -> None:
        STEPS["pick"].run(work)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_named(database, replace(STEPS["pick"], run=picks_and_fails), order_id, actor="anna")

    assert everything(database) == before


def test_a_later_cohort_of_one_task_begins_where_the_last_one_ended(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, *[an_order() for _ in range(5)])
    with a_worker(database) as worker:
        first = run_due(database, STEPS["validate"], "bestallning", worker, limit=2)
        assert first.low_water is not None
        second = run_due(database, STEPS["validate"], "bestallning", worker, limit=2, low_water=first.low_water)

    assert (first.claimed, second.claimed) == (2, 2)
    assert states(database, ids) == ["validated"] * 4 + ["draft"]


def test_an_akut_order_is_claimed_before_older_normal_ones(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, an_order(), an_order(), an_order(priority=0))

    assert run_step(database, "validate", limit=1).claimed == 1

    assert states(database, ids) == ["draft", "draft", "validated"]
