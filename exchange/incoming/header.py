"""Where in a table does each of our columns stand? Read from its header; what is wrong with it is one error.

Names are compared without regard to case and surrounding blanks. CSV and XLSX share this.
Next: columns.py (our columns), ../mapping.py (columns of other names).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from unicodedata import normalize

from exchange.incoming.columns import COLUMNS, REQUIRED_COLUMNS
from exchange.incoming.raw_row import UnusableFile
from exchange.mapping import FileMapping
from exchange.shape_check import shown_name


def wanted_columns(mapping: FileMapping | None) -> Mapping[str, str]:
    """Our columns, each with its name in the file."""
    return mapping.columns if mapping else {column: column for column in COLUMNS}


def positions(header: Sequence[str], mapping: FileMapping | None) -> dict[str, int]:
    """Our columns as far as the header has them, each with its position."""
    stands_at = {_name(cell): position for position, cell in enumerate(header)}
    wanted = wanted_columns(mapping).items()
    return {ours: stands_at[_name(theirs)] for ours, theirs in wanted if _name(theirs) in stands_at}


def refuse_unfit(header: Sequence[str], mapping: FileMapping | None) -> None:
    """Raise UnusableFile naming every column that is missing, twice or (without a mapping) unknown."""
    wanted = wanted_columns(mapping)
    needed = wanted.values() if mapping else REQUIRED_COLUMNS
    times = Counter(map(_name, header))
    names = {_name(theirs) for theirs in wanted.values()}
    faults = (
        ("saknas", "missing", [name for name in needed if not times[_name(name)]]),
        ("står två gånger", "twice", [name for name in wanted.values() if times[_name(name)] > 1]),
        ("finns inte", "unknown", [] if mapping else [cell for cell in header if _name(cell) not in names]),
    )
    found = [
        (sv, en, ", ".join(shown_name(cell.strip()) or '""' for cell in cells)) for sv, en, cells in faults if cells
    ]
    if found:
        raise UnusableFile(
            "Filens kolumner stämmer inte: " + "; ".join(f"{sv}: {cells}" for sv, _, cells in found) + ".",
            "The columns of the file do not fit: " + "; ".join(f"{en}: {cells}" for _, en, cells in found) + ".",
        )


def _name(cell: str) -> str:
    return normalize("NFC", cell).strip().casefold()
