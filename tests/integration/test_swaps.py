"""Is a swapped device always asked back, and another sent? Once, twice, two at once, with a crash between.

Next: test_accessories.py; workflows/swaps/.
"""

from functools import partial

import psycopg
import pytest
from at_once import at_once
from builders import TODAY, a_prescription, an_order, everything, order_row, run_all, run_step, states, store
from devices_world import arrive, device_of, life, naming, where
from swaps_world import a_swap_world, swapped, tied

from config.database import Database
from workflows.cohort import run_named
from workflows.devices import DeviceMove, move_devices
from workflows.ledger import Movement, book
from workflows.queries import read_orders
from workflows.returns.judging import REPAIR
from workflows.returns.receiving import cancel_returns
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.steps.amend import SwapGoesElsewhere, amend_with
from workflows.steps.cancel import CANCEL
from workflows.swaps import swapping
from workflows.swaps.ordering import Orderer
from workflows.swaps.refusals import SwapRefused
from workflows.swaps.swapping import Swapped

pytestmark = pytest.mark.usefixtures("sound_afterwards")

COPIED = (
    "order_type", "receiver_kind", "receiver_code", "patient_id", "recipient", "protected", "orderer_person",
    "orderer_unit", "prescriber", "medical_decision_date", "medical_decision_reference", "ordered_on", "kommun",
)  # fmt: skip


