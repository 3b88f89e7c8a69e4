"""In which dialect is a CSV file written? Its encoding, separator and columns, found or told by a mapping.

What fits no dialect is one error about the file, never one about each row. Next: csv_file.py (the rows).
"""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

from exchange.incoming.header import positions, refuse_unfit, wanted_columns
from exchange.incoming.raw_row import UnusableFile
from exchange.mapping import FileMapping

_SAMPLE = 1 << 16
"""Characters looked at for the separator; the encoding takes the whole file in pieces of as many bytes."""
_SAMPLE_ROWS = 20
_SEPARATORS = (",", ";", "\t")
_BOMS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))
_NO_UTF_8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file is written: encoding, where its text begins, separator, and where our columns stand."""

    encoding: str
    bom_length: int
    separator: str
    width: int
    """Cells of the header; every row has as many."""
    positions: tuple[tuple[str, int], ...]
    """Our columns, each with the cell it stands in."""

    def encode(self, text: str) -> bytes:
        """The bytes of the file that `text` was read from."""
        return text.encode(self.encoding, _errors(self.encoding))


def recognise(path: Path, mapping: FileMapping | None) -> Dialect:
    """The dialect of the file at `path`, which is read once for its encoding. Raises UnusableFile."""
    encoding, bom_length = _encoding(path)
    if mapping and mapping.encoding and not bom_length:
        encoding = mapping.encoding
    with open_text(path, encoding, bom_length) as file:
        sample = file.read(_SAMPLE)
    separators = (mapping.separator,) if mapping and mapping.separator else _SEPARATORS
    samples = [(separator, *_first_rows(sample, separator)) for separator in separators]
    separator, header, rows = max(samples, key=lambda one: len(positions(one[1], mapping)))
    stands_at = positions(header, mapping)
    if not stands_at or (len(header) > 1 and rows and all(len(row) == 1 for row in rows)):
        raise _wrong_separator(separators, mapping)
    refuse_unfit(header, mapping)
    return Dialect(encoding, bom_length, separator, len(header), tuple(stands_at.items()))


def header_and_separator(path: Path) -> tuple[list[str], str]:
    """The first row that is not blank, and the separator that parts it into the most cells: of a table whose columns
    nobody has named yet."""
    encoding, bom_length = _encoding(path)
    with open_text(path, encoding, bom_length) as file:
        sample = file.read(_SAMPLE)
    headers = [(_first_rows(sample, separator)[0], separator) for separator in (*_SEPARATORS, "|")]
    return max(headers, key=lambda one: len(one[0]))


def open_text(path: Path, encoding: str, bom_length: int) -> TextIO:
    """The text of the file after its BOM, with its line ends as they are; bytes that are no text stay so."""
    binary = path.open("rb")
    binary.seek(bom_length)
    return TextIOWrapper(binary, encoding, _errors(encoding), newline="")


def _errors(encoding: str) -> str:
    """Keep undecodable bytes as surrogates; UTF-16 has no room for them, there they become U+FFFD."""
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def _encoding(path: Path) -> tuple[str, int]:
    """The encoding and the length of its BOM: UTF-8 where most of what is not ASCII is UTF-8, else cp1252.

    The whole file is looked at, as the first å may come late. A few broken bytes do not turn a UTF-8 file
    into another: their rows are refused, rather than every Ã¥ of the file taken for text.
    """
    with path.open("rb") as file:
        start = file.read(3)
        for bom, encoding in _BOMS:
            if start.startswith(bom):
                return encoding, len(bom)
        decoder = getincrementaldecoder("utf-8")("surrogateescape")
        letters, broken = 0, 0
        chunk = start
        while chunk:
            text = decoder.decode(chunk)
            if not text.isascii():
                escaped = len(_NO_UTF_8.findall(text))
                letters += len(text) - len(text.encode("ascii", "ignore")) - escaped
                broken += escaped
            chunk = file.read(_SAMPLE)
        broken += len(decoder.decode(b"", final=True))
    return ("utf-8" if letters >= broken else "cp1252"), 0


def _first_rows(sample: str, separator: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows after it that are not blank, as far as the sample shows them."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(sample, newline=""), delimiter=separator, strict=True):
            if any(map(str.strip, row)):
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # the row is cut off by the sample's end, or will have its own problem when it is read
    return (rows[0], rows[1:]) if rows else ([], [])


def _wrong_separator(separators: Sequence[str], mapping: FileMapping | None) -> UnusableFile:
    names = ", ".join(wanted_columns(mapping).values())
    signs = " ".join(separators)
    swedish, english = signs.replace("\t", "tabb"), signs.replace("\t", "tab")
    return UnusableFile(
        "Filen går inte att dela upp i kolumner. Rubrikraden och raderna ska vara avdelade med något av "
        f"{swedish} och rubrikerna vara: {names}.",
        "The file cannot be split into columns. Header and rows must be separated by one of "
        f"{english} and the header must be: {names}.",
    )
