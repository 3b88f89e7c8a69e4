"""Which days does a list ask about? Two fields of an address, `fran` and `till`; the last days where they are empty."""

from datetime import date, datetime, timedelta

from backoffice.api.problems import Problem
from backoffice.json_text import STOCKHOLM
from workflows.period import Period


def asked_period(first: str, last: str, days: int) -> Period:
    """From and to those days, both inclusive. Raises Problem 422 for what is no day, or ends before it begins."""
    today = datetime.now(STOCKHOLM).date()
    ends = _day(last) or today
    period = Period(_day(first) or ends - timedelta(days=days - 1), ends)
    if period.is_empty:
        raise Problem(422, "empty-period", "Perioden slutar innan den börjar (the period ends before it begins)")
    return period


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not 1900 <= day.year < 9000:
        raise Problem(422, "malformed-day", "Skriv dagen som ÅÅÅÅ-MM-DD (write the day as YYYY-MM-DD)")
    return day
