"""What if a step fails for one order of many? It is found, counted and held; its mates go on at once (P5).

The faults are in the database (tests/failing.py) or in the order's own data. Next: test_releasing.py (held orders),
test_crashes.py (deaths instead of errors).
"""

from dataclasses import replace

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_worker,
    a_world,
    an_order,
    balance,
    everything,
    in_state,
    let_time_pass,
    order_row,
    run_all,
    run_step,
    states,
    store,
)
from failing import SECRET, failing_for

from config.database import Database
from workflows.attempts import MOST_ATTEMPTS
from workflows.cohort import NOTHING, PoisonedOrder, Work, run_due
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")

SHELF = {("10", "A1"): 600}


def test_one_poisoned_order_among_500_is_found_and_the_others_go_on(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(500)])
    poisoned = ids[317]

    with failing_for(database, poisoned):
        worked = run_step(database, "validate")

    assert (worked.claimed, worked.failed) == (500, 1)
    assert states(database, ids) == ["draft" if each == poisoned else "validated" for each in ids]
    assert balance(database, "10", "A1") == (600, 499, 0)
    row = order_row(database, poisoned)
    assert (row["attempts"], row["alone"], row["held_since"]) == (1, True, None)


def test_several_poisoned_orders_are_each_found(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(20)])
    poisoned = [ids[0], ids[7], ids[8], ids[19]]

    with failing_for(database, *poisoned):
        worked = run_step(database, "validate")

    assert (worked.claimed, worked.failed) == (20, 4)
    assert [each for each in ids if order_row(database, each)["attempts"] == 1] == poisoned
    assert balance(database, "10", "A1") == (600, 16, 0)


def test_while_the_culprit_is_sought_nobody_else_can_take_the_orders(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(8)])
    other, taken_meanwhile = Database(database.url), []

    def fails_for_one(work: Work) -> None:
        with a_worker(other) as rival:
            taken_meanwhile.append(run_due(other, STEPS["validate"], "bestallning", rival))
        if ids[5] in work.ids:
            raise ZeroDivisionError
        STEPS["validate"].run(work)

    with a_worker(database) as worker:
        run_due(database, replace(STEPS["validate"], run=fails_for_one), "bestallning", worker)
    other.close()

    assert taken_meanwhile == [NOTHING] * len(taken_meanwhile)
    assert len(taken_meanwhile) > 3, "the whole, its halves, and so on"
    assert states(database, ids).count("validated") == 7


def test_a_pure_function_names_the_order_it_failed_for_and_nothing_is_sought(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(64)])
    tried: list[int] = []

    def names_the_poisoned(work: Work) -> None:
        tried.append(len(work.ids))
        if ids[40] in work.ids:
            raise PoisonedOrder(ids[40]) from KeyError("what the row holds")
        STEPS["validate"].run(work)

    with a_worker(database) as worker:
        worked = run_due(database, replace(STEPS["validate"], run=names_the_poisoned), "bestallning", worker)

    assert (worked.claimed, worked.failed, tried) == (64, 1, [64, 63, 1])
    assert states(database, ids).count("validated") == 63


def test_an_order_whose_own_data_cannot_be_read_harms_nobody_else(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = store(database, an_order(), an_order(), an_order())
    with database.session() as owner:
        owner.execute("ALTER TABLE orders DISABLE TRIGGER USER")
        owner.execute("UPDATE orders SET ordered_on = 'infinity' WHERE id = %s", (ids[1],))
        owner.execute("ALTER TABLE orders ENABLE TRIGGER USER")

    worked = run_step(database, "validate")

    assert (worked.claimed, worked.failed) == (3, 1)
    assert states(database, ids) == ["validated", "draft", "validated"]


def test_a_poisoned_order_backs_off_and_is_held_after_five_attempts(database: Database) -> None:
    a_world(database, stock=SHELF)
    (poisoned,) = store(database, an_order())
    waits = []
    with failing_for(database, poisoned):
        for _ in range(MOST_ATTEMPTS):
            let_time_pass(database)
            assert run_step(database, "validate").failed == 1
            waits.append(seconds_until_due(database, poisoned))
            assert run_step(database, "validate") == NOTHING, "not before its time"
        let_time_pass(database)
        assert run_step(database, "validate") == NOTHING, "held"

    assert [round(each) for each in waits[:4]] == [1, 2, 4, 8]
    row = order_row(database, poisoned)
    assert (row["attempts"], row["state"]) == (5, "draft")
    assert row["held_since"] is not None


def seconds_until_due(database: Database, order_id: int) -> float:
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::float8 FROM orders WHERE id = %s", (order_id,)
        ).fetchone()
    assert row is not None
    return float(row[0])


