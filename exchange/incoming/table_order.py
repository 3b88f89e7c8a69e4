"""How do the rows of a table become one order? One line a row; the rest stands alike on each.

Violations are placed where the reader of the table looks: `rows[17].quantity`, row and column.
Whatever format has rows and columns shares this. Next: columns.py (cells), ../order_shape.py (what an order may hold).
"""

import re
from collections.abc import Sequence
from datetime import date

from exchange.incoming.columns import (
    DATE_COLUMNS,
    LINE_COLUMNS,
    ORDER_COLUMNS,
    TRUTH_COLUMNS,
    day,
    several,
    truth,
    whole_number,
)
from exchange.incoming.raw_row import Payload
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest
from exchange.order_shape import MOST_LINES, read_order
from workflows.violations import Violation, violation

_COLUMN_OF = {path: column for column, path in ORDER_COLUMNS.items()}
_LINE_PATH = re.compile(r"lines\[([0-9]+)\]\.(.+)")
_ALWAYS_THERE = ("receiver", "orderer")
"""Objects every order has: where all their columns are blank, each of the columns is missing."""

Rows = Sequence[tuple[int, Payload]]
"""Row number and payload (column → text) of the rows that share an external id, in the order of the file."""


def read_table_order(
    rows: Rows,
    mapping: FileMapping | None,
    *,
    today: date,
    reservnummer_patterns: Sequence[re.Pattern[str]] = (),
) -> OrderRequest | list[Violation]:
    """The order of these rows, or every violation: where they disagree, and what has not the right shape."""
    told = mapping or FileMapping()
    rows = rows[: MOST_LINES + 1]  # one too many is refused; a million under one id are not all read for that
    disagreements = _disagreements(rows, told)
    request = read_order(
        order_body(rows, told),
        today=today,
        reservnummer_patterns=reservnummer_patterns,
        place=lambda path: _place(path, rows),
    )
    if disagreements:
        return disagreements if isinstance(request, OrderRequest) else disagreements + request
    return request


def order_body(rows: Rows, mapping: FileMapping) -> dict[str, object]:
    """The order in the shape it has in JSON; what belongs to the order is taken from its first row."""
    body: dict[str, object] = {}
    nested: dict[str, dict[str, object]] = {name: {} for name in _ALWAYS_THERE}
    for column, path in ORDER_COLUMNS.items():
        value = _value(column, rows[0][1], mapping)
        if value is not None:
            name, _, inner = path.partition(".")
            (nested.setdefault(name, {}) if inner else body)[inner or name] = value
    lines = [{column: _value(column, payload, mapping) for column in LINE_COLUMNS} for _, payload in rows]
    return body | nested | {"lines": lines}


def _disagreements(rows: Rows, mapping: FileMapping) -> list[Violation]:
    """A violation for each column in which a row differs from the first, at the first row that does."""
    first = rows[0][1]
    disagreeing: dict[str, int] = {}
    for row_no, payload in rows[1:]:
        for column in ORDER_COLUMNS:
            # Two writings of one value agree: the hour beside a date, ja and true.
            if payload.get(column) != first.get(column) and _value(column, payload, mapping) != _value(
                column, first, mapping
            ):
                disagreeing.setdefault(column, row_no)
    return [violation("rows-disagree", f"rows[{row_no}].{column}") for column, row_no in disagreeing.items()]


def _value(column: str, payload: Payload, mapping: FileMapping) -> object:
    """What the cell says, as an order in JSON would say it; None where it is blank."""
    constant = mapping.constants.get(column)
    text = payload.get(column) if constant is None else constant
    if not isinstance(text, str):
        return text
    if column in DATE_COLUMNS:
        return day(text, mapping.date_formats if constant is None else ())
    if column == "quantity":
        return whole_number(text, mapping.decimal_mark)
    if column in TRUTH_COLUMNS:
        return truth(text)
    if column == "serial_numbers":
        return several(text)
    return text


def _place(path: str, rows: Rows) -> str:
    """The row and column of a path in the order's body."""
    line = _LINE_PATH.fullmatch(path)
    if line:
        return f"rows[{rows[int(line[1])][0]}].{line[2]}"
    column = _COLUMN_OF.get(path)
    first_row = rows[0][0]
    return f"rows[{first_row}].{column}" if column else f"rows[{first_row}]"
