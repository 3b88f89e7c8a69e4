"""How does an order end early, or begin anew? cancel, fail_delivery and amend; what had moved moves back, once.

Next: test_steps_shortage.py (differences and their reversal), test_counting.py (unreserve).
"""

import pytest
from builders import (
    CONFIRMED,
    a_prescription,
    a_world,
    an_order,
    balance,
    everything,
    goods_moved,
    history,
    in_state,
    order_row,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.cohort import Work, run_named
from workflows.machines import StepNotAllowed
from workflows.steps.amend import AnotherOrder, amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY, ReasonMissing

pytestmark = pytest.mark.usefixtures("sound_afterwards")

SHELF = {("10", "A1"): 10, ("10", "A2"): 10}
NUMBER = "BEST-1"
PICKED = [("pick", "A1", 3, "store 10", "outbound 10"), ("pick", "A2", 1, "store 10", "outbound 10")]
BACK = [("cancel", "A1", 3, "outbound 10", "store 10"), ("cancel", "A2", 1, "outbound 10", "store 10")]


@pytest.mark.parametrize(
    ("state", "moved"),
    [("draft", []), ("rejected", []), ("backordered", []), ("validated", []), ("picked", PICKED + BACK)],
)
def test_a_cancelled_order_gives_back_what_it_had(database: Database, state: str, moved: list[object]) -> None:
    shelf = {} if state == "backordered" else SHELF
    a_world(database, stock=shelf, **CONFIRMED)
    order_id = in_state(database, state, ("A1", 3), ("A2", 1))

    assert run_named(database, CANCEL, order_id, actor="anna", reason="fel storlek") == "cancelled"

    assert history(database, order_id)[-1] == ("cancel", state, "cancelled", "anna", "fel storlek")
    assert goods_moved(database, order_id) == moved
    assert balance(database, "10", "A1") == (shelf.get(("10", "A1"), 0), 0, 0)
    row = order_row(database, order_id)
    assert (row["due_at"], row["violations"], row["held_since"]) == (None, None, None)
    assert row["ended_at"] is not None


@pytest.mark.parametrize("state", ["utleverans", "delivered"])
def test_what_is_on_its_way_cannot_be_cancelled(database: Database, state: str) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, state)

    with pytest.raises(StepNotAllowed):
        run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")

    assert states(database, [order_id]) == [state]


def test_a_cancelled_order_goes_nowhere_by_itself(database: Database) -> None:
    a_world(database, stock=SHELF)
    (order_id,) = store(database, an_order())
    run_named(database, CANCEL, order_id, actor="anna", reason="dubblett")

    assert run_all(database) == 0

    assert states(database, [order_id]) == ["cancelled"]


def test_a_cohort_of_several_states_is_cancelled_in_one_transaction(database: Database) -> None:
    a_world(database, stock=SHELF, **CONFIRMED)
    ids = [in_state(database, state, ("A1", 2)) for state in ("draft", "rejected", "validated", "picked")]
    ids.append(in_state(database, "backordered", ("A3", 1)))

    with database.transaction() as tx:
        CANCEL.run(Work(tx, "bestallning", ids, "anna", "kunden avliden"))

    assert states(database, ids) == ["cancelled"] * 5
    assert balance(database, "10", "A1") == (10, 0, 0)


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_nothing_ends_early_without_a_reason(database: Database, reason: str | None) -> None:
    a_world(database, stock=SHELF)
    for state, step in (("validated", CANCEL), ("utleverans", FAIL_DELIVERY)):
        order_id = in_state(database, state)

        with pytest.raises(ReasonMissing):
            run_named(database, step, order_id, actor="anna", reason=reason)

        assert states(database, [order_id]) == [state]


def test_a_failed_delivery_takes_the_goods_back_and_the_utleverans_stands(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "utleverans", ("A1", 3))

    assert run_named(database, FAIL_DELIVERY, order_id, actor="bo", reason="bomkörning: ingen hemma") == "cancelled"

    assert history(database, order_id)[-1] == (
        "fail_delivery", "utleverans", "cancelled", "bo", "bomkörning: ingen hemma",
    )  # fmt: skip
    assert goods_moved(database, order_id)[-1] == ("fail_delivery", "A1", 3, "outbound 10", "store 10")
    assert balance(database, "10", "A1") == (10, 0, 0)
    with database.transaction() as tx:
        assert tx.execute("SELECT sequence FROM utleverans WHERE order_id = %s", (order_id,)).fetchone() == (1,)