def returns(database: Database) -> list[tuple[str, str, str]]:
    """(article, serial number, state) of what is asked back."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT x.article, d.serial_number, r.state FROM return_order r JOIN return_line x ON x.return_id = r.id "
            "JOIN return_device d ON d.return_id = r.id AND d.line_no = x.line_no ORDER BY r.id"
        ).fetchall()


def refused(database: Database, old: str = "S1", new: str = "S2", **changes: object) -> object:
    """What a swap came to: the words of its refusal, or the swap."""
    try:
        return swapped(database, old, new, **changes)
    except SwapRefused as refusal:
        return str(refusal)


def a_holding(database: Database, serial: str, *, patient: bool) -> None:
    """A device that was out before the first day."""
    with database.session() as owner, owner.transaction():
        owner.execute("INSERT INTO patient (lookup, kind, sealed) VALUES ('\\x02', 'personnummer', 'x')")
        (row,) = owner.execute(
            "INSERT INTO holding (reference, patient_id, unit, article, serial_number, quantity, since, store) VALUES "
            "('H-1', CASE WHEN %s THEN (SELECT max(id) FROM patient) END, CASE WHEN %s THEN '03-05' END, 'A9', %s, 1, "
            "'2020-01-01', '50301') RETURNING id",
            (patient, not patient, serial),
        ).fetchall()
        to = "patient" if patient else "03-05"
        book(owner, [Movement("opening", "A9", 1, "supplier", "", "receiver", to, document="holding H-1")], [], "test")
        move_devices(
            owner, [DeviceMove("A9", serial, None, "receiver", "50301", holding=row[0])], "opening", "test"
        )  # fmt: skip


@pytest.mark.parametrize("patient", [True, False])
def test_the_old_one_is_asked_back_and_the_other_goes_by_an_order_of_its_own(database: Database, patient: bool) -> None:
    original = a_swap_world(database, patient=patient)
    made = swapped(database)

    assert returns(database) == [("A9", "S1", "requested")]
    before, order = order_row(database, original), order_row(database, made.order_id)
    assert [order[column] for column in COPIED] == [before[column] for column in COPIED]
    assert (order["source"], order["external_id"], order["swap_of"], order["priority"], order["sender"]) == (
        "orderflode", f"BYTE-{original}-1", original, 0, "10",
    )  # fmt: skip
    run_all(database)
    assert states(database, [made.order_id]) == ["delivered"]
    assert order_row(database, made.order_id)["utleverans"] is not None
    assert where(database, "S2") == ("receiver", "10", made.order_id)
    assert "swap" in life(database, "S1") and "swap" in life(database, "S2")
    with database.transaction() as tx:
        shown = read_orders(tx, [original, made.order_id])
    assert [(each["swap_of"], each["swaps"]) for each in shown] == [(None, [made.order_id]), (original, [])]


def test_from_the_own_store_the_same_prescription_is_a_direktforskrivning(database: Database) -> None:
    a_swap_world(database)
    arrive(database, "50301", "K1")
    made = swapped(database, new="K1", sender="50301")
    run_all(database)
    row = order_row(database, made.order_id)
    assert (row["customer_order_type"], row["state"], row["violations"]) == ("direktforskrivning", "delivered", None)


def test_what_came_already_is_received_and_judged_at_once(database: Database) -> None:
    a_swap_world(database)
    swapped(database, received=True, judged=REPAIR, to="50301")
    assert returns(database) == [("A9", "S1", "received")]
    assert where(database, "S1")[:2] == ("repair", "50301")


def test_a_device_is_swapped_once(database: Database) -> None:
    a_swap_world(database)
    made = swapped(database)
    before = everything(database)
    for new in ("S2", "S3"):
        assert "byts redan" in str(refused(database, new=new))
    assert everything(database) == before
    run_all(database)
    assert "byts redan" in str(refused(database, new="S3"))
    with database.transaction() as tx:
        cancel_returns(tx, [made.return_id], reason="prov", actor="anna")
    assert "byts redan" in str(refused(database, new="S3"))


def test_of_two_swaps_at_the_same_moment_one_wins(database: Database) -> None:
    a_swap_world(database)
    came_to = at_once(database.url, *(partial(refused, new=new) for new in ("S2", "S3", "S2", "S3")))
    assert sum(isinstance(each, Swapped) for each in came_to) == 1
    assert len(returns(database)) == 1
    run_all(database)


def test_two_devices_are_not_swapped_for_the_same_one(database: Database) -> None:
    a_swap_world(database, patient=False)
    store(database, naming("S3"))
    run_all(database)
    came_to = at_once(database.url, partial(refused, old="S1"), partial(refused, old="S3"))
    assert sum(isinstance(each, Swapped) for each in came_to) == 1
    run_all(database)


def test_the_database_refuses_a_second_swap_whoever_makes_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_swap_world(database)
    made = swapped(database)
    run_all(database)
    with database.transaction() as tx:
        cancel_returns(tx, [made.return_id], reason="prov", actor="anna")
    monkeypatch.setattr(swapping, "_refuse_repetition", lambda *_: None)
    with pytest.raises(psycopg.errors.RestrictViolation, match="swapped already"):
        swapped(database, new="S3")


def test_a_crash_between_the_halves_leaves_neither(database: Database) -> None:
    a_swap_world(database)
    before = everything(database)
    with database.session() as owner:
        owner.execute("ALTER TABLE swap ADD CHECK (false)")
    with pytest.raises(psycopg.errors.CheckViolation):
        swapped(database, received=True, judged=REPAIR)
    assert everything(database) == before
    assert returns(database) == []
    assert where(database, "S1")[0] == "receiver"
    with database.session() as owner:
        owner.execute("ALTER TABLE swap DROP CONSTRAINT swap_check")
    swapped(database)


def test_a_cancelled_swap_is_seen_on_both_devices_and_may_be_made_again(database: Database) -> None:
    original = a_swap_world(database)
    made = swapped(database)
    run_named(database, CANCEL, made.order_id, actor="anna", reason="fel")
    for serial in ("S1", "S2"):
        assert [each["order_state"] for each in device_of(database, serial)["swaps"]] == ["cancelled"]
    assert "begärd åter i R-" in str(refused(database, new="S3"))
    with database.transaction() as tx:
        cancel_returns(tx, [made.return_id], reason="prov", actor="anna")
    again = swapped(database, new="S3")
    assert order_row(database, again.order_id)["external_id"] == f"BYTE-{original}-2"
    assert tied(database, original) == [None, "S1"]


def test_a_swap_that_the_rules_refuse_is_seen_on_both_devices(database: Database) -> None:
    a_swap_world(database)
    made = swapped(database)
    with database.session() as owner:
        owner.execute("UPDATE person SET licensed = false")
    run_step(database, "validate", "forskrivning")
    for serial in ("S1", "S2"):
        (swap,) = device_of(database, serial)["swaps"]
        assert (swap["order"], swap["order_state"]) == (made.order_id, "rejected")
        assert swap["violations"]
    number = order_row(database, made.order_id)["external_id"]
    elsewhere = naming("S2", order=an_order(external_id=number))
    with pytest.raises(SwapGoesElsewhere):
        run_named(database, amend_with(elsewhere), made.order_id, actor="anna")
    with database.session() as owner:
        owner.execute("UPDATE person SET licensed = true WHERE id = 'forsk'")
    right = naming("S2", order=a_prescription(external_id=number))
    run_named(database, amend_with(right), made.order_id, actor="anna")
    run_all(database)
    assert states(database, [made.order_id]) == ["delivered"]


@pytest.mark.parametrize("patient", [True, False])
def test_what_was_out_before_the_first_day_is_swapped_on_the_orderers_word(database: Database, patient: bool) -> None:
    a_swap_world(database)
    a_holding(database, "OLD", patient=patient)
    assert "--orderer" in str(refused(database, "OLD"))
    who = Orderer("forsk", "03-05", *(("forsk", TODAY, "J-2") if patient else ()))
    made = swapped(database, "OLD", "S2", orderer=who)
    assert refused(database, "OLD", "S3", orderer=who) != made
    run_all(database)
    row = order_row(database, made.order_id)
    assert (row["state"], row["swap_of"], row["violations"]) == ("delivered", None, None)
    assert row["external_id"].startswith("BYTE-INNEHAV-")
    assert "swap" in life(database, "OLD") and "swap" in life(database, "S2")
    assert device_of(database, "OLD")["swaps"][0]["other"] == {"article": "A9", "serial_numbers": ["S2"]}


def test_what_cannot_be_swapped_is_refused_with_the_right_choice(database: Database) -> None:
    a_swap_world(database)
    arrive(database, "50301", "S2", article="A8")
    before = everything(database)
    for old, new, changes, words in (
        ("NONE", "S2", {}, "finns inte i registret"),
        ("S3", "S2", {}, "gör en vanlig order"),
        ("S1", "S1", {}, "redan utlämnad"),
        ("S1", "NEW", {}, "--from LAGER"),
        ("S1", "NEW", {"sender": "99"}, "lagret finns inte"),
        ("S1", "S2", {"sender": "50301"}, "står i lager 10"),
        ("S1", "X", {"new_article": "A1", "sender": "10"}, "individmärkt"),
        ("S1", "S2", {"orderer": Orderer("forsk", "03-05")}, "utelämna --orderer"),
    ):
        assert words in str(refused(database, old, new, **changes)), words
    with database.transaction() as tx:
        request_return(tx, ReturnRequest("10", "prov", device_of(database, "S1")["order"]), actor="anna")
    assert "begärd åter i R-" in str(refused(database))
    assert everything(database) == before


def test_a_device_the_register_does_not_know_is_registered_by_the_main_line(database: Database) -> None:
    a_swap_world(database)
    with database.transaction() as tx:
        book(tx, [Movement("receive", "A9", 1, "supplier", "", "store", "10", document="utan nummer")], [], "test")
    made = swapped(database, new="NEW", sender="10")
    run_all(database)
    assert where(database, "NEW") == ("receiver", "10", made.order_id)
