"""What if two handle returns at the same moment? One of them is told, and no unit is counted twice."""

from collections.abc import Callable

import pytest
from at_once import at_once
from builders import a_world, balance, in_state
from return_world import asked, line_of, one, rows_of

from config.database import Connection, Database
from workflows.machines import StepNotAllowed
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, judge_returns
from workflows.returns.receiving import cancel_returns, receive_returns
from workflows.returns.refusals import ReturnRefused

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def done(work: Callable[[Connection], object]) -> Callable[[Database], object]:
    """One transaction with `work` in it; a refusal is the answer."""

    def run(database: Database) -> object:
        try:
            with database.transaction() as tx:
                work(tx)
            return "done"
        except (ReturnRefused, StepNotAllowed) as refusal:
            return type(refusal).__name__

    return run


def asking(order_id: int, *picks: Pick, reference: str | None = None) -> Callable[[Database], object]:
    def run(database: Database) -> object:
        try:
            return asked(database, order_id, *picks, reference=reference)
        except ReturnRefused as refusal:
            return type(refusal).__name__

    return run


def test_the_last_unit_is_asked_for_by_one_only(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1})
    order = in_state(database, "delivered", ("A1", 1))
    answers = at_once(database.url, *[asking(order) for _ in range(4)])
    assert sorted(map(str, answers))[1:] == ["NothingThere"] * 3
    assert rows_of(database, "SELECT sum(requested) FROM return_line") == [(1,)]


def test_the_last_unit_of_a_holding_is_asked_for_by_one_only(database: Database) -> None:
    a_world(database)
    with database.session() as owner:
        owner.execute(
            "INSERT INTO holding (reference, unit, article, quantity, since, store) "
            "VALUES ('H-1', '03-05', 'A1', 1, '2025-01-01', '10')"
        )
        owner.execute(
            "SELECT move_goods(ARRAY[ROW('opening', 'A1', 1, 'supplier', '', 'receiver', '03-05', NULL, NULL, NULL, "
            "'holding H-1')::goods_move], NULL, 'test')"
        )

    def ask(database: Database) -> object:
        try:
            return asked(database, None, holdings=("H-1",))
        except ReturnRefused as refusal:
            return type(refusal).__name__

    answers = at_once(database.url, ask, ask, ask)
    assert sorted(map(str, answers))[1:] == ["NothingThere"] * 2
    assert rows_of(database, "SELECT sum(requested) FROM return_line") == [(1,)]


def test_one_reference_given_twice_at_once_is_one_return(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order = in_state(database, "delivered", ("A1", 5))
    answers = at_once(database.url, *[asking(order, Pick("A1", units=2), reference="H-7") for _ in range(3)])
    assert len(set(answers)) == 1
    assert rows_of(database, "SELECT count(*) FROM return_order") == [(1,)]


def test_a_return_is_received_once_and_not_cancelled_beside_it(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 3})
    order = in_state(database, "delivered", ("A1", 3))
    return_id = asked(database, order)
    receive = done(lambda tx: receive_returns(tx, [return_id], actor="lars"))
    cancel = done(lambda tx: cancel_returns(tx, [return_id], reason="kom inte", actor="tove"))
    answers = at_once(database.url, receive, cancel, receive, cancel)
    assert sorted(map(str, answers)) == ["StepNotAllowed"] * 3 + ["done"]
    found = one(database, return_id)
    assert line_of(database, order, 1)["returned"] == (3 if found["state"] == "received" else 0)
    assert found["version"] == 2


def test_a_unit_is_judged_to_one_place(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1})
    return_id = asked(database, in_state(database, "delivered", ("A1", 1)))
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    shelf = done(lambda tx: judge_returns(tx, [return_id], [Pick("A1", units=1, to=SHELF)], actor="lars"))
    repair = done(lambda tx: judge_returns(tx, [return_id], [Pick("A1", units=1, to=REPAIR)], actor="tove"))
    answers = at_once(database.url, shelf, repair, shelf, repair)
    assert sorted(map(str, answers)).count("done") == 1
    (line,) = one(database, return_id)["lines"]
    assert line["restocked"] + line["repaired"] == 1
    assert balance(database, "10", "A1") == (line["restocked"], 0, 0)


def test_returns_taken_in_in_opposite_order_do_not_deadlock(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 20, ("10", "A2"): 20})
    pairs = []
    for _ in range(10):
        order = in_state(database, "delivered", ("A1", 2), ("A2", 2))
        pairs.append((asked(database, order, Pick("A1")), asked(database, order, Pick("A2"))))

    def take_in(ids: list[int]) -> Callable[[Database], object]:
        def run(database: Database) -> object:
            for return_id in ids:
                with database.transaction() as tx:
                    receive_returns(tx, [return_id], actor="lars")
                    judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
            return "done"

        return run

    forwards, backwards = [a for a, _ in pairs], [b for _, b in reversed(pairs)]
    assert at_once(database.url, take_in(forwards), take_in(backwards)) == ["done", "done"]
    assert [balance(database, "10", article) for article in ("A1", "A2")] == [(20, 0, 0)] * 2


def test_a_transaction_that_fails_leaves_no_trace_of_what_it_received(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1})
    order = in_state(database, "delivered", ("A1", 1))
    return_id = asked(database, order)

    def receive_and_fail(tx: Connection) -> None:
        receive_returns(tx, [return_id], actor="lars")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        receive_and_fail(tx)
    assert line_of(database, order, 1)["returned"] == 0
    assert one(database, return_id)["state"] == "requested"
