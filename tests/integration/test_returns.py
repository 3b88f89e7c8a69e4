"""How do goods come back? Part of a delivery or all of it, to a shelf, to repair or written off, and never more.

Next: test_returns_refused.py, test_returns_at_once.py (two at the same moment), test_returns_devices.py (serial
numbers), test_returns_doors.py.
"""

import pytest
from builders import (
    a_prescription,
    a_world,
    an_order,
    balance,
    in_state,
    run_all,
    states,
    store,
)
from return_world import asked, line_of, moved, one, rows_of

from config.database import Connection, Database
from workflows.cohort import StaleVersion
from workflows.machines import StepNotAllowed
from workflows.queries import read_orders
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns, mend_returns
from workflows.returns.reading import list_returns, return_events_of_order, returns_of_order
from workflows.returns.receiving import cancel_returns, receive_returns
from workflows.returns.refusals import (
    MoreThanIsThere,
    NothingThere,
    ReferenceReused,
    ReturnNotFound,
)
from workflows.verify.checking import verify
from workflows.verify.returns_invariants import RETURNS

pytestmark = pytest.mark.usefixtures("sound_afterwards")

NUMBER = "200001011493"
"""An official test number."""


@pytest.fixture
def delivered(database: Database) -> int:
    """Five A1 and two A2, delivered to vårdenhet 03-05."""
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 2})
    return in_state(database, "delivered", ("A1", 5), ("A2", 2))


def test_a_return_goes_from_the_receiver_over_inspection_to_where_it_is_judged(
    database: Database, delivered: int
) -> None:
    return_id = asked(database, delivered, Pick("A1", units=4), to="50301")
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars", came=[Pick("A1", units=3)])
    assert one(database, return_id)["state"] == "received"
    assert line_of(database, delivered, 1)["returned"] == 3

    with database.transaction() as tx:
        picks = [Pick("A1", units=1, to=SHELF), Pick("A1", units=1, to=REPAIR), Pick(to=WRITTEN_OFF)]
        judge_returns(tx, [return_id], picks, actor="lars", cause="trasig")
    assert one(database, return_id)["state"] == "received"
    with database.transaction() as tx:
        mend_returns(tx, [return_id], [Pick(to=SHELF)], actor="tove")

    found = one(database, return_id)
    assert (found["state"], found["version"]) == ("closed", 4)
    (line,) = found["lines"]
    assert [line[name] for name in ("requested", "received", "restocked", "repaired", "written_off", "mended")] == [
        4, 3, 1, 1, 1, 1,
    ]  # fmt: skip
    assert moved(database, return_id) == [
        ("return", 3, "receiver 03-05", "inspection 50301", 2, "lars"),
        ("repair", 1, "inspection 50301", "repair 50301", 3, "lars"),
        ("restock", 1, "inspection 50301", "store 50301", 3, "lars"),
        ("write_off", 1, "inspection 50301", "written_off 50301", 3, "lars"),
        ("restock", 1, "repair 50301", "store 50301", 4, "tove"),
    ]
    assert balance(database, "50301", "A1") == (2, 0, 0)
    assert [each["reason"] for each in found["history"]] == ["behövs inte", None, "trasig", None]


def test_the_order_shows_what_came_back_and_what_became_of_it(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
        judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
        (order,) = read_orders(tx, [delivered])
        (shown,) = returns_of_order(tx, delivered)
        events = return_events_of_order(tx, delivered)
    assert [(line["delivered"], line["returned"]) for line in order["lines"]] == [(5, 5), (2, 2)]
    assert [(line["order_line"], line["restocked"]) for line in shown["lines"]] == [(1, 5), (2, 2)]
    assert [(each["event"], each["to"], each["return"]) for each in events] == [
        ("return_request", "delivered", f"R-{return_id}"),
        ("return_receive", "delivered", f"R-{return_id}"),
        ("return_judge", "delivered", f"R-{return_id}"),
    ]


def test_a_unit_on_the_shelf_goes_to_whoever_waits_for_it(database: Database, delivered: int) -> None:
    (waiting,) = store(database, an_order(("A1", 1)))
    run_all(database)
    assert states(database, [waiting]) == ["backordered"]
    return_id = asked(database, delivered, Pick("A1", units=2))
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    run_all(database)
    # What is not judged is on no shelf.
    assert states(database, [waiting]) == ["backordered"]
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick("A1", units=1, to=SHELF)], actor="lars")
    run_all(database)
    assert states(database, [waiting]) == ["delivered"]


