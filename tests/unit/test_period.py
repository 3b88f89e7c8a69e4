"""Which moments belong to a day in Stockholm? Also the days of 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from workflows.period import EVER, Period


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2026, 11, 20), datetime(2026, 11, 19, 23, tzinfo=UTC), 24),
        (date(2026, 7, 1), datetime(2026, 6, 30, 22, tzinfo=UTC), 24),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_day_is_whole(day: date, begins: datetime, hours: int) -> None:
    period = Period(day, day)

    assert period.begins == begins
    assert period.ends.astimezone(UTC) - period.begins.astimezone(UTC) == timedelta(hours=hours)


def test_days_follow_each_other_without_gap_or_overlap() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert all(Period(None, day).ends == Period(day + timedelta(days=1), None).begins for day in days)


def test_a_period_without_ends_holds_every_moment() -> None:
    assert EVER.begins < datetime(2000, 1, 1, tzinfo=UTC) < datetime(2999, 1, 1, tzinfo=UTC) < EVER.ends
    assert not EVER.is_empty
    assert Period(date(2026, 1, 2), date(2026, 1, 1)).is_empty
    assert not Period(date(2026, 1, 1), date(2026, 1, 1)).is_empty
