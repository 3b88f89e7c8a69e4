"""When does a job of the day run next? At its Swedish time, on the next working day."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.settings import STANDING_HOURS, Settings
from workflows.schedule import JOBS, next_time, times_of
from workflows.working_days import STOCKHOLM, is_working_day

FIVE = time(5)


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-11-20 04:59", "2026-11-20 05:00"),
        ("2026-11-20 05:00", "2026-11-23 05:00"),
        ("2026-11-21 04:00", "2026-11-23 05:00"),
        ("2026-12-23 06:00", "2026-12-28 05:00"),
        ("2026-06-18 23:00", "2026-06-22 05:00"),
    ],
)
def test_a_job_runs_on_the_next_working_day_at_its_time(after: str, then: str) -> None:
    moments = [datetime.fromisoformat(each).replace(tzinfo=STOCKHOLM) for each in (after, then)]
    assert next_time(FIVE, moments[0]) == moments[1]


def test_the_time_is_that_of_the_wall_on_both_sides_of_a_change_of_clock() -> None:
    summer, winter = datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert next_time(FIVE, summer).astimezone(UTC) == datetime(2026, 10, 26, 4, tzinfo=UTC)
    assert next_time(FIVE, winter).astimezone(UTC) == datetime(2026, 3, 30, 3, tzinfo=UTC)


@given(st.integers(0, 10 * 365 * 24 * 60), st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_the_next_time_is_later_a_working_day_and_within_a_week(minutes: int, at: time) -> None:
    after = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    then = next_time(at, after)
    # In the hour that spring leaves out no job runs: it lies on a Sunday.
    assert after < then <= after + timedelta(days=7)
    assert is_working_day(then.astimezone(STOCKHOLM).date())
    assert then.astimezone(STOCKHOLM).time() == at


def test_every_job_has_a_time_in_the_settings_and_an_empty_one_is_never(monkeypatch: pytest.MonkeyPatch) -> None:
    assert times_of(Settings()) == {"refill": time(5), "notices": time(7)}
    assert tuple(times_of(Settings())) == JOBS
    monkeypatch.setenv("ORDERFLODE_REFILL_AT", "")
    monkeypatch.setenv("ORDERFLODE_NOTICES_AT", "06:45")
    assert times_of(Settings()) == {"refill": None, "notices": time(6, 45)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDERFLODE_NOTICES_AT", "25:00"),
        ("ORDERFLODE_NOTICES_AT", "07:00Z"),
        ("ORDERFLODE_REFILL_AT", "3600"),
        ("ORDERFLODE_CUT_OFF", ""),
        ("ORDERFLODE_CUT_OFF", "kvart över"),
        ("ORDERFLODE_LEAD_DAYS", "61"),
        ("ORDERFLODE_STANDING_HOURS", '{"plockad": 3}'),
        ("ORDERFLODE_STANDING_HOURS", '{"picked": 0}'),
    ],
)
def test_a_setting_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert refused.value.errors()[0]["loc"][0] == name


def test_a_limit_that_is_left_out_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERFLODE_STANDING_HOURS", '{"validated": 8}')
    assert Settings().standing_hours == STANDING_HOURS | {"validated": 8}
