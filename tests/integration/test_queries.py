"""What do people and machines see? Orders, history and stock in the interface's shapes, found and listed by key.

Next: workflows/queries.py, and interfaces.md ("Shapes").
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import (
    a_lagerflytt,
    a_prescription,
    a_world,
    an_order,
    in_state,
    own_store_order,
    receive,
    run_all,
    store,
)

from config.database import Database
from workflows.cohort import run_named
from workflows.intake import NewPatient
from workflows.overview import status
from workflows.queries import OrderFilter, find_order, history_of, list_orders, list_stock, read_orders
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

ORDER = {
    "id", "source", "external_id", "order_type", "customer_order_type", "sender", "state", "held", "violations",
    "utleveranser", "lines",
}  # fmt: skip
LINE = {"article", "quantity", "picked", "delivered"}
VIOLATION = {"code", "field", "sv", "en"}


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 100}, picking_10="confirmed", delivery_10="confirmed")
    return database


def found(database: Database, reference: str) -> int | None:
    with database.transaction() as tx:
        return find_order(tx, reference)


def listed(database: Database, limit: int = 100, **wanted: Any) -> list[int]:
    with database.transaction() as tx:
        return [order["id"] for order in list_orders(tx, OrderFilter(**wanted), limit)]


def seen(database: Database, order_id: int) -> dict[str, Any]:
    with database.transaction() as tx:
        (order,) = read_orders(tx, [order_id])
    return order


def test_an_order_is_found_by_its_number_and_by_its_senders(world: Database) -> None:
    one, other = store(world, an_order(source="cosmic", external_id="B-1"), an_order(source="sesam", external_id="B-1"))
    assert found(world, str(one)) == one
    assert found(world, "cosmic:B-1") == one
    assert found(world, "sesam:B-1") == other


def test_both_parts_of_a_reference_may_hold_a_colon_or_be_a_number(world: Database) -> None:
    ids = store(
        world,
        an_order(source="urn:region", external_id="order:7"),
        an_order(source="7", external_id="8"),
        an_order(source="cosmic", external_id=":"),
    )
    assert [found(world, reference) for reference in ("urn:region:order:7", "7:8", "cosmic::")] == ids


@pytest.mark.parametrize(
    "reference",
    ["", ":", "::", "0", "-1", "9" * 18, "9" * 19, "9" * 5_000, "١", "1 ", "B-1", "cosmic:", ":B-1", "cosmic:B-2",
     "COSMIC:B-1", "cosmic:B-1:", "cosmic:%", "cosmic:B-1\x00"],
)  # fmt: skip
def test_what_names_no_order_finds_none(world: Database, reference: str) -> None:
    store(world, an_order(source="cosmic", external_id="B-1"))
    assert found(world, reference) is None


def test_orders_are_listed_newest_first_a_page_at_a_time(world: Database) -> None:
    ids = store(world, *(an_order() for _ in range(7)))
    first = listed(world, 3)
    assert first == ids[:3:-1]
    newer = store(world, an_order())
    second = listed(world, 3, before=first[-1])
    third = listed(world, 3, before=second[-1])
    assert first + second + third == ids[::-1]
    assert listed(world, 3, before=third[-1]) == []
    assert listed(world, 1) == newer


def test_a_list_holds_what_was_asked_for_alone(world: Database) -> None:
    draft, own, lagerflytt = store(world, an_order(), own_store_order(), a_lagerflytt())
    validated = in_state(world, "validated", ("A1", 1))
    (held,) = store(world, an_order())
    with world.transaction() as tx:
        tx.execute("UPDATE orders SET held_since = now(), held_reason = 'x' WHERE id = %s", (held,))
    assert listed(world, state="validated") == [validated]
    assert listed(world, order_type="lagerflyttsorder") == [lagerflytt]
    assert listed(world, store="50301") == [own]
    assert listed(world, held=True) == [held]
    assert listed(world, state="draft", order_type="bestallning", store="10") == [held, draft]
    assert listed(world, state="draft", store="50301", held=True) == []
    assert listed(world, state="levererad") == []


def test_an_order_has_the_shape_of_the_interface(world: Database) -> None:
    order = seen(world, in_state(world, "draft", ("A1", 2), source="cosmic", external_id="B-1"))
    assert order.keys() >= ORDER
    assert {name: order[name] for name in ORDER} == {
        "id": order["id"], "source": "cosmic", "external_id": "B-1", "order_type": "bestallning",
        "customer_order_type": None, "sender": "10", "state": "draft", "held": False, "violations": [],
        "utleveranser": [], "lines": order["lines"],
    }  # fmt: skip
    assert order["lines"][0].keys() >= LINE
    assert (order["priority"], order["version"]) == ("normal", 1)


def test_the_lines_say_what_is_picked_and_delivered_as_the_order_goes(world: Database) -> None:
    order_id = in_state(world, "draft", ("A1", 5), ("A1", 2))
    told = []
    for step in STEPS.values():
        short = {"A1": 1} if step.event == "deliver" else {}
        run_named(world, step, order_id, actor="test", short=short)
        order = seen(world, order_id)
        told.append(
            (order["state"], [(line["quantity"], line["picked"], line["delivered"]) for line in order["lines"]])
        )
    assert told == [
        ("validated", [(5, 0, 0), (2, 0, 0)]),
        ("picked", [(5, 5, 0), (2, 2, 0)]),
        ("utleverans", [(5, 5, 0), (2, 2, 0)]),
        ("delivered", [(5, 5, 5), (2, 2, 1)]),
    ]
    assert seen(world, order_id)["utleveranser"] == [f"10-{datetime.now(ZoneInfo('Europe/Stockholm')).year}-000001"]


def test_a_cancelled_order_has_nothing_picked_or_delivered(world: Database) -> None:
    order_id = in_state(world, "picked", ("A1", 2))
    run_named(world, CANCEL, order_id, actor="test", reason="ångrad")
    (line,) = seen(world, order_id)["lines"]
    assert (line["picked"], line["delivered"]) == (0, 0)


def test_an_order_that_was_split_and_its_restorder_name_each_other(world: Database) -> None:
    (order_id,) = store(world, an_order(("A1", 130), ("A2", 1), partial=True))
    run_all(world)
    order = seen(world, order_id)
    (rest_id,) = order["restorder"]
    rest = seen(world, rest_id)
    assert (order["state"], rest["state"], rest["rest_of"]) == ("validated", "backordered", order_id)
    run_named(world, STEPS["pick"], order_id, actor="test")
    lines = seen(world, order_id)["lines"]
    assert [(line["article"], line["quantity"], line["picked"], line["backordered"]) for line in lines] == [
        ("A1", 130, 100, 30),
        ("A2", 1, 0, 1),
    ]
    assert [(line["article"], line["quantity"]) for line in rest["lines"]] == [("A1", 30), ("A2", 1)]


def test_a_rejected_order_says_why_in_the_shape_of_a_refusal(world: Database) -> None:
    violations = seen(world, in_state(world, "rejected"))["violations"]
    assert [(each["code"], each["field"]) for each in violations] == [("article-unknown", "lines[0].article")]
    assert all(each.keys() == VIOLATION for each in violations)


def test_nothing_that_is_seen_of_an_order_tells_who_the_patient_is(world: Database) -> None:
    patient = NewPatient(b"\x07" * 32, "personnummer", b"the number, sealed")
    (order_id,) = store(world, a_prescription(("A1", 1), patient=patient))
    run_all(world)
    order = seen(world, order_id)
    assert (order["receiver_kind"], order["receiver_code"], order["state"]) == ("patient", None, "validated")
    assert not {"patient_id", "recipient", "patient", "receiver_id"} & order.keys()
    with world.transaction() as tx:
        shown = f"{order}{history_of(tx, order_id)}{status(tx)}"
    assert not any(secret in shown for secret in ("sealed", str(patient.lookup), patient.lookup.hex()))


def test_history_tells_every_transition_from_first_to_last(world: Database) -> None:
    order_id = in_state(world, "validated", ("A1", 1))
    run_named(world, CANCEL, order_id, actor="anna", reason="ångrad")
    with world.transaction() as tx:
        history = history_of(tx, order_id)
        assert history_of(tx, order_id + 1) == []
    assert [(each["event"], each["from"], each["to"], each["actor"], each["reason"]) for each in history] == [
        ("create", None, "draft", "test", None),
        ("validate", "draft", "validated", "test", None),
        ("cancel", "validated", "cancelled", "anna", "ångrad"),
    ]
    moments = [each["at"] for each in history]
    assert moments == sorted(moments)
    assert all(moment.tzinfo is not None for moment in moments)


def test_stock_is_listed_per_store_and_article(world: Database) -> None:
    receive(world, {("50301", "A1"): 3, ("50301", "A2"): 4})
    in_state(world, "validated", ("A1", 2))
    in_state(world, "picked", ("A1", 1))
    with world.transaction() as tx:
        assert list_stock(tx, None, "A1") == [
            {"store": "10", "article": "A1", "on_hand": 99, "reserved": 2, "outbound": 1},
            {"store": "50301", "article": "A1", "on_hand": 3, "reserved": 0, "outbound": 0},
        ]
        assert [row["article"] for row in list_stock(tx, "50301", None)] == ["A1", "A2"]
        assert len(list_stock(tx, None, None)) == 3
        assert list_stock(tx, "5030", None) == list_stock(tx, None, "a1") == []


def test_the_status_counts_orders_by_state_and_what_is_due_waiting_and_held(world: Database) -> None:
    in_state(world, "validated", ("A1", 1))
    in_state(world, "backordered", ("A2", 1))
    (held, _) = store(world, an_order(), a_lagerflytt())
    with world.transaction() as tx:
        tx.execute("UPDATE orders SET held_since = now(), held_reason = 'x' WHERE id = %s", (held,))
        told = status(tx)
    counts = {(each["order_type"], each["state"]): each["count"] for each in told["orders"]}
    assert counts == {
        ("bestallning", "backordered"): 1,
        ("bestallning", "draft"): 1,
        ("bestallning", "validated"): 1,
        ("lagerflyttsorder", "draft"): 1,
    }
    assert all(each["oldest"] is not None for each in told["orders"])
    assert [told[name] for name in ("due", "due_later", "held", "backordered", "retrying")] == [1, 0, 1, 1, 0]
