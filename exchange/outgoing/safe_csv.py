"""How is a table written so that a Swedish spreadsheet shows it and runs nothing of it? As CSV with semicolons, UTF-8
with a BOM.

Every cell is quoted; text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
Next: whole_file.py.
"""

from collections.abc import Iterable, Sequence
from typing import TextIO

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that begin a formula; the last four are full-width ones, which some programs take for the same."""


def safe_cell(value: object) -> str:
    """The value as a cell's text, "" for None; numbers are numbers, and no text is a formula."""
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def begin_table(handle: TextIO, headings: Sequence[str]) -> None:
    """Write what a table begins with: the BOM, and its headings."""
    handle.write(BOM)
    write_rows(handle, [headings])


def write_rows(handle: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write rows, each ended by CR LF (RFC 4180). The handle must not translate newlines."""
    for row in rows:
        quoted = ('"' + safe_cell(value).replace('"', '""') + '"' for value in row)
        handle.write(";".join(quoted) + "\r\n")
