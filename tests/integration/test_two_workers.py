"""What if several workers take at the same time? One unit goes to one order, one step wins, no number is lost.

Threads with a database and a journal of their own stand for processes. Next: test_meanwhile.py, test_crashes.py.
"""

import random
from dataclasses import replace
from functools import partial
from threading import Lock

import psycopg
import pytest
from at_once import at_once, working
from builders import (
    a_lagerflytt,
    a_prescription,
    a_world,
    an_order,
    balance,
    goods_moved,
    in_state,
    own_store_order,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.cohort import Work, run_due, run_named
from workflows.journal import Worker
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.mark.parametrize("workers", [2, 3])
def test_the_last_unit_goes_to_one_order_only(database: Database, workers: int) -> None:
    a_world(database, stock={("10", f"A{article}"): 20 for article in (1, 2, 3)})
    for article in ("A1", "A2", "A3"):
        ids = store(database, *[an_order((article, 1)) for _ in range(60)])

        at_once(database.url, *[working(limit=5)] * workers)

        ends = states(database, ids)
        assert (ends.count("delivered"), ends.count("backordered")) == (20, 40)
        assert balance(database, "10", article) == (0, 0, 0)


@pytest.mark.parametrize("workers", [1, 3])
def test_many_workers_end_where_one_does(database: Database, workers: int) -> None:
    a_world(database, stock={("10", "A1"): 1_000, ("10", "A2"): 1_000, ("50301", "A1"): 30})
    articles = ("A1", "A2")
    orders = [
        kind((articles[number % 2], 1 + number % 3), (articles[(number + 1) % 2], 1), priority=number % 2)
        for number, kind in enumerate([an_order, a_lagerflytt, a_prescription, own_store_order] * 75)
    ]
    ids = store(database, *orders)

    at_once(database.url, *[working(limit=20)] * workers)

    assert states(database, ids) == ["delivered"] * 300
    demanded = {
        (kind, article): sum(
            line.quantity for order in orders[kind::4] for line in order.lines if line.article == article
        )
        for kind in range(4)
        for article in articles
    }
    for article in articles:
        from_10 = sum(demanded[kind, article] for kind in range(3))
        assert balance(database, "10", article) == (1_000 - from_10, 0, 0)
        # What the kommunlager lacked at the time was booked as a difference.
        differences = sum(
            units for each in ids[3::4] for kind, what, units, *_ in goods_moved(database, each)
            if (kind, what) == ("difference", article)
        )  # fmt: skip
        before = 30 if article == "A1" else 0
        left = before + demanded[1, article] + differences - demanded[3, article]
        assert balance(database, "50301", article) == (left, 0, 0)
    with database.transaction() as tx:
        assert tx.execute("SELECT store, last FROM number_counter ORDER BY 1").fetchall() == [
            ("10", 225),
            ("50301", 75),
        ]


@pytest.mark.parametrize(("state", "rival"), [("validated", "pick"), ("picked", "create_utleverans")])
def test_of_a_cancel_and_a_step_at_the_same_moment_exactly_one_wins(database: Database, state: str, rival: str) -> None:
    a_world(database, stock={("10", "A1"): 20})
    version = 2 if state == "validated" else 3
    wins = []
    for _ in range(20):
        order_id = in_state(database, state)
        answers = at_once(
            database.url,
            partial(run_named, step=CANCEL, order_id=order_id, actor="anna", reason="ångrat", version=version),
            partial(run_named, step=STEPS[rival], order_id=order_id, actor="bo", version=version),
        )
        won = [answer for answer in answers if isinstance(answer, str)]
        assert len(won) == 1 and states(database, [order_id]) == won
        wins += won
        if won != ["cancelled"]:
            run_all(database)
    taken = 20 - wins.count("cancelled")
    assert balance(database, "10", "A1") == (20 - taken, 0, 0)


def test_a_cancel_during_a_pick_waits_and_takes_the_goods_back(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 20})
    for _ in range(10):
        order_id = in_state(database, "validated")
        at_once(
            database.url,
            partial(run_named, step=CANCEL, order_id=order_id, actor="anna", reason="ångrat"),
            partial(run_named, step=STEPS["pick"], order_id=order_id, actor="bo"),
        )
        assert states(database, [order_id]) == ["cancelled"]
    assert balance(database, "10", "A1") == (20, 0, 0)


def test_numbers_are_gapless_and_unique_whatever_is_rolled_back(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 200, ("50301", "A1"): 200})
    ids = store(database, *[own_store_order() if number % 3 else an_order() for number in range(120)])
    for event in ("validate", "pick"):
        run_step(database, event)
    chance, turn = random.Random(20261120), Lock()

    def rolls_back_now_and_then(work: Work) -> None:
        STEPS["create_utleverans"].run(work)
        with turn:
            unlucky = chance.random() < 0.3
        if unlucky:
            raise psycopg.errors.SerializationFailure

    step = replace(STEPS["create_utleverans"], run=rolls_back_now_and_then)

    def number(database: Database) -> int:
        worker, rolled_back = Worker(database), 0
        while "picked" in states(database, ids):
            try:
                run_due(database, step, "bestallning", worker, limit=7)
            except psycopg.errors.SerializationFailure:
                rolled_back += 1
        worker.close()
        return rolled_back

    rolled_back = at_once(database.url, *[number] * 4)

    assert sum(int(str(each)) for each in rolled_back) > 0
    with database.transaction() as tx:
        issued = tx.execute("SELECT store, array_agg(sequence ORDER BY sequence) FROM utleverans GROUP BY 1 ORDER BY 1")
        assert issued.fetchall() == [("10", list(range(1, 41))), ("50301", list(range(1, 81)))]
