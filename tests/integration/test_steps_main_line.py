"""What does each step of the main line do? From → to, goods, history, and when the next step is due.

Next: test_steps_twice.py (each step delivered again), test_steps_endings.py (cancel, fail_delivery, amend, unreserve).
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    a_world,
    an_order,
    balance,
    goods_moved,
    history,
    in_state,
    order_row,
    own_store_order,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.cohort import SYSTEM, run_named
from workflows.intake import NewOrder
from workflows.steps import deliver, pick
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")

THIS_YEAR = datetime.now(ZoneInfo("Europe/Stockholm")).year
SHELF = {("10", "A1"): 10, ("10", "A2"): 10, ("50301", "A1"): 10}


def test_validate_reserves_the_goods_and_moves_none(database: Database) -> None:
    a_world(database, stock=SHELF)
    (order_id,) = store(database, an_order(("A1", 3), ("A2", 1)))

    assert run_step(database, "validate").claimed == 1

    assert states(database, [order_id]) == ["validated"]
    assert balance(database, "10", "A1") == (10, 3, 0)
    assert balance(database, "10", "A2") == (10, 1, 0)
    assert goods_moved(database, order_id) == []


def test_validate_rejects_with_every_violation_at_once_and_reserves_nothing(database: Database) -> None:
    a_world(database, stock=SHELF)
    (order_id,) = store(database, an_order(("A1", 1), ("unknown", 1), orderer_person="lager"))

    run_step(database, "validate")

    row = order_row(database, order_id)
    assert (row["state"], row["due_at"]) == ("rejected", None)
    assert sorted(violation["code"] for violation in row["violations"]) == ["article-unknown", "bestallning-creator"]
    assert balance(database, "10", "A1") == (10, 0, 0)


def test_each_order_of_a_cohort_gets_its_own_violations(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(
        database, an_order(("X1", 1)), an_order(), an_order(("A1", 1), orderer_person="lager"), an_order(("X4", 1))
    )

    assert run_step(database, "validate").claimed == 4

    found = [order_row(database, order_id)["violations"] for order_id in ids]
    assert found[1] is None
    assert [found[place][0]["code"] for place in (0, 2, 3)] == [
        "article-unknown", "bestallning-creator", "article-unknown",
    ]  # fmt: skip
    assert "X1" in found[0][0]["sv"] and "X4" in found[3][0]["sv"]


def test_pick_takes_the_goods_off_the_balance_into_outbound(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "validated", ("A1", 3), ("A2", 1))

    assert run_step(database, "pick").claimed == 1

    assert states(database, [order_id]) == ["picked"]
    assert balance(database, "10", "A1") == (7, 0, 3)
    assert balance(database, "10", "A2") == (9, 0, 1)
    assert goods_moved(database, order_id) == [
        ("pick", "A1", 3, "store 10", "outbound 10"),
        ("pick", "A2", 1, "store 10", "outbound 10"),
    ]


def test_create_utleverans_numbers_the_goods_that_were_picked(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "picked", ("A1", 3), ("A2", 1))

    assert run_step(database, "create_utleverans").claimed == 1

    row = order_row(database, order_id)
    assert row["state"] == "utleverans"
    with database.transaction() as tx:
        found = tx.execute(
            "SELECT u.number, l.line_no, l.article, l.quantity FROM utleverans u "
            "JOIN utleverans_line l ON l.utleverans = u.id WHERE u.id = %s AND u.order_id = %s ORDER BY 2",
            (row["utleverans"], order_id),
        ).fetchall()
    number = f"10-{THIS_YEAR}-000001"
    assert found == [(number, 1, "A1", 3), (number, 2, "A2", 1)]
    assert balance(database, "10", "A1") == (7, 0, 3)


def test_numbers_run_per_store_in_the_order_of_the_queue(database: Database) -> None:
    a_world(database, stock=SHELF)
    store(database, an_order(), own_store_order(), an_order(priority=0), own_store_order())

    run_all(database)

    with database.transaction() as tx:
        numbers = tx.execute("SELECT number FROM utleverans ORDER BY order_id").fetchall()
    akut_first = [f"10-{THIS_YEAR}-000002", f"50301-{THIS_YEAR}-000001", f"10-{THIS_YEAR}-000001"]
    assert [number for (number,) in numbers] == [*akut_first, f"50301-{THIS_YEAR}-000002"]
    assert all(re.fullmatch(r"[0-9]+-[0-9]{4}-[0-9]{6}", number) for (number,) in numbers)


@pytest.mark.parametrize(
    ("order", "receiver"),
    [
        (an_order(("A1", 3)), "receiver 03-05"),
        (a_prescription(("A1", 3)), "receiver patient"),
        (a_lagerflytt(("A1", 3)), "store 50301"),
    ],
    ids=["vardenhet", "patient", "kommunlager"],
)
def test_deliver_moves_goods_from_outbound_to_the_receiver(database: Database, order: NewOrder, receiver: str) -> None:
    a_world(database, stock=SHELF)
    (order_id,) = store(database, order)

    run_all(database)

    assert goods_moved(database, order_id) == [
        ("pick", "A1", 3, "store 10", "outbound 10"),
        ("deliver", "A1", 3, "outbound 10", receiver),
    ]
    assert balance(database, "10", "A1") == (7, 0, 0)
    assert balance(database, "50301", "A1") == (13 if receiver == "store 50301" else 10, 0, 0)
    assert order_row(database, order_id)["ended_at"] is not None


def test_a_lagerflytt_opens_a_balance_that_the_kommunlager_did_not_have(database: Database) -> None:
    a_world(database, stock=SHELF)
    store(database, a_lagerflytt(("A2", 4)))

    run_all(database)

    assert balance(database, "50301", "A2") == (4, 0, 0)


def test_every_step_of_the_journey_stands_in_the_history(database: Database) -> None:
    a_world(database, stock=SHELF)
    (order_id,) = store(database, an_order())

    run_all(database)

    assert history(database, order_id) == [
        ("create", None, "draft", "test", None),
        ("validate", "draft", "validated", SYSTEM, None),
        ("pick", "validated", "picked", SYSTEM, None),
        ("create_utleverans", "picked", "utleverans", SYSTEM, None),
        ("deliver", "utleverans", "delivered", SYSTEM, None),
    ]
    assert order_row(database, order_id)["version"] == 5


def test_what_a_person_confirms_stands_under_their_name(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "validated")

    assert run_named(database, pick.STEP, order_id, actor="anna") == "picked"
    run_step(database, "create_utleverans")
    assert run_named(database, deliver.STEP, order_id, actor="bo") == "delivered"

    assert [(event, actor) for event, _, _, actor, _ in history(database, order_id)[2:]] == [
        ("pick", "anna"),
        ("create_utleverans", SYSTEM),
        ("deliver", "bo"),
    ]
    with database.transaction() as tx:
        actors = tx.execute("SELECT kind, actor FROM movement WHERE order_id = %s ORDER BY id", (order_id,)).fetchall()
    assert actors == [("pick", "anna"), ("deliver", "bo")]


@pytest.mark.parametrize("policy", ["automatic", "confirmed"])
def test_the_pick_is_due_by_itself_only_where_picking_is_automatic(database: Database, policy: str) -> None:
    a_world(database, stock=SHELF, picking_10=policy)
    (order_id,) = store(database, an_order())

    run_step(database, "validate")

    assert (order_row(database, order_id)["due_at"] is not None) == (policy == "automatic")
    assert run_step(database, "pick").claimed == (1 if policy == "automatic" else 0)


@pytest.mark.parametrize("policy", ["automatic", "confirmed"])
def test_the_delivery_is_due_by_itself_only_where_delivery_is_automatic(database: Database, policy: str) -> None:
    a_world(database, stock=SHELF, delivery_10=policy)
    order_id = in_state(database, "picked")

    run_step(database, "create_utleverans")

    assert (order_row(database, order_id)["due_at"] is not None) == (policy == "automatic")
    assert run_step(database, "deliver").claimed == (1 if policy == "automatic" else 0)


def test_the_utleverans_is_made_by_itself_even_where_people_confirm_everything_else(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    order_id = in_state(database, "picked")

    run_all(database)

    assert states(database, [order_id]) == ["utleverans"]


def test_one_cohort_follows_the_policies_of_each_of_its_stores(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    orders = [an_order() if place % 2 else own_store_order() for place in range(6)]
    ids = store(database, *orders)

    run_all(database)

    assert states(database, ids) == ["delivered", "validated"] * 3
    for order_id in ids[1::2]:
        run_named(database, pick.STEP, order_id, actor="anna")
    run_all(database)
    assert states(database, ids) == ["delivered", "utleverans"] * 3


def test_an_order_is_judged_and_moved_with_its_own_type_alone(database: Database) -> None:
    a_world(database, stock=SHELF)
    ids = store(database, an_order(), a_lagerflytt(), a_prescription())

    for event in STEPS:
        assert run_step(database, event, "lagerflyttsorder").claimed == 1

    assert states(database, ids) == ["draft", "delivered", "draft"]
