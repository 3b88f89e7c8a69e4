"""Which format has a file of orders, and how is it opened? The formats, and what is refused at the door.

Next: ndjson.py, csv_file.py and xlsx_file.py, one module a format; raw_row.py, what they give.
"""

import mmap
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from exchange.incoming.csv_file import CsvFile
from exchange.incoming.ndjson import NdjsonFile
from exchange.incoming.raw_row import Payload, RawRow, UnusableFile
from exchange.incoming.workbook_zip import locked
from exchange.incoming.xlsx_file import XlsxFile
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest
from exchange.shape_check import shown_name
from workflows.violations import Violation


class IncomingFile(Protocol):
    """A file of orders, opened: its rows as they came, and the order that some of them make up."""

    @property
    def sheet(self) -> str | None:
        """The sheet that is read, where the file has sheets."""

    def rows(self) -> Iterator[RawRow]:
        """Every row that is not blank, read when it is asked for."""

    def order(
        self,
        rows: Sequence[tuple[int, Payload]],
        *,
        today: date,
        reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    ) -> OrderRequest | list[Violation]:
        """The order of the readable rows (number, payload) with one external id, or all its violations."""


FORMATS: dict[str, Callable[[Path, FileMapping | None, str | None], IncomingFile]] = {
    "ndjson": lambda path, mapping, _: NdjsonFile.open(path, mapping),
    "csv": lambda path, mapping, _: CsvFile.open(path, mapping),
    "xlsx": XlsxFile.open,
}
"""The formats by name, each with what opens it."""

_SUFFIXES = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
}
_START = 1 << 16
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_BINARY = ((_ZIP, ".xlsx"), (b"%PDF", "PDF"), (b"\x1f\x8b", "gzip"))


def open_incoming(
    path: Path, *, format: str | None = None, mapping: FileMapping | None = None, sheet: str | None = None
) -> IncomingFile:
    """Open the file at `path`; its format is the one named, else the mapping's, else by content or name.

    Raises UnusableFile.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_START)
            if start.startswith(_OLE):
                raise _old_workbook(file.fileno())
    except OSError:
        name = shown_name(path.name)
        raise UnusableFile(f"Filen {name} går inte att läsa.", f"The file {name} cannot be read.") from None
    chosen = format or (mapping and mapping.format)
    if not chosen:
        chosen = "xlsx" if start.startswith(_ZIP) else _SUFFIXES.get(path.suffix.lower()) or _looks_like(start)
    if chosen not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnusableFile(
            f"Formatet {shown_name(chosen)} finns inte; välj bland {known}.",
            f"There is no format {shown_name(chosen)}; choose one of {known}.",
        )
    if chosen == "xlsx":
        _refuse_what_is_no_workbook(start)
    else:
        _refuse_what_is_no_text(start, mapping)
        if sheet:
            raise UnusableFile(
                "Bara en arbetsbok (.xlsx) har blad att välja.", "Only a workbook (.xlsx) has sheets to choose."
            )
    return FORMATS[chosen](path, mapping, sheet)


def _looks_like(start: bytes) -> str:
    return "ndjson" if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")) else "csv"


def _old_workbook(descriptor: int) -> UnusableFile:
    """An OLE file is a workbook of before 2007, or the envelope of one that a password protects."""
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            return locked()
    return UnusableFile(
        "Filen är .xls, det gamla formatet. Öppna den i kalkylprogrammet och spara den som .xlsx.",
        "The file is .xls, the old format. Open it in the spreadsheet program and save it as .xlsx.",
    )


def _refuse_what_is_no_workbook(start: bytes) -> None:
    if not start:
        raise UnusableFile("Filen är tom.", "The file is empty.")
    if not start.startswith(_ZIP):
        raise UnusableFile(
            "Filen är ingen .xlsx, även om den kallas så. Är den CSV, ge den ett namn på .csv.",
            "The file is no .xlsx, though it is called one. If it is CSV, give it a name in .csv.",
        )


def _refuse_what_is_no_text(start: bytes, mapping: FileMapping | None) -> None:
    for magic, kind in _BINARY:
        if start.startswith(magic):
            raise UnusableFile(
                f"Filen är {kind}, inte text. Spara den som CSV, NDJSON eller .xlsx.",
                f"The file is {kind}, not text. Save it as CSV, NDJSON or .xlsx.",
            )
    if not start.strip():
        raise UnusableFile("Filen är tom.", "The file is empty.")
    encoding_is_known = start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or (mapping and mapping.encoding)
    # A NUL further down is the fault of its own row.
    if b"\0" in start.partition(b"\n")[0] and not encoding_is_known:
        raise UnusableFile(
            "Filen är inte text. Spara den i UTF-8 (UTF-16 måste börja med en BOM).",
            "The file is not text. Save it in UTF-8 (UTF-16 must begin with a BOM).",
        )
