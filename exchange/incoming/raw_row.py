"""What comes out of a file before anybody has looked at it? One row with its number, as it came.

A row that cannot be read carries its problem; a file that cannot be used raises one clear sentence.
Next: incoming_file.py, which knows the formats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.shape_check import Expected, code
from workflows.violations import Violation, violation

LONGEST_ROW = 1 << 20
"""Bytes (in a table: characters) of one row. An order of 1,000 lines takes 100,000."""

TOO_LONG = Expected(f"ska vara högst {LONGEST_ROW} tecken lång", f"must be at most {LONGEST_ROW} characters long")
UNDECODABLE = Expected("ska gå att läsa i filens teckenkodning", "must be readable in the encoding of the file")

_EXTERNAL_ID = code(64)

Payload = Mapping[str, object]
"""A row as read: an order as a JSON object, or a table's column → text. JSON can hold it."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file. Its repr shows nothing of what it holds (P7)."""

    row_no: int
    """As a person counts: a line of NDJSON, a spreadsheet's row (the header is row 1)."""
    external_id: str | None
    """Which order the row belongs to, as far as that can be read; never a personal identity number."""
    payload: Payload | None = field(repr=False)
    raw: bytes = field(repr=False)
    """The row's own bytes in the file's encoding; of one that is too long, only the beginning."""
    problem: Violation | None = None
    """Why the row cannot be read; then there is no payload."""


class UnusableFile(Exception):
    """The file as a whole cannot be used. One sentence in Swedish (`sv`, its text) and English (`en`)."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(sv)
        self.sv = sv
        self.en = en


def unreadable(row_no: int, raw: bytes, expected: Expected, external_id: object = None) -> RawRow:
    """The row that cannot be read, with what was expected of it."""
    problem = violation(
        expected.code,
        f"rows[{row_no}]",
        expected_sv=f"raden {expected.sv}",
        expected_en=f"the row {expected.en}",
    )
    return RawRow(row_no, readable_id(external_id), None, raw, problem)


def readable_id(given: object) -> str | None:
    """The external id exactly as the order will have it, or None where it is none (refused later)."""
    clean = _EXTERNAL_ID(given)
    return clean or None if isinstance(clean, str) else None
