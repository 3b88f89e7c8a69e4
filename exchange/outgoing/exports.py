"""How does an export become a file that a Swedish Excel opens? Its rows are written as they are read.

Next: safe_csv.py and whole_file.py (how), workflows/exports.py (the rows).
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from config.database import Database
from exchange.outgoing.safe_csv import begin_table, write_rows
from exchange.outgoing.whole_file import OWNER_AND_GROUP, whole_file
from workflows.exports import EXPORTS, export_rows, is_known_kommun
from workflows.period import Period

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
    """Write a table to `out`, whole or not at all; returns its rows, the headings aside. Raises OSError."""
    written = 0
    with whole_file(out, mode=OWNER_AND_GROUP) as file:
        begin_table(file, headings)
        for row in rows:
            write_rows(file, [row])
            written += 1
            if written % _TOLD_EVERY == 0:
                told(written)
    return written
