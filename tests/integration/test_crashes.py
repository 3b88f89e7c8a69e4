"""What if a worker dies with orders in its hands? They are due again; only a death alone counts against an order.

The workers are processes of their own, killed by SIGKILL (tests/dying_worker.py). Next: test_lost_sessions.py
(a worker that only seems dead), test_poison.py (errors instead of deaths).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from at_once import nobody_is_left
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_worker,
    a_world,
    an_order,
    balance,
    everything,
    in_state,
    let_time_pass,
    order_row,
    receive,
    run_all,
    run_step,
    states,
    store,
)
from waiting import wait_for

from config.database import Database
from workflows.attempts import MOST_ATTEMPTS
from workflows.cohort import run_due
from workflows.journal import CRASHED, recover_crashed
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")

PROGRAM = Path(__file__).parents[1] / "dying_worker.py"
PROJECT = str(Path(__file__).parents[2])
SHELF = {("10", "A1"): 20}
BEFORE = {"validate": "draft", "pick": "validated", "create_utleverans": "picked", "deliver": "utleverans"}
KILLED = -signal.SIGKILL


def run_dying_worker(database: Database, event: str, moment: str = "inside", killer: int | None = None) -> int:
    """Run the program to its end; returns its exit code once the server has noticed that it is gone."""
    arguments = [sys.executable, str(PROGRAM), database.url, event, "bestallning", moment]
    if killer is not None:
        arguments.append(str(killer))
    code = subprocess.run(arguments, env={**os.environ, "PYTHONPATH": PROJECT}, timeout=60, check=False).returncode
    wait_for(lambda: nobody_is_left(database), what="the end of the dead worker's sessions")
    return code


def claims(database: Database) -> list[tuple[str, list[int]]]:
    with database.transaction() as tx:
        return tx.execute("SELECT event, order_ids FROM claim ORDER BY worker").fetchall()


@pytest.mark.parametrize("event", list(BEFORE))
def test_a_death_inside_a_step_leaves_everything_as_it_was_but_the_claim(database: Database, event: str) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, BEFORE[event]) for _ in range(3)]
    before = everything(database)

    assert run_dying_worker(database, event) == KILLED

    assert claims(database) == [(event, ids)]
    assert everything(database) | {"claim": []} == before


def test_orders_whose_worker_died_are_tried_alone_and_go_on(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, "validated") for _ in range(3)]
    run_dying_worker(database, "pick")

    assert recover_crashed(database) == 3

    rows = [order_row(database, each) for each in ids]
    assert [(row["alone"], row["attempts"], row["held_since"]) for row in rows] == [(True, 0, None)] * 3
    assert claims(database) == []
    run_all(database)
    assert states(database, ids) == ["delivered"] * 3
    assert not any(order_row(database, each)["alone"] for each in ids)
    assert balance(database, "10", "A1") == (17, 0, 0)


def test_who_must_be_tried_alone_is_taken_into_no_cohort(database: Database) -> None:
    a_world(database, stock=SHELF)
    suspects = [in_state(database, "validated") for _ in range(3)]
    run_dying_worker(database, "pick")
    recover_crashed(database)
    new = store(database, an_order(), an_order())
    run_step(database, "validate")

    with a_worker(database) as worker:
        claimed = [run_due(database, STEPS["pick"], "bestallning", worker).claimed for _ in range(5)]

    assert claimed == [1, 1, 1, 2, 0]
    assert states(database, [*suspects, *new]) == ["picked"] * 5


def test_one_recovery_is_enough(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")
    run_dying_worker(database, "pick")
    assert recover_crashed(database) == 1
    once = everything(database)

    assert recover_crashed(database) == 0

    assert everything(database) == once
    assert order_row(database, order_id)["attempts"] == 1


def test_a_lone_death_is_an_attempt_and_the_fifth_holds_the_order(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated")

    for death in range(1, MOST_ATTEMPTS + 1):
        let_time_pass(database)
        assert run_dying_worker(database, "pick") == KILLED
        assert recover_crashed(database) == 1
        row = order_row(database, order_id)
        assert (row["attempts"], row["held_reason"]) == (death, CRASHED if death == MOST_ATTEMPTS else None)

    let_time_pass(database)
    assert run_dying_worker(database, "pick") == 0
    assert states(database, [order_id]) == ["validated"]


def test_an_order_that_kills_its_workers_is_held_and_its_mates_go_on(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, "validated") for _ in range(4)]
    killer = ids[2]

    deaths = 0
    while run_dying_worker(database, "pick", killer=killer) == KILLED:
        deaths += 1
        assert deaths <= MOST_ATTEMPTS + 1, "a death in company, then five alone"
        recover_crashed(database)
        let_time_pass(database)

    assert states(database, ids) == ["picked", "picked", "validated", "picked"]
    assert [order_row(database, each)["held_reason"] for each in ids] == [None, None, CRASHED, None]


def test_a_waiting_order_that_kills_its_workers_is_held_and_its_mates_go_on(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    ids = store(database, *[an_order() for _ in range(4)])
    run_all(database)
    receive(database, {("10", "A1"): 4})

    deaths = 0
    while run_dying_worker(database, "resume", killer=ids[2]) == KILLED:
        deaths += 1
        assert deaths <= MOST_ATTEMPTS + 1, "a death in company, then five alone"
        recover_crashed(database)
        let_time_pass(database)

    assert states(database, ids) == ["validated", "validated", "backordered", "validated"]
    assert [order_row(database, each)["held_reason"] for each in ids] == [None, None, CRASHED, None]


def test_a_death_after_the_commit_leaves_no_claim_and_nothing_to_recover(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, "validated") for _ in range(3)]

    assert run_dying_worker(database, "pick", moment="after") == KILLED

    assert states(database, ids) == ["picked"] * 3
    assert claims(database) == []
    assert recover_crashed(database) == 0
    assert not any(order_row(database, each)["alone"] for each in ids)


def test_a_death_during_a_resume_loses_neither_the_goods_nor_the_place(database: Database) -> None:
    a_world(database, stock={}, **CONFIRMED)
    first, second = store(database, an_order(), an_order())
    run_all(database)
    receive(database, {("10", "A1"): 1})
    before = everything(database)

    assert run_dying_worker(database, "resume") == KILLED
    assert everything(database) | {"claim": []} == before

    assert recover_crashed(database) == 2
    run_all(database)
    assert states(database, [first, second]) == ["validated", "backordered"]


def test_numbers_that_a_dead_worker_had_taken_are_given_to_others(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = [in_state(database, "picked") for _ in range(3)]
    run_dying_worker(database, "create_utleverans")
    recover_crashed(database)

    run_all(database)

    assert states(database, ids) == ["delivered"] * 3
    with database.transaction() as tx:
        assert tx.execute("SELECT array_agg(sequence ORDER BY sequence) FROM utleverans").fetchone() == ([1, 2, 3],)


def test_a_worker_at_work_is_not_taken_for_dead(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, an_order(), a_lagerflytt())
    with a_worker(database) as worker:
        worker.write("validate", ids)

        assert recover_crashed(database) == 0

        assert claims(database) == [("validate", ids)]
    assert claims(database) == []
