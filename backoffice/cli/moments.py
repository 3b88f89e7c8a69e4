"""When does a person mean? Days and moments given on the command line, in Europe/Stockholm."""

import re
from datetime import date, datetime

import typer

from backoffice.json_text import STOCKHOLM

_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def moment(text: str) -> datetime:
    """`2026-11-20 14:05`, with seconds and offset if wanted, or `14:05` today. Ends the command for anything else."""
    try:
        if _CLOCK.fullmatch(text):
            hour, minute = map(int, text.split(":"))
            return datetime.now(STOCKHOLM).replace(hour=hour, minute=minute, second=0, microsecond=0)
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given is None or ":" not in text:
        raise typer.BadParameter(f"{text!r}: skriv ÅÅÅÅ-MM-DD TT:MM eller TT:MM (write YYYY-MM-DD HH:MM or HH:MM)")
    return given if given.tzinfo else given.replace(tzinfo=STOCKHOLM)


def day(text: str) -> date:
    """`2026-11-20`. Ends the command for anything else."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r}: skriv ÅÅÅÅ-MM-DD (write YYYY-MM-DD)")
