"""Do accessories follow their main device? Tied when ordered or later, asked back with it, and taken along in a swap.

Next: test_swaps.py; workflows/accessories/.
"""

from dataclasses import replace

import psycopg
import pytest
from builders import a_prescription, an_order, order_row, run_all, states, store
from devices_world import device_of, life, naming
from swaps_world import a_swap_world, swapped, tied, with_accessory

from config.database import Database
from workflows.accessories.tying import TieRefused, tie, tie_line, untie
from workflows.cohort import run_named
from workflows.intake import NewOrder, NewPatient
from workflows.returns.choosing import Pick
from workflows.returns.reading import accessories_left, read_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")

ANOTHER = NewPatient(b"\x02" * 32, "reservnummer", b"sealed")


def alone(order: NewOrder, serial: str) -> NewOrder:
    """The order with nothing but two A1 that belong to the device."""
    return with_accessory(order, serial)


def ordered(database: Database, *orders: NewOrder) -> list[str]:
    """The states of the orders when worked."""
    ids = store(database, *orders)
    run_all(database)
    return states(database, ids)


def asked(database: Database, order_id: int, **changes: object) -> int:
    """A return of the order's goods to lager 10."""
    with database.transaction() as tx:
        return request_return(tx, ReturnRequest("10", "prov", order_id, **changes), actor="anna")


def asked_lines(database: Database, return_id: int) -> list[tuple[int, int, int]]:
    """(order, line, units) that a return asks for."""
    with database.transaction() as tx:
        (found,) = read_returns(tx, [return_id])
    return [(line["order"], line["order_line"], line["requested"]) for line in found["lines"]]


def test_an_accessory_belongs_to_a_device_of_its_order_or_its_receiver(database: Database) -> None:
    a_swap_world(database)
    assert ordered(
        database,
        alone(a_prescription(("A1", 1)), "S1"),
        alone(a_prescription(("A1", 1), patient=ANOTHER), "S1"),
        alone(an_order(("A1", 1)), "S1"),
        alone(an_order(("A1", 1)), "S2"),
        alone(an_order(("A1", 1)), "NONE"),
        with_accessory(naming("S2"), "S2"),
    ) == ["delivered", "rejected", "rejected", "rejected", "rejected", "delivered"]  # fmt: skip


def test_what_is_refused_says_what_to_do_and_not_whose_it_is(database: Database) -> None:
    a_swap_world(database, patient=False)
    (order_id,) = store(database, alone(an_order(("A1", 1), receiver_code="04-01"), "S1"))
    run_all(database)
    (violation,) = order_row(database, order_id)["violations"]
    assert (violation["code"], violation["field"]) == ("accessory-main-device", "lines[1].accessory_to")
    assert "03-05" not in violation["sv"] and "device tie" in violation["sv"]


def test_of_one_cohort_the_main_device_is_judged_before_its_accessory(database: Database) -> None:
    a_swap_world(database)
    assert ordered(database, naming("S2"), alone(an_order(("A1", 1)), "S2")) == ["delivered", "delivered"]


def test_another_number_of_the_same_person_is_the_same_receiver(database: Database) -> None:
    a_swap_world(database)
    other = alone(a_prescription(("A1", 1), patient=ANOTHER), "S1")
    (order_id,) = store(database, other)
    with database.transaction() as tx:
        tx.execute(
            "SELECT join_patients(e.id, l.id, 'anna', 'prov') FROM patient e, patient l "
            "WHERE e.kind = 'reservnummer' AND l.kind = 'personnummer'"
        )
    run_all(database)
    assert states(database, [order_id]) == ["delivered"]


def test_a_device_shows_what_is_out_with_it(database: Database) -> None:
    order_id = a_swap_world(database)
    assert device_of(database, "S1")["accessories"] == [{"order": order_id, "line": 2, "article": "A1", "units": 2}]
    marked = naming("S2", order=a_prescription())
    store(database, replace(marked, lines=(replace(marked.lines[0], accessory_to="S1"),)))
    run_all(database)
    assert device_of(database, "S2")["main_device"] == "S1"
    assert [each["article"] for each in device_of(database, "S1")["accessories"]] == ["A1", "A9"]