def test_a_held_order_says_why_without_a_word_of_what_it_holds(database: Database) -> None:
    a_world(database, stock=SHELF)
    (poisoned,) = store(database, an_order(external_id="BEST-4711", reference="SECRET"))
    with failing_for(database, poisoned):
        for _ in range(MOST_ATTEMPTS):
            let_time_pass(database)
            run_all(database)

    reason = order_row(database, poisoned)["held_reason"]
    assert reason == "RaiseException P0001"
    assert not any(word in reason for word in (SECRET, "BEST-4711", "SECRET"))


def test_a_held_order_names_the_constraint_that_it_broke(database: Database) -> None:
    a_world(database, stock=SHELF)
    (poisoned,) = store(database, an_order(reference="SECRET"))
    with database.session() as owner:
        owner.execute(
            "ALTER TABLE orders ADD CONSTRAINT never_validated CHECK (state <> 'validated' OR reference <> 'SECRET')"
        )
    for _ in range(MOST_ATTEMPTS):
        let_time_pass(database)
        run_all(database)

    assert order_row(database, poisoned)["held_reason"] == "CheckViolation 23514 (never_validated)"


def test_an_order_that_goes_on_after_all_starts_counting_anew(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    (order_id,) = store(database, an_order())
    with failing_for(database, order_id):
        run_all(database)
    assert order_row(database, order_id)["attempts"] == 1

    let_time_pass(database)
    run_all(database)

    row = order_row(database, order_id)
    assert (row["state"], row["attempts"], row["alone"]) == ("validated", 0, False)


def test_an_order_that_failed_is_tried_alone_and_delays_nobody(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    poisoned, *mates = store(database, an_order(), an_order(), an_order())
    with failing_for(database, poisoned):
        run_step(database, "validate")
        new = store(database, an_order())
        let_time_pass(database)

        alone, together = run_step(database, "validate"), run_step(database, "validate")

    assert (alone.claimed, alone.failed) == (1, 1)
    assert (together.claimed, together.failed) == (1, 0)
    assert states(database, [*mates, *new]) == ["validated"] * 3


@pytest.mark.parametrize(
    "passing",
    [psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable, psycopg.errors.SerializationFailure,
     psycopg.OperationalError],
)  # fmt: skip
def test_what_may_pass_by_itself_counts_against_nobody(database: Database, passing: type[psycopg.Error]) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, an_order(), an_order())
    before = everything(database)

    def interrupted(work: Work) -> None:
        STEPS["validate"].run(work)
        raise passing

    with a_worker(database) as worker:
        with pytest.raises(passing):
            run_due(database, replace(STEPS["validate"], run=interrupted), "bestallning", worker)
        assert everything(database) == before
    run_all(database)
    assert states(database, ids) == ["delivered"] * 2


@pytest.mark.parametrize("event", ["pick", "create_utleverans", "deliver"])
def test_every_step_of_the_main_line_isolates_its_culprit(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    state = STEPS[event].from_states[0]
    ids = [in_state(database, state) for _ in range(5)]

    with failing_for(database, ids[2]):
        worked = run_step(database, event)

    assert (worked.claimed, worked.failed) == (5, 1)
    after = states(database, ids)
    assert after[2] == state and state not in after[:2] + after[3:]
    run_all(database)
    let_time_pass(database)
    run_all(database)
    assert states(database, ids) == ["delivered"] * 5
    with database.transaction() as tx:
        numbers = tx.execute("SELECT array_agg(sequence ORDER BY sequence) FROM utleverans").fetchone()
    assert numbers == ([1, 2, 3, 4, 5],)
