"""Do orders in flight reach their ends after an upgrade? Of every type and state, held, waiting, of dead workers.

Next: old_orders.py (how 0001 made them), test_upgrade.py (those with devices).
"""

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import psycopg
import pytest
from builders import (
    a_lagerflytt,
    a_prescription,
    an_order,
    history,
    let_time_pass,
    order_row,
    receive,
    run_all,
    states,
)
from golden_histories import History, replay
from old_orders import LACKING, STATES, THERE, TYPES, database_of_0001, orders_in_flight
from waiting import wait_for

from config.database import Database
from config.server_urls import ServerUrls
from workflows.cohort import run_named
from workflows.journal import LOCK_CLASS, recover_crashed
from workflows.migrations import migrate
from workflows.releasing import release_order
from workflows.steps.amend import amend_with
from workflows.steps.main_line import STEPS
from workflows.verify.checking import verify

KINDS = {"lagerflyttsorder": a_lagerflytt, "bestallning": an_order, "forskrivning": a_prescription}
IN_COMPANY, ALONE, ALIVE = 9001, 9002, 9003
"""Workers of 0001: one died with two orders, one with a single one, and one works still."""


class Upgraded(NamedTuple):
    """The database, its orders by type and state, those that are held, and the session of the worker that lives."""

    database: Database
    ids: dict[tuple[str, str], int]
    held: list[int]
    alive: psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def upgraded(servers: ServerUrls) -> Iterator[Upgraded]:
    """The database of 0001 with orders in flight, after `migrate`; sound before the test and after it."""
    with database_of_0001(servers) as url, closing(Database(url)) as database, database.session() as alive:
        with psycopg.connect(url) as owner:
            ids = orders_in_flight(owner)
            held = [ids["lagerflyttsorder", "draft"], ids["bestallning", "picked"], ids["forskrivning", "backordered"]]
            owner.execute(
                "UPDATE orders SET held_since = now(), held_reason = 'CheckViolation 23514', attempts = 5, "
                "alone = true, due_at = now() WHERE id = ANY(%s)",
                (held,),
            )
            for worker, event, order_ids in (
                (IN_COMPANY, "create_utleverans", [ids["lagerflyttsorder", "picked"], ids["forskrivning", "picked"]]),
                (ALONE, "validate", [ids["bestallning", "draft"]]),
                (ALIVE, "validate", [ids["forskrivning", "draft"]]),
            ):
                owner.execute(
                    "INSERT INTO claim (worker, event, order_ids) VALUES (%s, %s, %s)", (worker, event, order_ids)
                )
        alive.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_CLASS, ALIVE))
        migrate(url)
        assert verify(database).broken == ()
        yield Upgraded(database, ids, held, alive)
        assert verify(database).broken == ()


def test_orders_are_still_where_they_stood(upgraded: Upgraded) -> None:
    assert states(upgraded.database, list(upgraded.ids.values())) == [state for _, state in upgraded.ids]


def test_orders_of_dead_workers_are_given_back_and_those_of_the_living_left(upgraded: Upgraded) -> None:
    database, ids = upgraded.database, upgraded.ids

    assert recover_crashed(database) == 3

    company = [order_row(database, ids[kind, "picked"]) for kind in ("lagerflyttsorder", "forskrivning")]
    assert [(each["alone"], each["attempts"]) for each in company] == [(True, 0)] * 2
    died, lives = (order_row(database, ids[kind, "draft"]) for kind in ("bestallning", "forskrivning"))
    assert [(each["alone"], each["attempts"]) for each in (died, lives)] == [(True, 1), (False, 0)]
    upgraded.alive.close()
    wait_for(lambda: recover_crashed(database) == 1, what="the last worker's claim to be given back")
    assert order_row(database, ids["forskrivning", "draft"])["attempts"] == 1


def test_who_was_held_is_held_until_a_person_releases_it(upgraded: Upgraded) -> None:
    database, held = upgraded.database, upgraded.held
    before = states(database, held)
    receive(database, {("10", LACKING): 10})
    run_all(database)
    assert states(database, held) == before == ["draft", "picked", "backordered"]
    assert {order_row(database, each)["held_reason"] for each in held} == {"CheckViolation 23514"}

    outcomes = [release_order(database, each) for each in held]

    assert [each and (each.tried, each.after) for each in outcomes] == [
        (True, "validated"), (True, "utleverans"), (False, "backordered"),
    ]  # fmt: skip
    run_all(database)
    assert states(database, held[2:]) == ["validated"]


def test_everyone_else_goes_on_to_the_end(upgraded: Upgraded) -> None:
    database, ids = upgraded.database, upgraded.ids
    recover_crashed(database)
    let_time_pass(database)
    for order_id in upgraded.held:
        release_order(database, order_id)
    for kind in TYPES:
        rejected = ids[kind, "rejected"]
        good = KINDS[kind]((THERE, 1), source="region", external_id=order_row(database, rejected)["external_id"])
        run_named(database, amend_with(good), rejected, actor="anna")
    receive(database, {("10", LACKING): 10})
    for step in (STEPS["pick"], STEPS["deliver"]):
        run_all(database)
        for order_id in ids.values():
            if states(database, [order_id])[0] in step.from_states:
                run_named(database, step, order_id, actor="anna")

    ends = dict(zip(ids, states(database, list(ids.values())), strict=True))
    assert ends == {
        (kind, state): "cancelled" if state == "cancelled" else "delivered" for kind in TYPES for state in STATES
    }
    for (kind, _), order_id in ids.items():
        went = tuple((event, before, after) for event, before, after, *_ in history(database, order_id))
        assert replay(History(kind, went)) == [after for _, _, after in went]
