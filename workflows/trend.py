"""How did orders come and go lately? By the hour, as the counts' changes were added up; nothing is counted.

Kept for two weeks (migrations/sql/0005_trend.sql). Next: order_counts.py, the counts themselves; kommun_trend.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from config.database import Connection
from workflows.working_days import STOCKHOLM

HOURS = 24
"""So many hours are told, the present one included."""


@dataclass(frozen=True, slots=True)
class Hour:
    """How many orders came in and were delivered within an hour; `at` is when it began."""

    at: datetime
    received: int = 0
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class Trend:
    """The last HOURS hours, the present one last; how many were delivered today, which began at midnight in Sweden."""

    hours: list[Hour]
    delivered_today: int
    changed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By how much the orders of each (type, state) became more in those hours; empty where it is not kept."""
    more: bool = False
    """Whether there were more than those that are told."""


def trend(tx: Connection, now: datetime) -> Trend:
    """The whole region's: exact for the moment, since what is not rolled up yet is of the present hour."""
    since = first_told(now)
    rows = tx.execute(
        "SELECT hour, order_type, state, orders FROM order_count_hour WHERE hour >= %s "
        "UNION ALL SELECT %s, order_type, state, sum(orders)::bigint FROM order_count_change GROUP BY 2, 3",
        (since, _hour_of(now)),
    ).fetchall()
    changed: dict[tuple[str, str], int] = {}
    hours: dict[datetime, Hour] = {}
    for at, order_type, state, orders in rows:
        before = hours.get(at, Hour(at))
        went = orders if state == "delivered" else 0
        # What one state loses another gains: all together are those that came in.
        hours[at] = Hour(at, before.received + orders, before.delivered + went)
        if at > _hour_of(now) - timedelta(hours=HOURS):
            changed[order_type, state] = changed.get((order_type, state), 0) + orders
    return of_hours(list(hours.values()), now, changed=changed)


def first_told(now: datetime) -> datetime:
    """The hour with which a trend begins: so many ago, or midnight on a day that has 25."""
    return min(_hour_of(now) - timedelta(hours=HOURS - 1), _midnight(now))


def of_hours(
    hours: list[Hour], now: datetime, *, changed: Mapping[tuple[str, str], int] | None = None, more: bool = False
) -> Trend:
    """The trend of what happened in the hours since first_told; those in which nothing happened may be left out."""
    found = {each.at.astimezone(UTC): each for each in hours}
    last = _hour_of(now)
    told = [last - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    today = sum(each.delivered for at, each in found.items() if at >= _midnight(now))
    return Trend([found.get(at, Hour(at)) for at in told], today, changed or {}, more)


def _hour_of(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(STOCKHOLM), time(), STOCKHOLM).astimezone(UTC)
