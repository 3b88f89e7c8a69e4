"""How is a document of ours written as JSON? For the command line's `--json` and for the API: moments in
Europe/Stockholm with their offset, days as YYYY-MM-DD."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def json_text(document: object, *, indent: int | None = None) -> str:
    """The document as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=indent, default=_as_text)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(STOCKHOLM).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
