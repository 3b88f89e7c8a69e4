"""How does one CSV file of master data become checked rows? Encoding, separator, columns, cells, keys, defaults.

Every problem is collected, none stops the reading, and none shows a value: a cell may hold a person's number.
Next: master_tables.py (the files' columns), shape_check.py (the checks of single values).
"""

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from exchange.shape_check import Check, Expected, shown_name

Row = TypeVar("Row")

HEADING = 1
"""The row of the column names. Rows are counted as a spreadsheet shows them, blank ones too."""
WHOLE_FILE = 0
"""The row of a problem that belongs to no row."""

_SEPARATORS = ",;\t"
_BOMS = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))
_EMPTY = Expected("får inte vara tomt", "must not be empty")
_UNREADABLE = Expected("filen kan inte läsas", "the file cannot be read")
_NO_ENCODING = Expected(
    "texten är varken UTF-8 eller Windows-1252",
    "the text is neither UTF-8 nor Windows-1252",
)
_BROKEN_QUOTES = Expected("citattecknen går inte ihop", "the quotation marks do not match")
_NO_COLUMN = Expected("kolumnen finns inte", "there is no such column")
_COLUMN_TWICE = Expected("kolumnen står två gånger", "the column stands twice")
_COLUMN_MISSING = Expected("kolumnen saknas", "the column is missing")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One reason why a file cannot be used: where (`row` 1 is the heading, 0 the whole file) and why."""

    file: str
    row: int
    field: str
    sv: str
    en: str


@dataclass(slots=True)
class Problems:
    """Everything that is wrong with one file."""

    file: str
    found: list[FileProblem] = field(default_factory=list)

    def add(self, row: int, column: str, expected: Expected) -> None:
        """One more: what stands in `column` of `row` is not what was expected."""
        subject = f"{column}: " if column else ""
        self.found.append(
            FileProblem(
                self.file,
                row,
                column,
                f"{subject}{expected.sv}.",
                f"{subject}{expected.en}.",
            )
        )


class Column(NamedTuple):
    """One column: the check of its cells, and what an empty cell or a missing column means.

    `required`: the column must be there. `filled`: its cells must not be empty. A `default` that can be called is
    given the row as far as it is read.
    """

    check: Check
    default: object = None
    required: bool = False
    filled: bool = False


def _agrees(_row: Mapping[str, Any]) -> Iterable[tuple[str, Expected]]:
    return ()


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """One file: the `row` its values make, its columns in the order they are read, and its key.

    `disagreements` takes a row whose cells are all well formed and gives those that contradict each other.
    `numbered`: the row is given its `row_no` too.
    """

    row: Callable[..., Row]
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    disagreements: Callable[[Mapping[str, Any]], Iterable[tuple[str, Expected]]] = _agrees
    numbered: bool = False


def read_table(path: Path, table: Table[Row], problems: Problems) -> tuple[Row, ...]:
    """The rows of the file at `path`, in its order; () where there is none. What is wrong is added to `problems`."""
    if not path.exists():
        return ()
    text = _decoded(path)
    if isinstance(text, Expected):
        problems.add(WHOLE_FILE, "", text)
        return ()
    records = _records(text, table.columns)
    heading = _heading(next(records, (HEADING, []))[1], table.columns, problems)
    rows: list[Row] = []
    first_seen: dict[tuple[object, ...], int] = {}
    for number, cells in records if heading else ():
        before = len(problems.found)
        values = _values(heading, number, cells, table, problems)
        if values is None:
            continue
        key = tuple(values[name] for name in table.key)
        earlier = number if any(isinstance(part, Expected) for part in key) else first_seen.setdefault(key, number)
        if earlier != number:
            problems.add(number, ", ".join(table.key), _stands_on(earlier))
        if len(problems.found) == before:
            rows.append(table.row(**values, **({"row_no": number} if table.numbered else {})))
    return tuple(rows)


def _decoded(path: Path) -> str | Expected:
    """The file's text: by its BOM, else UTF-8, else Windows-1252, as older Excel writes it."""
    try:
        raw = path.read_bytes()
    except OSError:
        return _UNREADABLE
    encodings = [encoding for bom, encoding in _BOMS if raw.startswith(bom)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            if _is_damaged_utf8(raw):
                break
    return _NO_ENCODING


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether what is not ASCII is mostly UTF-8: as Windows-1252 every å of it would load as Ã¥."""
    text = raw.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= character <= "\udcff" for character in text)
    return sum(not character.isascii() for character in text) > 2 * broken


def _records(text: str, columns: Mapping[str, Column]) -> Iterator[tuple[int, list[str] | Expected]]:
    """The records with their row number, blank ones left out, by the separator that finds most known columns."""
    first_line = next(io.StringIO(text, newline=""), "")

    def known_columns(separator: str) -> int:
        return sum(_name(cell) in columns for cell in next(csv.reader([first_line], delimiter=separator), []))

    number = 0
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=max(_SEPARATORS, key=known_columns),
            strict=True,
        )
        for number, cells in enumerate(reader, start=HEADING):
            if number == HEADING or any(cell and not cell.isspace() for cell in cells):
                yield number, cells
    except csv.Error:
        yield number + 1, _BROKEN_QUOTES


def _heading(cells: list[str] | Expected, columns: Mapping[str, Column], problems: Problems) -> list[str]:
    """The column names of the file; [] where its rows cannot be read by them."""
    names = [] if isinstance(cells, Expected) else [_name(cell) for cell in cells]
    if not columns.keys() & set(names):
        problems.add(HEADING, "", _no_heading(columns))
        return []
    for name in dict.fromkeys(names):
        if name not in columns:
            problems.add(HEADING, shown_name(name) or '""', _NO_COLUMN)
        elif names.count(name) > 1:
            problems.add(HEADING, name, _COLUMN_TWICE)
    missing = [name for name, column in columns.items() if column.required and name not in names]
    for name in missing:
        problems.add(HEADING, name, _COLUMN_MISSING)
    return [] if missing else names


def _name(cell: str) -> str:
    return cell.strip().casefold()


def _values(
    heading: list[str],
    number: int,
    cells: list[str] | Expected,
    table: Table[Any],
    problems: Problems,
) -> dict[str, Any] | None:
    """The values of one row by column, defaults filled in, Expected where one is refused; None for a broken row."""
    if isinstance(cells, Expected) or len(cells) != len(heading):
        why = cells if isinstance(cells, Expected) else _other_length(len(cells), len(heading))
        problems.add(number, "", why)
        return None
    given = dict(zip(heading, cells, strict=True))
    values: dict[str, Any] = {}
    before = len(problems.found)
    for name, column in table.columns.items():
        cell = given.get(name, "")
        is_blank = not cell or cell.isspace()
        if is_blank and not column.filled:
            values[name] = column.default(values) if callable(column.default) else column.default
            continue
        values[name] = value = _EMPTY if is_blank else column.check(cell)
        if isinstance(value, Expected):
            problems.add(number, name, value)
    if len(problems.found) == before:
        for name, expected in table.disagreements(values):
            problems.add(number, name, expected)
    return values


def _stands_on(earlier: int) -> Expected:
    return Expected(f"står redan på rad {earlier}", f"stands on row {earlier} already")


def _other_length(found: int, wanted: int) -> Expected:
    return Expected(
        f"Raden har {found} fält, rubriken {wanted}",
        f"The row has {found} fields, the heading {wanted}",
    )


def _no_heading(columns: Mapping[str, Column]) -> Expected:
    names = ", ".join(columns)
    return Expected(
        f"Första raden ska vara en rubrik med kolumnerna {names}, åtskilda av komma, semikolon eller tabb",
        f"The first row must be a heading of the columns {names}, separated by comma, semicolon or tab",
    )
