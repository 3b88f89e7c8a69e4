"""When does a person mean? Moments and days of the command line, in Stockholm's time."""

from datetime import UTC, date, datetime

import pytest
import typer

from backoffice.cli.moments import day, moment
from backoffice.json_text import STOCKHOLM


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20 14:05", datetime(2026, 11, 20, 13, 5, tzinfo=UTC)),
        ("2026-07-01T14:05:30", datetime(2026, 7, 1, 12, 5, 30, tzinfo=UTC)),
        ("2026-07-01T14:05+00:00", datetime(2026, 7, 1, 14, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_is_here_unless_it_says_where(text: str, meant: datetime) -> None:
    assert moment(text) == meant


def test_a_time_of_day_is_today() -> None:
    assert moment("8:05").astimezone(STOCKHOLM).strftime("%H:%M:%S") == "08:05:00"
    assert moment("08:05").astimezone(STOCKHOLM).date() == datetime.now(STOCKHOLM).date()


@pytest.mark.parametrize("text", ["igår", "2026-11-20", "25:00", "20261120", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment(text)


def test_a_day_is_written_in_one_way() -> None:
    assert day("2026-02-28") == date(2026, 2, 28)
    for wrong in ("2026-02-30", "20260228", "2026-W09-6", "28/2"):
        with pytest.raises(typer.BadParameter):
            day(wrong)