def test_a_line_is_tied_and_untied_afterwards_and_each_change_stays_in_the_log(database: Database) -> None:
    a_swap_world(database)
    (order_id,) = store(database, a_prescription(("A1", 1)))
    run_all(database)
    with database.transaction() as tx:
        tie(tx, order_id, 1, "S1", reason="glömdes", actor="anna")
    assert tied(database, order_id) == ["S1"]
    with database.transaction() as tx:
        untie(tx, order_id, 1, reason="fel", actor="anna")
    assert tied(database, order_id) == [None]
    assert life(database, "S1")[-2:] == ["tie", "untie"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute("DELETE FROM accessory_tie")


def test_what_cannot_be_tied_is_refused_and_changes_nothing(database: Database) -> None:
    order_id = a_swap_world(database)
    (elsewhere, draft) = store(database, an_order(("A1", 1)), an_order(("A1", 1), external_id="U-1"))
    (gone,) = store(database, an_order(("A1", 1)))
    run_named(database, CANCEL, gone, actor="anna", reason="prov")
    with database.session() as owner:
        owner.execute("UPDATE orders SET due_at = NULL WHERE id = %s", (draft,))
    run_all(database)
    for where, line, serial, reason, words in (
        (elsewhere, 1, "S1", "prov", "hos mottagaren"),
        (order_id, 1, "S1", "prov", "hos mottagaren"),
        (order_id, 2, "S1", "prov", "redan kopplad"),
        (order_id, 2, "S1", " ", "orsak"),
        (order_id, 9, "S1", "prov", "ingen sådan rad"),
        (draft, 1, "S1", "prov", "rätta"),
        (gone, 1, "S1", "prov", "makulerad"),
    ):
        with pytest.raises(TieRefused, match=words), database.transaction() as tx:
            tie(tx, where, line, serial, reason=reason, actor="anna")
    with pytest.raises(TieRefused, match="inte kopplad"), database.transaction() as tx:
        untie(tx, order_id, 1, reason="prov", actor="anna")
    assert tied(database, order_id) == [None, "S1"]


def test_the_door_ties_nothing_to_a_device_of_somebody_else(database: Database) -> None:
    a_swap_world(database)
    (elsewhere,) = store(database, an_order(("A1", 1)))
    run_all(database)
    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tie_line(tx, elsewhere, 1, "S1", "prov", "anna")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute("UPDATE order_line SET accessory_to = 'S1'")


def test_accessories_are_asked_back_with_their_device_from_whatever_order(database: Database) -> None:
    order_id = a_swap_world(database)
    (later, other) = store(
        database, alone(a_prescription(("A1", 5)), "S1"), with_accessory(naming("S2", order=an_order()), "S2")
    )
    run_all(database)
    picks = (Pick(serial_number="S1"),)
    return_id = asked(database, order_id, picks=picks, with_accessories=True)
    assert asked_lines(database, return_id) == [(order_id, 1, 1), (order_id, 2, 2), (later, 2, 2)]
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="anna")
    assert device_of(database, "S1")["accessories"] == []
    assert len(device_of(database, "S2")["accessories"]) == 1
    assert asked_lines(database, asked(database, other, with_accessories=True)) == [(other, 1, 1), (other, 2, 2)]


def test_a_device_that_comes_back_alone_tells_what_is_left_behind(database: Database) -> None:
    order_id = a_swap_world(database)
    return_id = asked(database, order_id, picks=(Pick(serial_number="S1"),))
    with database.transaction() as tx:
        left = accessories_left(tx, return_id)
    assert left == [{"order": order_id, "line": 2, "article": "A1", "units": 2}]


@pytest.mark.parametrize("patient", [True, False])
def test_accessories_follow_when_the_other_device_is_there(database: Database, patient: bool) -> None:
    order_id = a_swap_world(database, patient=patient)
    swapped(database)
    assert tied(database, order_id) == [None, "S1"]
    run_all(database)
    assert tied(database, order_id) == [None, "S2"]
    assert device_of(database, "S1")["accessories"] == []
    assert [each["order"] for each in device_of(database, "S2")["accessories"]] == [order_id]
    assert life(database, "S1")[-1] == "untie" and life(database, "S2")[-1] == "tie"