def test_nobody_asks_for_more_than_is_out_and_not_asked_for(database: Database, delivered: int) -> None:
    first = asked(database, delivered, Pick("A1", units=3))
    with pytest.raises(MoreThanIsThere, match="3 är fler än de 2"):
        asked(database, delivered, Pick("A1", units=3))
    with database.transaction() as tx:
        receive_returns(tx, [first], actor="lars", came=[Pick("A1", units=2)])
    # The one that did not come may be asked for again.
    second = asked(database, delivered, Pick(line_no=1, units=3))
    with pytest.raises(NothingThere):
        asked(database, delivered, Pick("A1"))
    with database.transaction() as tx:
        cancel_returns(tx, [second], reason="kom inte", actor="lars")
    third = asked(database, delivered, Pick("A1"))
    assert one(database, third)["lines"][0]["requested"] == 3


def test_a_partial_delivery_is_returned_as_far_as_it_was_delivered(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3})
    (order,) = store(database, an_order(("A1", 5), partial=True))
    run_all(database)
    assert states(database, [order]) == ["delivered"]
    with pytest.raises(MoreThanIsThere, match="de 3 som finns"):
        asked(database, order, Pick("A1", units=4))
    assert one(database, asked(database, order))["lines"][0]["requested"] == 3


def test_a_patients_goods_come_back_from_the_patient(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1})
    (order,) = store(database, a_prescription(("A1", 1)))
    run_all(database)
    return_id = asked(database, order)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    assert moved(database, return_id) == [("return", 1, "receiver patient", "inspection 10", 2, "lars")]


def test_the_same_reference_is_the_same_return(database: Database, delivered: int) -> None:
    first = asked(database, delivered, Pick("A1", units=1), reference="H-1")
    assert asked(database, delivered, Pick("A1", units=1), reference="H-1") == first
    with pytest.raises(ReferenceReused):
        asked(database, delivered, Pick("A1", units=2), reference="H-1")
    assert rows_of(database, "SELECT sum(requested) FROM return_line") == [(1,)]


def test_what_is_told_twice_is_done_once(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    with pytest.raises(StepNotAllowed), database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    with pytest.raises(StepNotAllowed), database.transaction() as tx:
        cancel_returns(tx, [return_id], reason="ångrat", actor="lars")
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick("A1", units=1, to=SHELF)], actor="lars", version=2)
    with pytest.raises(StaleVersion), database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick("A1", units=1, to=SHELF)], actor="lars", version=2)
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
    with pytest.raises(StepNotAllowed), database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
    assert balance(database, "10", "A1") == (5, 0, 0)


def test_many_returns_are_taken_in_together_or_not_at_all(database: Database, delivered: int) -> None:
    first, second = asked(database, delivered, Pick("A1")), asked(database, delivered, Pick("A2"))
    with pytest.raises(ReturnNotFound), database.transaction() as tx:
        receive_returns(tx, [first, second, 99], actor="lars")
    with pytest.raises(NothingThere), database.transaction() as tx:
        receive_returns(tx, [first, second], actor="lars", came=[Pick("A1", units=1)])
    with database.transaction() as tx:
        receive_returns(tx, [first, second], actor="lars")
        judge_returns(tx, [first, second], [Pick("A1", units=2, to=SHELF), Pick("A2", to=SHELF)], actor="lars")
    assert [one(database, each)["state"] for each in (first, second)] == ["received", "closed"]
    with database.transaction() as tx:
        assert [each["id"] for each in list_returns(tx, state="open")] == [first]
        assert [each["id"] for each in list_returns(tx, store="10")] == [second, first]
        assert list_returns(tx, store="50301") == []


def test_verify_finds_a_return_that_does_not_add_up(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    wrong = {
        "UPDATE order_line SET returned = 4 WHERE line_no = 1": "returned-is-what-was-received",
        "UPDATE return_line SET restocked = 1 WHERE line_no = 1": "inspection-and-repair-hold-open-judgements",
        "UPDATE return_line SET received = 4 WHERE line_no = 1": "return-movements-match-their-lines",
        "UPDATE return_order SET version = 7": "return-state-is-last-of-its-history",
        "INSERT INTO return_device VALUES (1, 1, 'S1', 'repair')": "returned-devices-are-counted",
        "INSERT INTO holding (reference, unit, article, quantity, since, store) "
        "VALUES ('H', '03-05', 'A1', 1, '2026-01-01', '10')": "holdings-were-booked-once",
        "UPDATE orders SET receiver_kind = 'kommunlager', receiver_code = '50301'": "only-deliveries-are-returned",
    }  # fmt: skip
    assert set(wrong.values()) == {invariant.name for invariant in RETURNS}
    for statement, name in wrong.items():
        with database.session() as owner:
            owner.execute("SET session_replication_role = replica")
            tables = ("order_line", "return_line", "return_order", "return_device", "holding", "orders")
            for table in tables:
                owner.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}".encode())
            owner.execute(statement.encode())
            assert name in {broken.invariant.name for broken in verify(database).broken}, statement
            _put_back(owner, tables)


def _put_back(owner: Connection, tables: tuple[str, ...]) -> None:
    for table in reversed(tables):
        owner.execute(f"DELETE FROM {table}".encode())
    for table in tables:
        owner.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{table}".encode())
