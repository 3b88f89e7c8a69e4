"""What does a file of counted quantities say? One row an article, or one a serial number; a blank row says nothing.

Next: master_rows.py (how the file is read), workflows/counts/entering.py.
"""

import re
from pathlib import Path
from typing import NamedTuple

from exchange.incoming.raw_row import UnusableFile
from exchange.master_rows import Column, FileProblem, Problems, Table, read_table
from exchange.shape_check import Expected, code
from workflows.counts.entering import Entry

MOST_UNITS = 1_000_000
_UNITS = re.compile(r"[0-9]{1,7}")
_A_QUANTITY = Expected(
    f"ska vara ett heltal från 0 till {MOST_UNITS}", f"must be a whole number from 0 to {MOST_UNITS}"
)
_ONE_EACH = Expected("ett individnummer är en enhet", "a serial number is one unit")
_BOTH = Expected(
    "artikeln har både rader med och utan individnummer", "the article has rows with and without a serial number"
)


class CountFileProblems(Exception):
    """The file of counted quantities cannot be taken; `problems` say where and why."""

    def __init__(self, problems: list[FileProblem]) -> None:
        super().__init__(f"{self.__doc__} ({len(problems)})")
        self.problems = tuple(problems)


class _CountRow(NamedTuple):
    article: str
    quantity: int | None
    serial_number: str | None


def _quantity(value: object) -> int | Expected:
    text = str(value).strip()
    units = int(text) if _UNITS.fullmatch(text) else MOST_UNITS + 1
    return units if units <= MOST_UNITS else _A_QUANTITY


_COUNTS = Table(
    _CountRow,
    {
        "article": Column(code(64), required=True, filled=True),
        "quantity": Column(_quantity),
        "serial_number": Column(code(64)),
    },
    key=("article", "serial_number"),
    disagreements=lambda row: (
        [("quantity", _ONE_EACH)] if row["serial_number"] and row["quantity"] not in (None, 1) else []
    ),
)


def read_count_file(path: Path) -> list[Entry]:
    """The entries of the CSV file at `path` (article, quantity, serial_number), in its order.

    Raises UnusableFile where there is none, and CountFileProblems with every problem of every row.
    """
    if not path.is_file():
        raise UnusableFile(f"Filen {path.name} går inte att läsa.", f"The file {path.name} cannot be read.")
    found: list[FileProblem] = []
    problems = Problems(path.name, found)
    quantities: dict[str, int] = {}
    serials: dict[str, list[str]] = {}
    for row in read_table(path, _COUNTS, problems):
        if row.serial_number is not None:
            serials.setdefault(row.article, []).append(row.serial_number)
        elif row.quantity is not None:
            quantities[row.article] = row.quantity
    for article in sorted(quantities.keys() & serials.keys()):
        problems.add(0, article, _BOTH)
    if found:
        raise CountFileProblems(found)
    return [Entry(article, units) for article, units in quantities.items()] + [
        Entry(article, len(numbers), tuple(numbers)) for article, numbers in serials.items()
    ]
