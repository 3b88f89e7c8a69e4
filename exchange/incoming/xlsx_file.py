"""How is a sheet of an .xlsx file read? Row by row under its header, each cell as the text it would have in CSV.

Row numbers are those that the spreadsheet shows. Next: workbook.py (the cells); table_order.py (the order of rows).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Self

from exchange.incoming.columns import DATE_COLUMNS
from exchange.incoming.header import lacks_nothing, positions, refuse_unfit, wanted_columns
from exchange.incoming.raw_row import LONGEST_ROW, TOO_LONG, Payload, RawRow, UnusableFile, readable_id, unreadable
from exchange.incoming.table_order import read_table_order
from exchange.incoming.workbook import Cells, Sheet, Workbook
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest
from exchange.shape_check import Expected, shown_name
from workflows.violations import Violation, violation

_ROWS_BEFORE_THE_HEADER = 20
"""Filled rows that may stand above it: a title, a date, how to fill in the form."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand: the sheet, the header's row, and our columns' places in it."""

    sheet: str
    row_no: int
    width: int
    positions: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class XlsxFile:
    """A sheet of order lines, one a row, under a header."""

    path: Path
    header: Header
    mapping: FileMapping | None

    @classmethod
    def open(cls, path: Path, mapping: FileMapping | None, sheet: str | None = None) -> Self:
        """The workbook at `path`: the sheet named (here or in the mapping), else the first with the header that is
        known. Raises UnusableFile."""
        return cls(path, _find_header(Workbook(path), mapping, sheet or (mapping.sheet if mapping else None)), mapping)

    @property
    def sheet(self) -> str:
        """The name of the sheet that is read."""
        return self.header.sheet

    def rows(self) -> Iterator[RawRow]:
        """Every row under the header with anything in our columns; payload: our column → text, without blank cells.

        A template's row, filled in beside our columns only, holds nothing of an order.
        """
        book = Workbook(self.path)
        (sheet,) = (each for each in book.sheets if each.name == self.header.sheet)
        for row_no, cells in book.rows(sheet):
            if row_no > self.header.row_no and (row := self._row(row_no, cells, sheet)):
                yield row

    def order(
        self,
        rows: Sequence[tuple[int, Payload]],
        *,
        today: date,
        reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    ) -> OrderRequest | list[Violation]:
        """The order of the rows (row number, payload) that share an external id, or its violations."""
        return read_table_order(rows, self.mapping, today=today, reservnummer_patterns=reservnummer_patterns)

    def _row(self, row_no: int, cells: Cells, sheet: Sheet) -> RawRow | None:
        texts = [written(cell) for cell in cells]
        payload = {column: text for column, at in self.header.positions if (text := self._text(column, cells[at]))}
        wrong = [column for column, at in self.header.positions if (row_no, at + 1) in sheet.facts.errors]
        strays = not self.mapping and any(text.strip() for text in texts[self.header.width :])
        if not payload and not wrong and not strays:
            return None
        raw = json.dumps(texts, ensure_ascii=False).encode()
        if len(raw) > LONGEST_ROW:
            return unreadable(row_no, raw[:LONGEST_ROW], TOO_LONG, payload.get("external_id"))
        if wrong:
            return RawRow(row_no, readable_id(payload.get("external_id")), None, raw, _error_cells(row_no, wrong))
        if strays:
            return unreadable(row_no, raw, _as_wide_as_the_header(self.header.width), payload.get("external_id"))
        return RawRow(row_no, readable_id(payload.get("external_id")), payload, raw)

    def _text(self, column: str, cell: object) -> str:
        """The cell as the reader of the column takes it: a date typed as one needs no telling how it is written."""
        if column in DATE_COLUMNS and isinstance(cell, date):
            formats = self.mapping.date_formats if self.mapping else ()
            return cell.strftime(formats[0]) if formats else cell.isoformat()[:10]
        return written(cell).strip()


def header_of_sheet(path: Path, name: str | None) -> tuple[list[str], str, tuple[str, ...]]:
    """The fullest of the first rows of the sheet named, else of the first visible one; its name, and those of all.

    Raises UnusableFile.
    """
    book = Workbook(path)
    sheets = [sheet for sheet in book.sheets if (sheet.visible if name is None else sheet.name == name)]
    if not sheets:
        raise _no_such_sheet(book)
    rows = [_without_blank_end([written(cell) for cell in cells]) for _, cells in islice(book.rows(sheets[0]), 5)]
    header = max(rows, key=lambda row: sum(map(bool, row)), default=[])
    return header, sheets[0].name, tuple(sheet.name for sheet in book.sheets if sheet.visible)


def written(cell: object) -> str:
    """The text of a cell: whole numbers without decimals, dates and times in ISO, true and false."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _find_header(book: Workbook, mapping: FileMapping | None, name: str | None) -> Header:
    sheets = [sheet for sheet in book.sheets if (sheet.visible if name is None else sheet.name == name)]
    if not sheets and name is None:
        raise UnusableFile("Arbetsboken har inget synligt blad.", "The workbook has no visible sheet.")
    if not sheets:
        raise _no_such_sheet(book)
    best: tuple[int, Sheet, int, list[str]] | None = None
    for sheet in sheets:
        for row_no, cells in islice(book.rows(sheet), _ROWS_BEFORE_THE_HEADER):
            texts = _without_blank_end([written(cell) for cell in cells])
            if lacks_nothing(texts, mapping):
                refuse_unfit(texts, mapping)
                stands_at = positions(texts, mapping)
                return Header(sheet.name, row_no, len(texts), tuple(stands_at.items()))
            known = len(positions(texts, mapping))
            if known and (best is None or known > best[0]):
                best = (known, sheet, row_no, texts)
    if best:
        refuse_unfit(best[3], mapping)
    raise _no_header(sheets, mapping)


def _without_blank_end(texts: list[str]) -> list[str]:
    while texts and not texts[-1].strip():
        texts = texts[:-1]
    return texts


def _no_such_sheet(book: Workbook) -> UnusableFile:
    names = ", ".join(shown_name(sheet.name) for sheet in book.sheets) or "–"
    return UnusableFile(
        f"Det bladet finns inte; de som finns är {names}.", f"There is no such sheet; there are {names}."
    )


def _no_header(sheets: Sequence[Sheet], mapping: FileMapping | None) -> UnusableFile:
    looked, names = ", ".join(shown_name(sheet.name) for sheet in sheets), ", ".join(wanted_columns(mapping).values())
    return UnusableFile(
        f"Ingen rubrikrad finns i {looked}. Rubrikerna ska vara: {names}.",
        f"There is no header in {looked}. The header must be: {names}.",
    )


def _error_cells(row_no: int, columns: list[str]) -> Violation:
    field = f"rows[{row_no}].{columns[0]}" if len(columns) == 1 else f"rows[{row_no}]"
    names = ", ".join(columns)
    return violation(
        "field-format",
        field,
        expected_sv=f"cellen ska ha ett värde, inte ett fel som #N/A ({names})",
        expected_en=f"the cell must hold a value, not an error like #N/A ({names})",
    )


def _as_wide_as_the_header(width: int) -> Expected:
    return Expected(
        f"ska inte ha något utanför rubrikradens {width} kolumner",
        f"must have nothing outside the {width} columns of the header",
    )
