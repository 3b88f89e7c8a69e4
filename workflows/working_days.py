"""Which days are worked, and by which day are goods promised? Pure: Sweden's calendar and the rule of the promise.

Days off are Saturdays, Sundays, the public holidays and Midsummer Eve, Christmas Eve and New Year's Eve; half days are
worked. Next: promises.py, which promises the orders of a cohort.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

URGENT = timedelta(hours=24)
"""An akut order is promised so long after it was received, whatever it asks for."""

_DAY = timedelta(days=1)
_LAST_MOMENT = time(23, 59, 59, 999_999)
_MOST_YEAR = 9_998


class Lead(NamedTuple):
    """How soon: working days after the day the order counts as received; from the cut-off hour on, the next one."""

    working_days: int
    cut_off: time


def is_working_day(day: date) -> bool:
    """Whether the stores work that day."""
    return day.isoweekday() < 6 and day not in _days_off(day.year)


@lru_cache(maxsize=64)
def _days_off(year: int) -> frozenset[date]:
    # Not above: every command would take 0.05 s to load what few of them ask for.
    from holidays.countries.sweden import Sweden

    return frozenset(Sweden(years=year, categories=("public", "de_facto"), expand=False))


def working_day_from(day: date) -> date:
    """The day itself if it is worked, else the next one that is."""
    while not is_working_day(day):
        day += _DAY
    return day


def after_working_days(day: date, count: int) -> date:
    """The working day that is `count` working days after `day`; a day off counts as the working day after it."""
    day = working_day_from(day)
    for _ in range(count):
        day = working_day_from(day + _DAY)
    return day


def working_days_between(earlier: date, later: date) -> int:
    """How many working days lie after `earlier` and not after `later`; negative if they are the other way round."""
    if later < earlier:
        return -working_days_between(later, earlier)
    return sum(is_working_day(earlier + _DAY * n) for n in range(1, (later - earlier).days + 1))


@lru_cache(maxsize=4_096)
def start_day(received_on: date, *, late: bool) -> date:
    """The working day an order counts from; `late`: it came after the cut-off hour."""
    return working_day_from(received_on + _DAY if late else received_on)


@lru_cache(maxsize=4_096)
def lead_day(received_on: date, late: bool, working_days: int) -> date:
    """The earliest day of a promise."""
    return after_working_days(start_day(received_on, late=late), working_days)


@lru_cache(maxsize=4_096)
def tour_day_from(day: date, tour: frozenset[int]) -> date:
    """The first working day from `day` on that the tour drives (ISO weekdays).

    A tour of no day, or of days that are never worked, drives whenever somebody works.
    """
    driven = tour & {1, 2, 3, 4, 5}
    day = working_day_from(day)
    while driven and day.isoweekday() not in driven:
        day = working_day_from(day + _DAY)
    return day


def promised_day(
    received: datetime, leads: Iterable[Lead], tour: frozenset[int] = frozenset(), wanted: date | None = None
) -> date:
    """The day by which goods are promised: the longest lead governs, then the tour; a later `wanted` day moves it.

    `received` is in Swedish time; `leads` are those of the lines, at least one.
    """
    received_on, at = received.date(), received.time()
    day = max([lead_day(received_on, at > cut_off, working_days) for working_days, cut_off in leads])
    if wanted is not None and wanted > day and wanted.year < _MOST_YEAR:
        day = wanted
    return tour_day_from(day, tour)


@lru_cache(maxsize=4_096)
def end_of_day(day: date) -> datetime:
    """The last moment of the day in Sweden."""
    return datetime.combine(day, _LAST_MOMENT, STOCKHOLM)
