"""Is a promise a day somebody works and drives, never too early, and never earlier for who came later?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.working_days import (
    STOCKHOLM,
    Lead,
    after_working_days,
    end_of_day,
    is_working_day,
    promised_day,
    tour_day_from,
    working_day_from,
    working_days_between,
)

NOON = Lead(0, time(12))
MOMENTS = st.integers(0, 12 * 365 * 86_400).map(
    lambda seconds: (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(STOCKHOLM)
)
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
LEADS = st.lists(st.builds(Lead, st.integers(0, 60), st.times()), min_size=1, max_size=4)
TOURS = st.frozensets(st.integers(1, 7))
WANTED = st.none() | DAYS


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=STOCKHOLM)


def in_days(received: str, days: int, tour: set[int] | None = None, wanted: str | None = None) -> str:
    """The promise for goods of so many working days, cut off at noon."""
    day = date.fromisoformat(wanted) if wanted else None
    return promised_day(at(received), [Lead(days, time(12))], frozenset(tour or ()), day).isoformat()


@given(MOMENTS, LEADS, TOURS, WANTED)
def test_a_promise_is_never_a_day_off(
    received: datetime, leads: list[Lead], tour: frozenset[int], wanted: date | None
) -> None:
    assert is_working_day(promised_day(received, leads, tour, wanted))


@given(MOMENTS, LEADS, TOURS, WANTED)
def test_a_promise_is_a_day_of_the_tour_that_somebody_works(
    received: datetime, leads: list[Lead], tour: frozenset[int], wanted: date | None
) -> None:
    driven = tour & {1, 2, 3, 4, 5}
    assert not driven or promised_day(received, leads, tour, wanted).isoweekday() in driven


@given(MOMENTS, LEADS, TOURS, WANTED)
def test_a_promise_is_never_before_the_lead_of_any_line_nor_before_the_wanted_day(
    received: datetime, leads: list[Lead], tour: frozenset[int], wanted: date | None
) -> None:
    promise = promised_day(received, leads, tour, wanted)
    for lead in leads:
        # The day of receipt counts as day 0 when it was worked and not yet too late.
        counted = working_days_between(received.date(), promise)
        counts_today = is_working_day(received.date()) and received.time() <= lead.cut_off
        assert counted >= lead.working_days + (0 if counts_today else 1)
    assert wanted is None or promise >= wanted


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)), LEADS, TOURS, WANTED)
def test_who_comes_later_is_never_promised_earlier(
    received: datetime, later: timedelta, leads: list[Lead], tour: frozenset[int], wanted: date | None
) -> None:
    after = (received.astimezone(UTC) + later).astimezone(STOCKHOLM)
    # Also in the hour that a clock shows twice in autumn, when a later moment shows an earlier time.
    assert promised_day(after, leads, tour, wanted) >= promised_day(received, leads, tour, wanted)


@given(MOMENTS, LEADS, TOURS)
def test_the_longest_line_governs(received: datetime, leads: list[Lead], tour: frozenset[int]) -> None:
    together = promised_day(received, leads, tour)
    assert together == max(promised_day(received, [lead], tour) for lead in leads)


@given(DAYS, st.integers(0, 60))
def test_working_days_are_counted_as_they_are_added(day: date, count: int) -> None:
    start = working_day_from(day)
    assert working_days_between(start, after_working_days(day, count)) == count
    assert working_days_between(after_working_days(day, count), start) == -count


@pytest.mark.parametrize(
    "day_off",
    ["2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-06-19", "2026-12-24", "2026-12-25", "2026-12-31"],
)
def test_public_holidays_and_the_three_eves_are_days_off(day_off: str) -> None:
    assert not is_working_day(date.fromisoformat(day_off))


@pytest.mark.parametrize("half_day", ["2026-01-05", "2026-04-02", "2026-04-30", "2026-05-15", "2026-10-30"])
def test_half_days_and_squeeze_days_are_worked(half_day: str) -> None:
    assert is_working_day(date.fromisoformat(half_day))


@pytest.mark.parametrize(
    ("received", "days", "promise"),
    [
        ("2026-11-20 11:59:59", 0, "2026-11-20"),
        ("2026-11-20 12:00:00", 0, "2026-11-20"),
        ("2026-11-20 12:00:01", 0, "2026-11-23"),
        ("2026-11-21 09:00:00", 0, "2026-11-23"),
        ("2026-11-21 23:00:00", 1, "2026-11-24"),
        ("2026-11-20 09:00:00", 5, "2026-11-27"),
        # Easter: Good Friday and Easter Monday.
        ("2026-04-01 09:00:00", 2, "2026-04-07"),
        ("2026-04-02 13:00:00", 1, "2026-04-08"),
        # Midsummer Eve is a day off.
        ("2026-06-18 13:00:00", 0, "2026-06-22"),
        ("2026-06-17 09:00:00", 2, "2026-06-22"),
        # Christmas to New Year: 24, 25 and 31 December and 1 January are off.
        ("2026-12-23 09:00:00", 1, "2026-12-28"),
        ("2026-12-23 13:00:00", 3, "2027-01-04"),
        # Summer time begins (29 March 2026) and ends (25 October 2026): the wall clock counts.
        ("2026-03-27 12:30:00", 1, "2026-03-31"),
        ("2026-10-23 12:30:00", 1, "2026-10-27"),
    ],
)
def test_a_promise_counts_working_days_from_the_day_of_receipt(received: str, days: int, promise: str) -> None:
    assert in_days(received, days) == promise


def test_the_cut_off_hour_is_swedish_time_on_both_sides_of_a_change_of_clock() -> None:
    # 10:30 UTC is 11:30 in winter and 12:30 in summer.
    winter, summer = datetime(2026, 3, 27, 10, 30, tzinfo=UTC), datetime(2026, 3, 30, 10, 30, tzinfo=UTC)
    assert promised_day(winter.astimezone(STOCKHOLM), [NOON]) == date(2026, 3, 27)
    assert promised_day(summer.astimezone(STOCKHOLM), [NOON]) == date(2026, 3, 31)


def test_a_promise_moves_forward_to_the_day_of_the_tour() -> None:
    assert in_days("2026-11-20 09:00:00", 1, {1, 4}) == "2026-11-23"
    assert in_days("2026-11-20 13:00:00", 1, {1, 4}) == "2026-11-26"
    # The Thursday of the tour is Ascension Day, the next one is worked.
    assert in_days("2026-05-11 09:00:00", 1, {4}) == "2026-05-21"


def test_a_tour_of_days_that_nobody_works_drives_on_any_working_day() -> None:
    assert tour_day_from(date(2026, 11, 21), frozenset({6, 7})) == date(2026, 11, 23)


def test_a_later_wanted_day_moves_the_promise_and_an_earlier_one_does_not() -> None:
    assert in_days("2026-11-20 09:00:00", 1, wanted="2026-11-20") == "2026-11-23"
    assert in_days("2026-11-20 09:00:00", 1, wanted="2026-12-05") == "2026-12-07"
    assert in_days("2026-11-20 09:00:00", 1, {3}, wanted="2026-12-24") == "2026-12-30"


def test_a_wanted_day_at_the_end_of_the_calendar_promises_nothing_impossible() -> None:
    assert in_days("2026-11-20 09:00:00", 1, wanted="9999-12-31") == "2026-11-23"


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 11, 20), "2026-11-20 22:59:59.999999"),
        (date(2026, 7, 1), "2026-07-01 21:59:59.999999"),
        (date(2026, 10, 25), "2026-10-25 22:59:59.999999"),
    ],
)
def test_a_promised_day_ends_at_its_swedish_midnight(day: date, utc: str) -> None:
    assert end_of_day(day).astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)
