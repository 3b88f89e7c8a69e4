"""Which moments belong to a period of days? Days are those of Europe/Stockholm, both inclusive."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_FIRST_MOMENT, _LAST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Period(NamedTuple):
    """The first and the last day; None is open."""

    first: date | None = None
    last: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it ends before it begins."""
        return self.first is not None and self.last is not None and self.last < self.first

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return _FIRST_MOMENT if self.first is None else _midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment after it: a day of 23 or 25 hours is whole."""
        return _LAST_MOMENT if self.last is None else _midnight(self.last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _STOCKHOLM)


EVER = Period()
"""The period that has no ends."""
