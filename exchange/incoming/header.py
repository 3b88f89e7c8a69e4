"""Where in a table does each of our columns stand? Read from its header; what is wrong with it is one error.

Names are compared without regard to case, and to blanks and line breaks beyond one blank. CSV and XLSX share this.
Next: columns.py (our columns), ../mapping.py (columns of other names).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import normalize

from exchange.incoming.columns import COLUMNS, REQUIRED_COLUMNS
from exchange.incoming.raw_row import UnusableFile
from exchange.mapping import FileMapping
from exchange.shape_check import shown_name

_LONGEST_SHOWN = 40


def wanted_columns(mapping: FileMapping | None) -> Mapping[str, str]:
    """Our columns, each with its name in the file."""
    return mapping.columns if mapping else {column: column for column in COLUMNS}


def positions(header: Sequence[str], mapping: FileMapping | None) -> dict[str, int]:
    """Our columns as far as the header has them, each with its position."""
    stands_at = {_name(cell): position for position, cell in enumerate(header)}
    wanted = wanted_columns(mapping).items()
    return {ours: stands_at[_name(theirs)] for ours, theirs in wanted if _name(theirs) in stands_at}


def lacks_nothing(header: Sequence[str], mapping: FileMapping | None) -> bool:
    """Whether every column that is needed has its name in the header."""
    names = set(map(_name, header))
    return all(_name(each) in names for each in _needed_columns(mapping))


def refuse_unfit(header: Sequence[str], mapping: FileMapping | None) -> None:
    """Raise UnusableFile naming every column that is missing, twice or (without a mapping) unknown."""
    wanted = wanted_columns(mapping)
    times = Counter(map(_name, header))
    names = {_name(theirs) for theirs in wanted.values()}
    faults = (
        ("saknas", "missing", [name for name in _needed_columns(mapping) if not times[_name(name)]]),
        ("står två gånger", "twice", [name for name in wanted.values() if times[_name(name)] > 1]),
        ("finns inte", "unknown", [] if mapping else [cell for cell in header if _name(cell) not in names]),
    )
    found = [(sv, en, ", ".join(_shown(cell) or '""' for cell in cells)) for sv, en, cells in faults if cells]
    if found:
        raise UnusableFile(
            "Filens kolumner stämmer inte: " + "; ".join(f"{sv}: {cells}" for sv, _, cells in found) + ".",
            "The columns of the file do not fit: " + "; ".join(f"{en}: {cells}" for _, en, cells in found) + ".",
        )


def _needed_columns(mapping: FileMapping | None) -> Iterable[str]:
    return mapping.columns.values() if mapping else REQUIRED_COLUMNS


def _name(cell: str) -> str:
    return " ".join(normalize("NFC", cell).split()).casefold()


def _shown(cell: str) -> str:
    """The name as an error shows it: on one line, of a long one the beginning."""
    name = " ".join(cell.split())
    return shown_name(name) if len(name) <= _LONGEST_SHOWN else shown_name(name[: _LONGEST_SHOWN - 1]) + "…"
