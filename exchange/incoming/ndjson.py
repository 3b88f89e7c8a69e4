"""How is an NDJSON file read? One order a line, each by itself, whatever the length of the file.

Next: strict_json.py (what a line may hold), order_shape.py (what an order may hold).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

from exchange.incoming.raw_row import (
    LONGEST_ROW,
    TOO_LONG,
    Payload,
    RawRow,
    UnusableFile,
    readable_id,
    unreadable,
)
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest, canonical_body
from exchange.order_shape import read_order
from exchange.shape_check import Expected
from exchange.strict_json import parse_object
from workflows.violations import Violation, violation

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class NdjsonFile:
    """A file of orders, one JSON object a line, in UTF-8."""

    path: Path
    sheet: ClassVar[None] = None

    @classmethod
    def open(cls, path: Path, mapping: FileMapping | None) -> Self:
        """The file at `path`, looked at but not read. Raises UnusableFile."""
        if mapping is not None:
            raise UnusableFile(
                "En mappning hör till en fil med kolumner; NDJSON har redan ordrarnas egna fält.",
                "A mapping belongs to a file with columns; NDJSON has the fields of the orders already.",
            )
        with path.open("rb") as file:
            start = file.readline(LONGEST_ROW).removeprefix(_BOM).strip()
        if start.startswith(b"[") or start == b"{":
            raise UnusableFile(
                "Filen ska ha en hel order per rad (NDJSON), ingen lista och ingen order på flera rader.",
                "The file must have one whole order a line (NDJSON), no list and no order on several lines.",
            )
        return cls(path)

    def rows(self) -> Iterator[RawRow]:
        """Every line that is not blank, in constant memory."""
        with self.path.open("rb") as file:
            for row_no in count(1):
                line = file.readline(LONGEST_ROW + 1)
                if not line:
                    return
                if len(line) > LONGEST_ROW:
                    _skip_rest_of_line(file, line)
                    yield unreadable(row_no, line, TOO_LONG)
                elif raw := line.removeprefix(_BOM).strip():
                    yield _row(row_no, raw)

    def order(
        self,
        rows: Sequence[tuple[int, Payload]],
        *,
        today: date,
        reservnummer_patterns: Sequence[re.Pattern[str]] = (),
    ) -> OrderRequest | list[Violation]:
        """The order of the rows (row number, payload) that share an external id, or its violations.

        The same order twice in a file is one order; two different ones under one id cannot both be meant.
        """
        requests = []
        for _, payload in rows:
            request = read_order(payload, today=today, reservnummer_patterns=reservnummer_patterns)
            if not isinstance(request, OrderRequest):
                return request
            requests.append(request)
        first = canonical_body(requests[0])
        for (row_no, _), request in zip(rows, requests, strict=True):
            if canonical_body(request) != first:
                return [violation("rows-disagree", f"rows[{row_no}]")]
        return requests[0]


def _row(row_no: int, raw: bytes) -> RawRow:
    payload = parse_object(raw)
    if isinstance(payload, Expected):
        return unreadable(row_no, raw, payload)
    return RawRow(row_no, readable_id(payload.get("external_id")), payload, raw)


def _skip_rest_of_line(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST_ROW)
