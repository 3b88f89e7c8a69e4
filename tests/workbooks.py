"""Workbooks of orders for tests, good and evil: tables written by xlsxwriter, and zips made by hand."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from csv_orders import HEADER, ROW

from exchange.incoming.incoming_file import IncomingFile, open_incoming
from exchange.mapping import FileMapping

COLUMNS = HEADER.split(",")
CELLS: list[object] = list(ROW.split(","))
Table = Sequence[Sequence[object]]


def a_workbook(path: Path, *rows: Sequence[object], **sheets: Table) -> Path:
    """Write `rows` to a sheet named Ordrar, or each of `sheets`; dates become typed cells, texts stay texts."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, table in (sheets or {"Ordrar": rows}).items():
            sheet = book.add_worksheet(name)
            for row_no, cells in enumerate(table):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str) and cell.startswith("#"):
                        sheet.write_formula(row_no, column, "=NA()", None, cell)
                    elif isinstance(cell, date):
                        sheet.write_datetime(row_no, column, cell, moment if isinstance(cell, datetime) else day)
                    elif isinstance(cell, str):
                        sheet.write_string(row_no, column, cell)
                    else:
                        sheet.write(row_no, column, cell)
    return path


def opened(path: Path, mapping: FileMapping | None = None, sheet: str | None = None) -> IncomingFile:
    return open_incoming(path, mapping=mapping, sheet=sheet)


def table_of(file: IncomingFile) -> list[tuple[int, dict[str, object] | None]]:
    """Row number and payload of each row; None where the row cannot be read."""
    return [(row.row_no, dict(row.payload) if row.payload is not None else None) for row in file.rows()]


def parts_of(path: Path) -> dict[str, bytes]:
    """The files in a workbook, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def a_zip(path: Path, parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write `parts` as a zip to `path`."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def a_sheet_xml(cells: str) -> bytes:
    """The XML of a sheet with the rows `cells`."""
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


def content_of(parts: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip of `parts`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
