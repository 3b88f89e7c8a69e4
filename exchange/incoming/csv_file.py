"""How is a CSV file read? Row by row in constant memory, in the dialect that was recognised.

A row that cannot be read takes no other row with it. Next: dialect.py; table_order.py (the order of rows).
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import ClassVar, Self, TextIO

from exchange.incoming.dialect import Dialect, open_text, recognise
from exchange.incoming.raw_row import (
    LONGEST_ROW,
    TOO_LONG,
    UNDECODABLE,
    Payload,
    RawRow,
    readable_id,
    unreadable,
)
from exchange.incoming.table_order import read_table_order
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest
from exchange.shape_check import Expected
from workflows.violations import Violation

_LOST_LETTERS = re.compile("[\udc80-\udcff\ufffd]")
_CELLS = Expected(
    f"ska ha citattecken som stängs, och högst {csv.field_size_limit()} tecken i en cell",
    f"must close its quotes, and have at most {csv.field_size_limit()} characters in a cell",
)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file of order lines, one a row, under a header."""

    path: Path
    dialect: Dialect
    mapping: FileMapping | None
    sheet: ClassVar[None] = None

    @classmethod
    def open(cls, path: Path, mapping: FileMapping | None) -> Self:
        """The file at `path`, its dialect recognised. Raises UnusableFile."""
        return cls(path, recognise(path, mapping), mapping)

    def rows(self) -> Iterator[RawRow]:
        """Every row under the header that is not blank; payload: our column → text, without blank cells."""
        with open_text(self.path, self.dialect.encoding, self.dialect.bom_length) as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=self.dialect.separator, strict=True)
            header_passed = False
            for row_no in count(1):
                lines.begin_row()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, _TooLong) as error:
                    yield self._unreadable(row_no, lines, TOO_LONG if isinstance(error, _TooLong) else _CELLS)
                    continue
                if not any(map(str.strip, cells)):
                    continue
                if header_passed:
                    yield self._row(row_no, cells, lines)
                header_passed = True

    def order(
        self,
        rows: Sequence[tuple[int, Payload]],
        *,
        today: date,
        reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    ) -> OrderRequest | list[Violation]:
        """The order of the rows (row number, payload) that share an external id, or its violations."""
        return read_table_order(rows, self.mapping, today=today, reservnummer_patterns=reservnummer_patterns)

    def _row(self, row_no: int, cells: Sequence[str], lines: "_Lines") -> RawRow:
        if len(cells) != self.dialect.width:
            return self._unreadable(row_no, lines, self._as_wide_as_the_header(len(cells)))
        text = "".join(lines.of_row)
        raw = self.dialect.encode(text)
        if not text.isascii() and _LOST_LETTERS.search(text):
            return unreadable(row_no, raw, UNDECODABLE, self._external_id(cells))
        columns = self.dialect.positions
        payload = {column: cell for column, position in columns if (cell := cells[position].strip())}
        return RawRow(row_no, readable_id(payload.get("external_id")), payload, raw)

    def _unreadable(self, row_no: int, lines: "_Lines", expected: Expected) -> RawRow:
        """The first line of a row that is broken somewhere; the lines after it may be rows of their own.

        The external id is read as well as it can be, so that the order is not taken without the row.
        """
        line = lines.end_row_with_its_first_line()
        cells = [cell.strip(' \t\r\n"') for cell in line.split(self.dialect.separator)]
        return unreadable(row_no, self.dialect.encode(line), expected, self._external_id(cells))

    def _external_id(self, cells: Sequence[str]) -> str | None:
        position = dict(self.dialect.positions)["external_id"]
        return cells[position] if position < len(cells) else None

    def _as_wide_as_the_header(self, cells: int) -> Expected:
        width = self.dialect.width
        return Expected(
            f"ska ha {width} kolumner som rubrikraden, men har {cells}",
            f"must have {width} columns like the header, but has {cells}",
        )


class _TooLong(Exception):
    """The row is longer than any row of orders."""


class _Lines(Iterator[str]):
    """The lines of a file, remembering which of them make up the row at hand.

    A quote that is never closed swallows line after line; they are given back and read again as rows.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._length = 0
        self.of_row: list[str] = []

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read_line()
        if not line:
            raise StopIteration
        self.of_row.append(line)
        self._length += len(line)
        if self._length > LONGEST_ROW:
            raise _TooLong
        return line

    def begin_row(self) -> None:
        """The next line begins a row."""
        self.of_row = []
        self._length = 0

    def end_row_with_its_first_line(self) -> str:
        """Give back the other lines, to be read again; return the first."""
        self._again.extendleft(reversed(self.of_row[1:]))
        return self.of_row[0]

    def _read_line(self) -> str:
        """The next line, of a line that is too long its beginning."""
        line = rest = self._file.readline(LONGEST_ROW + 1)
        while len(rest) > LONGEST_ROW and not rest.endswith(("\n", "\r")):
            rest = self._file.readline(LONGEST_ROW + 1)
        return line
