"""Are orders promised when they get goods, by the class, the tour and the day that count?

The rule alone: unit/test_working_days.py. Here: what of it the steps read, write and leave.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    a_world,
    an_order,
    in_state,
    order_row,
    own_store_order,
    receive,
    rests_of,
    run_all,
    store,
)

from config.database import Database
from workflows.cohort import run_named
from workflows.steps import unreserve
from workflows.working_days import STOCKHOLM, Lead, end_of_day, promised_day

pytestmark = pytest.mark.usefixtures("sound_afterwards")

FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)


def classes(database: Database) -> None:
    """Lager 10: A1 in one day, A2 in ten; the rest by the store's class in three. 03-05 is driven to on Thursdays."""
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO lead_class (code, name, working_days, cut_off) VALUES "
            "('snabb', 'Snabb', 1, '08:30'), ('trög', 'Trög', 10, NULL), ('lager', 'Lagervara', 3, NULL)"
        )
        tx.execute(
            "INSERT INTO stock_target (store, article, lead_class) VALUES ('10', 'A1', 'snabb'), ('10', 'A2', 'trög')"
        )
        tx.execute("UPDATE store SET lead_class = 'lager' WHERE code = '10'")
        tx.execute("UPDATE vardenhet SET tour_days = '{4}' WHERE code = '04-01'")


@pytest.fixture
def world(database: Database) -> Database:
    goods = {("10", f"A{n}"): 50 for n in range(1, 6)} | {("50301", "A1"): 50}
    a_world(database, stock=goods, **CONFIRMED)
    classes(database)
    return database


def promised(database: Database, *lines: tuple[str, int], make: Any = an_order, **changes: Any) -> datetime | None:
    """What an order that is received on a Friday morning is promised."""
    (order_id,) = store(database, make(*lines, **({"received_at": FRIDAY} | changes)))
    run_all(database)
    found = order_row(database, order_id)["promised_by"]
    assert found is None or isinstance(found, datetime)
    return found


def day_of(moment: datetime | None) -> str:
    assert moment is not None
    assert moment == end_of_day(moment.astimezone(STOCKHOLM).date())
    return moment.astimezone(STOCKHOLM).date().isoformat()


def test_the_class_of_the_goods_counts_else_the_stores(world: Database) -> None:
    assert day_of(promised(world, ("A3", 1))) == "2026-11-25"
    assert day_of(promised(world, ("A2", 1))) == "2026-12-04"


def test_the_cut_off_of_the_class_counts_in_swedish_time(world: Database) -> None:
    # 08:00 UTC is 09:00, after the class's half past eight and before the installation's 15:00.
    assert day_of(promised(world, ("A1", 1))) == "2026-11-24"
    assert day_of(promised(world, ("A1", 1), received_at=FRIDAY - timedelta(hours=1))) == "2026-11-23"
    assert day_of(promised(world, ("A3", 1), received_at=FRIDAY + timedelta(hours=7))) == "2026-11-26"


def test_the_longest_line_governs_the_order(world: Database) -> None:
    assert day_of(promised(world, ("A1", 1), ("A2", 1), ("A3", 1))) == "2026-12-04"


def test_what_is_sent_instead_is_promised_by_its_own_class(world: Database) -> None:
    with world.transaction() as tx:
        tx.execute("UPDATE article SET successor = 'A2' WHERE number = 'A9'")
    assert day_of(promised(world, ("A9", 1), accept_equivalent=True)) == "2026-12-04"


def test_a_store_without_a_class_promises_by_the_setting(world: Database) -> None:
    assert day_of(promised(world, ("A1", 1), make=own_store_order)) == "2026-11-27"


def test_a_unit_is_promised_a_day_of_its_tour_and_so_is_a_patient_of_its_orderer(world: Database) -> None:
    assert day_of(promised(world, ("A3", 1), receiver_code="04-01", orderer_unit="04-01")) == "2026-11-26"
    patient = promised(world, ("A3", 1), make=a_prescription, orderer_unit="04-01")
    assert day_of(patient) == "2026-11-26"


def test_a_kommunlager_waits_for_no_tour(world: Database) -> None:
    assert day_of(promised(world, ("A3", 1), make=a_lagerflytt, orderer_unit="04-01")) == "2026-11-25"


