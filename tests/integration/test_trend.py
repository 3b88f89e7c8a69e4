"""Is the trend what happened, hour by hour, for the region and for a kommun? Next: workflows/trend.py."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import a_lagerflytt, a_world, an_order, in_state, own_store_order, run_all, store

from config.database import Database
from workflows.cohort import run_named
from workflows.kommun_trend import kommun_trend
from workflows.order_counts import roll_up
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL
from workflows.trend import HOURS, Hour, Trend, of_hours, trend

NOW = datetime(2026, 11, 29, 11, 30, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def region(database: Database, now: datetime | None = None) -> Trend:
    with database.transaction() as tx:
        return trend(tx, now or datetime.now(UTC))


def sums(told: Trend) -> tuple[int, int, int]:
    """Received and delivered in all hours, and delivered today."""
    return sum(each.received for each in told.hours), sum(each.delivered for each in told.hours), told.delivered_today


def test_the_trend_counts_what_came_and_was_delivered_whatever_else_happened_to_it(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    store(database, an_order(("A1", 1)), an_order(("A1", 1)), a_lagerflytt(("A1", 2)))
    (cancelled,) = store(database, an_order(("A1", 1)))
    run_named(database, CANCEL, cancelled, actor="anna", reason="prov")
    rejected = in_state(database, "rejected", external_id="B-1")
    run_named(database, amend_with(a_lagerflytt(("A2", 1), external_id="B-1")), rejected, actor="anna")
    with database.session() as session:
        roll_up(session)  # what is rolled up and what is not are told alike
    run_all(database)

    told = region(database)

    assert sums(told)[:2] == (5, 3)
    assert told.changed == {
        ("bestallning", "draft"): 0, ("bestallning", "validated"): 0, ("bestallning", "picked"): 0,
        ("bestallning", "utleverans"): 0, ("bestallning", "delivered"): 2, ("bestallning", "cancelled"): 1,
        ("lagerflyttsorder", "draft"): 0, ("lagerflyttsorder", "validated"): 0, ("lagerflyttsorder", "picked"): 0,
        ("lagerflyttsorder", "utleverans"): 0, ("lagerflyttsorder", "delivered"): 1,
        ("lagerflyttsorder", "backordered"): 1,
    }  # fmt: skip


def test_an_hour_is_told_for_a_day_and_forgotten_after_two_weeks(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    store(database, an_order(("A1", 1)))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with database.session() as owner:
        roll_up(owner)

        def moved_to(hour: datetime) -> None:
            owner.execute("UPDATE order_count_hour SET hour = %s", (hour,))
            roll_up(owner)

        moved_to(now - timedelta(hours=HOURS - 1))
        assert sums(region(database, now))[0] == region(database, now).hours[0].received == 1
        moved_to(now - timedelta(hours=HOURS))
        assert (sums(region(database, now))[0], region(database, now).changed) == (0, {})
        moved_to(now - timedelta(days=14) + timedelta(hours=1))
        assert owner.execute("SELECT count(*) FROM order_count_hour").fetchone() == (1,)
        moved_to(now - timedelta(days=14, hours=1))
        assert owner.execute("SELECT count(*) FROM order_count_hour").fetchone() == (0,)


def test_today_begins_at_midnight_in_sweden() -> None:
    midnight = datetime(2026, 11, 29, tzinfo=STOCKHOLM)
    hours = [Hour(midnight - timedelta(hours=1), 1, 2), Hour(midnight, 4, 8), Hour(NOW.replace(minute=0), 16, 32)]

    told = of_hours(hours, NOW)

    assert told.delivered_today == 8 + 32
    assert [each.at for each in told.hours] == [
        NOW.replace(minute=0) - timedelta(hours=ago) for ago in range(HOURS - 1, -1, -1)
    ]
    assert sums(told)[:2] == (1 + 4 + 16, 2 + 8 + 32)


def test_a_day_of_25_hours_is_whole() -> None:
    evening = datetime(2026, 10, 25, 23, 30, tzinfo=STOCKHOLM)
    midnight = datetime(2026, 10, 25, tzinfo=STOCKHOLM)
    assert of_hours([Hour(midnight, 1, 1)], evening).delivered_today == 1


def test_a_kommun_is_told_of_its_own_orders(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10, ("50301", "A1"): 5})
    store(database, an_order(("A1", 1)), own_store_order(("A1", 1)), a_lagerflytt(("A1", 2), receiver_code="50401"))
    run_all(database)
    with database.transaction() as tx:
        karlstad, kil = (kommun_trend(tx, kommun, datetime.now(UTC)) for kommun in ("Karlstad", "Kil"))
    assert (sums(karlstad), karlstad.more) == ((3, 3, 3), False)
    assert (sums(kil), kil.more) == ((1, 1, 1), False)
    assert karlstad.hours[-1].at <= datetime.now(UTC)


def test_a_kommuns_trend_says_that_there_was_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.kommun_trend.MOST_LOOKED_AT", 3)
    a_world(database, stock={("10", "A1"): 10})
    store(database, *(an_order(("A1", 1)) for _ in range(4)))
    with database.transaction() as tx:
        told = kommun_trend(tx, "Karlstad", datetime.now(UTC))
    assert (sums(told), told.more) == ((3, 0, 0), True)