def test_a_failed_delivery_leaves_no_gap_in_the_numbers(database: Database) -> None:
    a_world(database, stock=SHELF)
    failed = in_state(database, "utleverans")
    run_named(database, FAIL_DELIVERY, failed, actor="bo", reason="bomkörning")
    later = in_state(database, "utleverans")

    with database.transaction() as tx:
        numbers = tx.execute("SELECT order_id, sequence FROM utleverans ORDER BY sequence").fetchall()
    assert numbers == [(failed, 1), (later, 2)]


@pytest.mark.parametrize("state", ["draft", "validated", "picked", "delivered", "backordered"])
def test_only_an_order_with_its_utleverans_can_fail_to_be_delivered(database: Database, state: str) -> None:
    a_world(database, stock={} if state == "backordered" else SHELF)
    order_id = in_state(database, state)

    with pytest.raises(StepNotAllowed):
        run_named(database, FAIL_DELIVERY, order_id, actor="bo", reason="bomkörning")

    assert states(database, [order_id]) == [state]


def test_a_rejected_order_is_amended_and_judged_anew(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "rejected", external_id=NUMBER)

    step = amend_with(an_order(("A1", 2), ("A2", 1), external_id=NUMBER, priority=0))
    assert run_named(database, step, order_id, actor="anna") == "draft"
    row = order_row(database, order_id)
    assert (row["external_id"], row["violations"], row["priority"]) == (NUMBER, None, 0)
    assert row["due_at"] is not None
    run_all(database)

    assert [(event, after) for event, _, after, _, _ in history(database, order_id)] == [
        ("create", "draft"), ("validate", "rejected"), ("amend", "draft"), ("validate", "validated"),
        ("pick", "picked"), ("create_utleverans", "utleverans"), ("deliver", "delivered"),
    ]  # fmt: skip
    assert balance(database, "10", "A1") == (8, 0, 0)


def test_an_amendment_that_breaks_a_rule_is_rejected_for_what_it_breaks(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "rejected", external_id=NUMBER)

    step = amend_with(an_order(external_id=NUMBER, orderer_person="lager"))
    run_named(database, step, order_id, actor="anna")
    run_step(database, "validate")

    row = order_row(database, order_id)
    assert [violation["code"] for violation in row["violations"]] == ["bestallning-creator"]
    with database.transaction() as tx:
        found = tx.execute(
            "SELECT details -> 0 ->> 'code' FROM history WHERE order_id = %s AND details IS NOT NULL ORDER BY version",
            (order_id,),
        ).fetchall()
    assert found == [("article-unknown",), ("bestallning-creator",)]


def test_an_amendment_may_make_it_another_type_of_order(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "rejected", external_id=NUMBER)

    run_named(database, amend_with(a_prescription(("A1", 1), external_id=NUMBER)), order_id, actor="anna")
    run_all(database)

    assert states(database, [order_id]) == ["delivered"]
    row = order_row(database, order_id)
    assert (row["order_type"], row["receiver_code"]) == ("forskrivning", None)
    assert [found["person"] for found in row["evidence"]] == ["forsk"]


def test_the_body_of_another_order_is_no_amendment(database: Database) -> None:
    a_world(database, stock=SHELF)
    order_id = in_state(database, "rejected", external_id=NUMBER)
    before = everything(database)

    with pytest.raises(AnotherOrder):
        run_named(database, amend_with(an_order(external_id="BEST-2")), order_id, actor="anna")

    assert everything(database) == before


def test_a_cancelled_original_leaves_its_restorder_waiting(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    order_id = in_state(database, "validated", ("A1", 3), partial=True)
    (rest,) = rests_of(database, order_id)

    run_named(database, CANCEL, rest, actor="anna", reason="resten behövs inte")

    assert states(database, [order_id, rest]) == ["validated", "cancelled"]
    run_named(database, CANCEL, order_id, actor="anna", reason="inte heller den")
    assert balance(database, "10", "A1") == (1, 0, 0)
