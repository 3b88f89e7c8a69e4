"""Which columns has a table of somebody else's? Its header, before anybody knows what the columns mean.

For who builds a mapping: names alone, never a value of a row. Next: dialect.py and xlsx_file.py, which read by it.
"""

from pathlib import Path
from typing import NamedTuple

from exchange.incoming.dialect import header_and_separator
from exchange.incoming.raw_row import UnusableFile
from exchange.incoming.xlsx_file import header_of_sheet
from exchange.shape_check import shown_name

MOST_COLUMNS = 200
_ZIP = b"PK\x03\x04"


class ColumnsSeen(NamedTuple):
    """The columns' names in their order; the separator of a CSV file, or the sheet of a workbook and all its sheets."""

    names: list[str]
    separator: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()


def columns_seen(path: Path, sheet: str | None = None) -> ColumnsSeen:
    """What stands in the header. A name that may be somebody's number is left out: then the file has no header.

    Raises UnusableFile where it is no table.
    """
    with path.open("rb") as file:
        start = file.read(1 << 12).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        raise UnusableFile("En JSON-fil har inga kolumner att välja.", "A JSON file has no columns to choose.")
    if start.startswith(_ZIP):
        header, sheet, sheets = header_of_sheet(path, sheet)
        return ColumnsSeen(_names(header), sheet=sheet, sheets=sheets)
    header, separator = header_and_separator(path)
    return ColumnsSeen(_names(header), separator=separator)


def _names(header: list[str]) -> list[str]:
    names = [" ".join(cell.split()) for cell in header[:MOST_COLUMNS] if cell.strip()]
    seen = [name for name in names if name and shown_name(name) == name]
    if not seen:
        raise UnusableFile("Filen har ingen rubrikrad.", "The file has no header.")
    return seen