def test_a_later_wanted_day_is_the_promise(world: Database) -> None:
    assert day_of(promised(world, ("A3", 1), wanted_date=date(2026, 12, 8))) == "2026-12-08"
    assert day_of(promised(world, ("A3", 1), wanted_date=date(2026, 11, 23))) == "2026-11-25"


def test_an_akut_order_is_promised_within_a_day_and_night(world: Database) -> None:
    saturday = datetime(2026, 11, 21, 19, 7, 30, tzinfo=UTC)
    assert promised(world, ("A2", 1), priority=0, received_at=saturday) == saturday + timedelta(hours=24)


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)])
def test_a_day_and_night_has_24_hours_whatever_the_clocks_of_the_server_do(world: Database, day: datetime) -> None:
    with world.session() as owner:
        (name,) = owner.execute("SELECT current_database()").fetchall()[0]
        owner.execute(f"ALTER DATABASE {name} SET timezone = 'Europe/Stockholm'".encode())
    swedish = Database(world.url)
    with swedish.session() as session, swedish.transaction() as tx, swedish.transaction(snapshot=True) as reading:
        assert [each.execute("SHOW timezone").fetchone() for each in (session, tx, reading)] == [("UTC",)] * 3
    moment = promised(swedish, ("A2", 1), priority=0, received_at=day)
    swedish.close()
    assert moment is not None and moment.astimezone(UTC) == day + timedelta(hours=24)


def test_a_cohort_of_many_is_promised_what_each_would_be_alone(world: Database) -> None:
    moments = [FRIDAY - timedelta(hours=hours) for hours in range(0, 200, 7)]
    ids = store(world, *(an_order((f"A{n % 3 + 1}", 1), received_at=moment) for n, moment in enumerate(moments)))
    run_all(world)
    leads = (Lead(1, time(8, 30)), Lead(10, time(15)), Lead(3, time(15)))
    expected = [
        end_of_day(promised_day(moment.astimezone(STOCKHOLM), [leads[n % 3]])) for n, moment in enumerate(moments)
    ]
    assert [order_row(world, each)["promised_by"] for each in ids] == expected


def test_who_waits_is_promised_nothing_until_goods_come_and_then_from_that_moment(world: Database) -> None:
    (waiting,) = store(world, an_order(("A7", 1), received_at=datetime(2026, 1, 7, 9, tzinfo=UTC)))
    run_all(world)
    assert order_row(world, waiting)["promised_by"] is None
    before = datetime.now(UTC)
    receive(world, {("10", "A7"): 1})
    run_all(world)
    found = order_row(world, waiting)["promised_by"]
    lead = Lead(3, time(15))
    earliest, latest = (promised_day(each.astimezone(STOCKHOLM), [lead]) for each in (before, datetime.now(UTC)))
    assert end_of_day(earliest) <= found <= end_of_day(latest)


def test_a_restorder_has_no_promise_while_it_waits(world: Database) -> None:
    (order_id,) = store(world, an_order(("A3", 60), partial=True, received_at=FRIDAY))
    run_all(world)
    (rest,) = rests_of(world, order_id)
    assert day_of(order_row(world, order_id)["promised_by"]) == "2026-11-25"
    assert order_row(world, rest)["promised_by"] is None


def test_the_line_that_waits_does_not_make_the_rest_of_a_partial_order_late(world: Database) -> None:
    with world.transaction() as tx:
        tx.execute("INSERT INTO stock_target (store, article, lead_class) VALUES ('10', 'A9', 'trög')")
    assert day_of(promised(world, ("A3", 1), ("A9", 1), partial=True)) == "2026-11-25"


def test_an_order_whose_goods_are_taken_back_keeps_its_promise_until_it_resumes(world: Database) -> None:
    order_id = in_state(world, "validated", ("A3", 1), received_at=FRIDAY)
    run_named(world, unreserve.STEP, order_id, actor="test")
    assert day_of(order_row(world, order_id)["promised_by"]) == "2026-11-25"


def test_the_database_refuses_a_promise_before_the_order_was_received(world: Database) -> None:
    (order_id,) = store(world, an_order(("A3", 1), received_at=FRIDAY))
    with world.session() as session, pytest.raises(psycopg.errors.CheckViolation):
        session.execute("UPDATE orders SET promised_by = received_at - interval '1 second' WHERE id = %s", (order_id,))
