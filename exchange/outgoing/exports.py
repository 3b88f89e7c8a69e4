"""How does an export become a file that a Swedish Excel opens? CSV in UTF-8 with a BOM, separated by semicolons.

Rows are written as they are read, to a file of another name that takes its own when it is whole. Next:
workflows/exports.py (the rows).
"""

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from config.database import Database
from workflows.exports import EXPORTS, export_rows, is_known_kommun
from workflows.period import Period

_FORMULA = re.compile(r"[=+\-@\t\r]")
_TOLD_EVERY = 10_000


class UnknownKommun(Exception):
    """Ingen enhet och inget lager har den kommunen (no vårdenhet and no store is that kommun's)."""


class UnwritableFile(Exception):
    """The file cannot be written; the text says why, in two languages."""


def write_export(
    database: Database, name: str, kommun: str, period: Period, out: Path, told: Callable[[int], object] = bool
) -> int:
    """Write the export `name` of one kommun and period to `out`; returns its rows. `told` hears how many so far.

    The same export of the same data has the same bytes. Raises UnknownKommun and UnwritableFile; then `out` is what
    it was.
    """
    with database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        if not is_known_kommun(tx, kommun):
            raise UnknownKommun(UnknownKommun.__doc__)
        try:
            return write_whole(out, EXPORTS[name].headings, export_rows(tx, name, kommun, period), told)
        except OSError as error:
            raise UnwritableFile(f"{out.name} kan inte skrivas: {error.strerror} (cannot be written)") from None


def write_whole(
    out: Path, headings: Sequence[str], rows: Iterable[Sequence[object]], told: Callable[[int], object] = bool
) -> int:
    """Write a table to `out`, whole or not at all; returns its rows, the headings aside."""
    written = 0
    handle, unfinished = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            os.fchmod(handle, 0o640)
            writer = csv.writer(file, delimiter=";")
            writer.writerow(headings)
            for row in rows:
                writer.writerow([_cell(value) for value in row])
                written += 1
                if written % _TOLD_EVERY == 0:
                    told(written)
            file.flush()
            os.fsync(handle)
        Path(unfinished).replace(out)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return written


def _cell(value: object) -> object:
    """Text that a spreadsheet would take for a formula begins with an apostrophe; numbers are numbers."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return "" if value is None else value
