"""How does a foreign file say what our columns say? A mapping in TOML.

It tells columns, constants, sheet, encoding, separator, dates and decimal mark. Columns that it does not name are
ignored; rows never are, so nothing of an order disappears in silence.
Examples: examples/mappings/. Next: incoming/columns.py, our own columns.
"""

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange.incoming.columns import COLUMNS, REQUIRED_COLUMNS
from exchange.incoming.raw_row import UnusableFile
from exchange.shape_check import shown_name

_KEYS = {
    "": ("file", "columns", "constants"),
    "file.": ("format", "sheet", "encoding", "separator", "decimal", "date"),
    "columns.": COLUMNS,
    "constants.": tuple(column for column in COLUMNS if column != "external_id"),
}
"""The keys of each table. An external_id for all rows would make one order of them, so it is no constant."""

_SEPARATORS = (",", ";", "\t", "|")
_DECIMAL_MARKS = (",", ".")
_TABLE_FORMATS = ("csv", "xlsx")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "iso8859-15", "cp850", "mac-roman")
"""What Swedish systems write, of old and today; each can keep an undecodable byte as it is."""
_WITHOUT_BOM = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}
"""A BOM is found by looking; these encodings would write one before every row that is kept."""
_SOME_DAY = datetime(2011, 8, 9, 10, 11, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What is particular about a file. The default is a file of our own: ISO dates, no decimals."""

    format: str | None = None
    sheet: str | None = None
    """The sheet of a workbook; None means the first with the header."""
    encoding: str | None = None
    separator: str | None = None
    decimal_mark: str | None = None
    date_formats: tuple[str, ...] = ()
    """Tried in this order (strptime); none means ISO."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our column → the file's column."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Our column → the text every row has, written as in a file of our own."""


def read_mapping(path: Path) -> FileMapping:
    """Read the mapping at `path`. Raises UnusableFile, which names the first key that is wrong."""
    try:
        content = path.read_bytes()
    except OSError:
        raise UnusableFile(
            f"Mappningen {shown_name(path.name)} går inte att läsa.",
            f"The mapping {shown_name(path.name)} cannot be read.",
        ) from None
    return mapping_of(content)


def mapping_of(content: bytes) -> FileMapping:
    """The mapping that the TOML of `content` tells. Raises UnusableFile, which names the first key that is wrong."""
    try:
        given = tomllib.loads(content.decode())
    except ValueError as error:
        raise UnusableFile(f"Mappningen är inte TOML: {error}.", f"The mapping is no TOML: {error}.") from None
    _known_keys(given, "")
    file, columns, constants = (_table(given, name) for name in _KEYS[""])
    _complete(columns, constants)
    return FileMapping(
        format=_one_of(file, "format", _TABLE_FORMATS),
        sheet=_texts({key: value for key, value in file.items() if key == "sheet"}, "file.").get("sheet"),
        encoding=_encoding(file),
        separator=_one_of(file, "separator", _SEPARATORS),
        decimal_mark=_one_of(file, "decimal", _DECIMAL_MARKS),
        date_formats=_date_formats(file),
        columns=_texts(columns, "columns."),
        constants=_texts(constants, "constants."),
    )


def _wrong(key: str, sv: str, en: str) -> UnusableFile:
    return UnusableFile(f"Mappningens {key} {sv}.", f"The mapping's {key} {en}.")


def _known_keys(table: Mapping[str, Any], path: str) -> None:
    for key in table:
        if key not in _KEYS[path]:
            known = ", ".join(_KEYS[path])
            raise _wrong(
                path + shown_name(key),
                f"finns inte; det som finns är {known}",
                f"does not exist; there is {known}",
            )


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = given.get(name, {})
    if not isinstance(table, dict):
        raise _wrong(name, f"ska vara en tabell, [{name}]", f"must be a table, [{name}]")
    _known_keys(table, f"{name}.")
    return table


def _complete(columns: Mapping[str, Any], constants: Mapping[str, Any]) -> None:
    """Every field has one source, and the required ones have it."""
    for key in columns:
        if key in constants:
            raise _wrong(key, "är både kolumn och konstant", "is both a column and a constant")
    missing = [key for key in REQUIRED_COLUMNS if key not in columns and key not in constants]
    if missing:
        names = ", ".join(missing)
        raise _wrong("columns", f"saknar {names}", f"lacks {names}")


def _texts(table: Mapping[str, Any], path: str) -> dict[str, str]:
    for key, value in table.items():
        if not isinstance(value, str) or not value.strip():
            raise _wrong(
                path + key,
                'ska vara text inom citattecken, till exempel "10"',
                'must be text in quotes, for example "10"',
            )
    return {key: value.strip() for key, value in table.items()}


def _one_of(file: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str | None:
    value = file.get(key)
    if value is not None and value not in allowed:
        names = " ".join(map(repr, allowed))
        raise _wrong(f"file.{key}", f"ska vara något av {names}", f"must be one of {names}")
    return value


def _encoding(file: Mapping[str, Any]) -> str | None:
    """The encoding's own name, whichever of its names was given."""
    given = file.get("encoding")
    if given is None:
        return None
    try:
        name = codecs.lookup(given).name
    except (LookupError, TypeError, ValueError):
        name = ""
    name = _WITHOUT_BOM.get(name, name)
    if name not in _ENCODINGS:
        names = ", ".join(_ENCODINGS)
        raise _wrong("file.encoding", f"ska vara någon av {names}", f"must be one of {names}")
    return name


def _date_formats(file: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats as strptime takes them, one or a list of them."""
    given = file.get("date", [])
    formats = given if isinstance(given, list) else [given]
    if not all(map(_tells_the_day, formats)):
        raise _wrong(
            "file.date",
            'ska ha år, månad och dag, till exempel "%d/%m/%Y"',
            'must have year, month and day, for example "%d/%m/%Y"',
        )
    return tuple(formats)


def _tells_the_day(form: object) -> bool:
    if not isinstance(form, str):
        return False
    try:
        told = datetime.strptime(_SOME_DAY.strftime(form), form)  # noqa: DTZ007 - only the day is kept
    except ValueError:
        return False
    return told.date() == _SOME_DAY.date()
