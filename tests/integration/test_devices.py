"""Where is each device after each step? Reserved with its order, out with its goods, and back with them.

Next: test_devices_picked.py (who gets which), test_devices_at_once.py.
"""

import re

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    an_order,
    balance,
    in_state,
    order_row,
    own_store_order,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)
from devices_world import a_confirming_world, a_marked_world, arrive, device_of, life, naming, numbers_of, where

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import adjust_stock, receive_goods
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.steps import deliver, pick
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def violations(database: Database, order_id: int) -> list[tuple[str, str]]:
    return [(each["code"], each["sv"]) for each in order_row(database, order_id)["violations"] or []]


def test_a_device_follows_its_goods_to_the_receiver(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    (order_id,) = store(database, naming("S2"))

    run_step(database, "validate")
    assert where(database, "S2") == ("store", "10", order_id)
    run_named(database, pick.STEP, order_id, actor="anna")
    assert where(database, "S2") == ("outbound", "10", order_id)
    run_step(database, "create_utleverans")
    run_named(database, deliver.STEP, order_id, actor="bo")

    assert where(database, "S2") == ("receiver", "10", order_id)
    assert device_of(database, "S2")["receiver"] == "03-05"
    assert life(database, "S2") == ["receive", "reserve", "pick", "deliver"]
    assert [event["actor"] for event in device_of(database, "S2")["life"]] == ["test", "orderflode", "anna", "bo"]
    assert where(database, "S1") == ("store", "10", None)


def test_a_device_of_a_lagerflytt_stands_free_in_the_kommunlager(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    (order_id,) = store(database, a_lagerflytt(("A9", 2)))
    run_all(database)
    assert where(database, "S1") == where(database, "S2") == ("store", "50301", None)
    assert numbers_of(database, order_id) == [["S1", "S2"]]
    assert balance(database, "50301", "A9") == (2, 0, 0)


def test_the_register_never_tells_who_a_patient_is(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    store(database, a_prescription(("A9", 1)))
    run_all(database)
    assert device_of(database, "S1")["receiver"] == "patient"


def test_staff_name_what_they_hold_and_the_register_learns_it(database: Database) -> None:
    a_marked_world(database)
    (order_id,) = store(database, naming("NEW", order=own_store_order()))
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]
    assert life(database, "NEW") == ["register", "pick", "deliver"]


def test_no_device_leaves_the_own_store_without_its_number(database: Database) -> None:
    a_marked_world(database, {"50301": "S1 S2 S3"})
    ids = store(database, own_store_order(("A9", 1)), naming("S1 S2", 3, own_store_order()))
    run_all(database)
    assert states(database, ids) == ["rejected", "rejected"]
    assert [code for order_id in ids for code, _ in violations(database, order_id)] == ["serial-numbers"] * 2
    assert "A9" in violations(database, ids[1])[0][1] and "1 saknas" in violations(database, ids[1])[0][1]
    assert where(database, "S1") == ("store", "50301", None)


def test_a_named_device_is_at_hand_or_the_sentence_says_what_is_right(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2", "50401": "S4"})
    run_named(database, pick.STEP, (taken := reserved(database, "S1")), actor="anna")
    waits = reserved(database, "S2")
    orders = [naming(serial, order=own_store_order()) for serial in ("S1", "S2", "S4")] + [naming("S2"), naming("S4")]
    ids = store(database, *orders)
    run_step(database, "validate")
    assert states(database, ids) == ["rejected"] * 5
    told = [violations(database, order_id)[0][1] for order_id in ids]
    for sentence, words in zip(told, ["återlämning", "lager 10", "lager 50401", "reserverad", "50401"], strict=True):
        assert words in sentence
        assert not any(re.search(rf"\border {order_id}\b", sentence) for order_id in (taken, waits))


def reserved(database: Database, serial: str) -> int:
    (order_id,) = store(database, naming(serial))
    run_step(database, "validate")
    assert where(database, serial) == ("store", "10", order_id)
    return order_id


def test_of_two_orders_of_a_cohort_the_first_in_the_queue_gets_the_device(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    ids = store(database, naming("S1"), naming("S1", order=an_order(("A9", 1), priority=0)), naming("S2"))
    assert run_step(database, "validate").claimed == 3
    assert states(database, ids) == ["rejected", "validated", "validated"]
    assert where(database, "S1") == ("store", "10", ids[1])


def test_a_backordered_order_reserves_nothing_and_gets_its_device_when_it_goes_on(database: Database) -> None:
    a_confirming_world(database, {"10": "S1"})
    order = naming("S1", order=an_order(("A9", 1), ("A2", 1)))
    (order_id,) = store(database, order)
    run_all(database)
    assert (states(database, [order_id]), where(database, "S1")) == (["backordered"], ("store", "10", None))
    receive_goods(database, Goods("10", "A2"), 1, document="x", actor="test")
    run_all(database)
    assert (states(database, [order_id]), where(database, "S1")) == (["validated"], ("store", "10", order_id))


def test_a_restorder_takes_the_numbers_that_do_not_go_now(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    (order_id,) = store(database, naming("S1 S2 S3", 3, an_order(("A9", 3), partial=True)))
    run_step(database, "validate")
    (rest,) = rests_of(database, order_id)
    assert (numbers_of(database, order_id), numbers_of(database, rest)) == ([["S1", "S2"]], [["S3"]])
    assert where(database, "S2") == ("store", "10", order_id)


@pytest.mark.parametrize("state", ["validated", "picked"])
def test_a_cancelled_orders_devices_are_free_in_their_store(database: Database, state: str) -> None:
    a_confirming_world(database, {"10": "S1"})
    order_id = reserved(database, "S1")
    if state == "picked":
        run_named(database, pick.STEP, order_id, actor="anna")
    run_named(database, CANCEL, order_id, actor="anna", reason="ångrat")
    assert where(database, "S1") == ("store", "10", None)
    assert device_of(database, "S1")["life"][-1]["reason"] == "ångrat"


def test_a_failed_delivery_brings_the_devices_back(database: Database) -> None:
    a_confirming_world(database, {"10": "S1"})
    order_id = reserved(database, "S1")
    run_named(database, pick.STEP, order_id, actor="anna")
    run_step(database, "create_utleverans")
    run_named(database, FAIL_DELIVERY, order_id, actor="bo", reason="ingen hemma")
    assert where(database, "S1") == ("store", "10", None)
    assert life(database, "S1")[-1] == "fail_delivery"


def test_an_adjustment_that_takes_other_goods_of_the_order_gives_its_devices_free(database: Database) -> None:
    a_confirming_world(database, {"10": "S1"})
    order_id = in_state(database, "validated", lines=naming("S1", order=an_order(("A9", 1), ("A1", 1))).lines)
    adjust_stock(database, Goods("10", "A1"), 0, reason="inventering", actor="anna")
    assert states(database, [order_id]) == ["backordered"]
    assert where(database, "S1") == ("store", "10", None)


def test_a_short_delivery_says_which_devices_came(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"}, delivery_10="confirmed")
    (order_id,) = store(database, naming("S1 S2", 2))
    run_all(database)
    with pytest.raises(SerialNumbersMissing, match="A9"):
        run_named(database, deliver.STEP, order_id, actor="bo", short={"A9": 1})
    with pytest.raises(SerialNumberRefused, match="S7"):
        run_named(database, deliver.STEP, order_id, actor="bo", short={"A9": 1}, serials={"A9": ["S7"]})
    assert states(database, [order_id]) == ["utleverans"]

    run_named(database, deliver.STEP, order_id, actor="bo", short={"A9": 1}, serials={"A9": ["S2"]})

    assert where(database, "S1") == ("difference", "10", None)
    assert where(database, "S2") == ("receiver", "10", order_id)


def test_the_line_that_is_short_is_that_of_the_device_that_did_not_come(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"}, delivery_10="confirmed")
    (order_id,) = store(database, an_order(("A9", 1), ("A9", 1)))
    run_all(database)
    assert numbers_of(database, order_id) == [["S1"], ["S2"]]
    run_named(database, deliver.STEP, order_id, actor="bo", short={"A9": 1}, serials={"A9": ["S2"]})
    with database.transaction() as tx:
        rows = tx.execute("SELECT short_delivered FROM order_line WHERE order_id = %s ORDER BY line_no", (order_id,))
        assert rows.fetchall() == [(1,), (0,)]


def test_received_devices_are_named_one_by_one_and_once(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    goods = Goods("10", "A9")
    for serials, why in (([], "2"), (["S2"], "1")):
        with pytest.raises(SerialNumbersMissing, match=why):
            receive_goods(database, goods, 2, document="D-1", actor="test", serials=serials)
    for serials in (["S2", "S2"], ["S2", "S3", "S4"], ["S1", "S2"]):
        with pytest.raises(SerialNumberRefused):
            receive_goods(database, goods, 2, document="D-1", actor="test", serials=serials)
    with pytest.raises(SerialNumberRefused):
        receive_goods(database, Goods("10", "A1"), 1, document="D-1", actor="test", serials=["S2"])
    assert balance(database, "10", "A9") == (1, 0, 0)
    arrive(database, "10", "S2 S3")
    with pytest.raises(psycopg.errors.UniqueViolation):
        arrive(database, "10", "S2 S3")
    assert balance(database, "10", "A9") == (3, 0, 0)


def test_every_step_moves_the_devices_once_however_often_it_is_told(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"}, **CONFIRMED)
    (order_id,) = store(database, naming("S1", 2))
    run_step(database, "validate")
    for step, begun in ((pick.STEP, "create_utleverans"), (deliver.STEP, None)):
        run_named(database, step, order_id, actor="anna")
        with pytest.raises(Exception, match="not allowed in the state"):
            run_named(database, step, order_id, actor="anna")
        if begun:
            run_step(database, begun)
    assert life(database, "S1") == ["receive", "reserve", "pick", "deliver"]
    assert life(database, "S2") == ["receive", "pick", "deliver"]
