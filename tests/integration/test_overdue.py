"""Is every open order past its promise found, however it stands, and no other?"""

from datetime import UTC, datetime

import pytest
from builders import CONFIRMED, a_world, an_order, in_state, order_row, own_store_order, receive, run_all, store

from config.database import Database
from workflows.attempts import count
from workflows.cohort import run_named
from workflows.overdue import Overdue, overdue
from workflows.steps import unreserve
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")

FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
"""Five working days later is Friday the 27th."""
LATER = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 50, ("50301", "A1"): 50}, picking_50301="confirmed", **CONFIRMED)
    return database


def found(database: Database, now: datetime = LATER, soon: int = 0, store_code: str | None = None) -> list[Overdue]:
    with database.transaction(snapshot=True) as tx:
        return overdue(tx, now, soon=soon, store=store_code)


def numbers(of: list[Overdue]) -> list[int]:
    return [each.order["id"] for each in of]


def test_an_order_is_overdue_when_its_day_has_ended_in_sweden(world: Database) -> None:
    order_id = in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    assert found(world, datetime(2026, 11, 27, 22, 59, tzinfo=UTC)) == []
    assert numbers(found(world, datetime(2026, 11, 27, 23, 0, 1, tzinfo=UTC))) == [order_id]


def test_lateness_is_counted_in_working_days(world: Database) -> None:
    in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    days = [found(world, datetime(2026, 11, day, 12, tzinfo=UTC))[0].working_days for day in (28, 29, 30)]
    assert days == [0, 0, 1]
    (late,) = found(world)
    assert (late.is_late, late.working_days) == (True, 3)
    assert late.as_json() | {"store": "10", "state": "validated", "held": False, "late": True} == late.as_json()


def test_what_is_promised_soon_is_listed_when_asked_for_with_the_days_that_are_left(world: Database) -> None:
    order_id = in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    wednesday = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert found(world, wednesday, soon=1) == []
    (soon,) = found(world, wednesday, soon=2)
    assert (soon.order["id"], soon.is_late, soon.working_days) == (order_id, False, -2)


def test_the_most_late_stands_first(world: Database) -> None:
    first = in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    earlier = in_state(world, "validated", ("A1", 1), received_at=datetime(2026, 11, 17, 8, tzinfo=UTC))
    assert numbers(found(world)) == [earlier, first]


def test_an_order_is_found_in_whatever_state_it_is_open(world: Database) -> None:
    waiting = [in_state(world, state, ("A1", 1), received_at=FRIDAY) for state in ("validated", "picked", "utleverans")]
    held = in_state(world, "picked", ("A1", 1), received_at=FRIDAY)
    with world.transaction() as tx:
        tx.execute("UPDATE orders SET attempts = 4 WHERE id = %s", (held,))
        assert count(tx, held, "test")
    ended = in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    run_named(world, CANCEL, ended, actor="test", reason="test")
    back = in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    run_named(world, unreserve.STEP, back, actor="test")
    assert sorted(numbers(found(world))) == sorted([*waiting, held, back])


def test_an_order_that_waits_for_goods_has_no_promise_to_be_late_for(world: Database) -> None:
    (waiting,) = store(world, an_order(("A9", 1), received_at=FRIDAY))
    run_all(world)
    assert found(world) == []
    receive(world, {("10", "A9"): 1})
    run_all(world)
    assert order_row(world, waiting)["promised_by"] is not None


def test_a_store_sees_its_own(world: Database) -> None:
    (own,) = store(world, own_store_order(("A1", 1), received_at=FRIDAY))
    run_all(world)
    in_state(world, "validated", ("A1", 1), received_at=FRIDAY)
    assert numbers(found(world, store_code="50301")) == [own]
