"""Where do a file's rows wait until their order is whole? In the database, sealed, side by side with their order's.

Rows of one order need not be adjacent and files may be larger than memory: the database sorts. The rows stay
afterwards, as the raw input with its verdict. Next: import_file.py.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from config.database import Connection
from exchange.incoming.raw_row import Payload, RawRow
from exchange.order_shape import MOST_LINES
from workflows.patients import Keys
from workflows.violations import Violation

PAGE = 10_000
"""Rows read from the database at a time."""

WRITTEN = 1_000
"""Rows written to it at a time."""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row as it was staged: its number, its order's id as far as it can be read, and its payload or its problem."""

    row_no: int
    external_id: str | None
    payload: Payload | None
    problem: Violation | None


def external_id_of(batch_id: int, row_no: int, sealed: bytes, keys: Keys) -> str | None:
    """The external id of a staged row, as far as it can be read; never a personal identity number."""
    return _staged(row_no, keys.unseal(sealed, _belongs_to(batch_id, row_no))).external_id


def stage_rows(
    tx: Connection, batch_id: int, source: str, rows: Iterable[RawRow], keys: Keys, progress: Callable[[int], object]
) -> int:
    """Write `rows` into the batch, sealed; returns how many. `progress` is told the count now and then."""
    count = 0
    # Rows of one order have one order_key, also where the keys are changed meanwhile.
    same = keys.still()
    # Sealed one by one: rows that wait as they were read cost the import a tenth more, since Python looks through them
    # for garbage.
    sealed_rows = (
        (row.row_no, _order_key(row, source, same), keys.seal(_content(row), _belongs_to(batch_id, row.row_no)))
        for row in rows
    )
    while page := list(islice(sealed_rows, WRITTEN)):
        # Not COPY: PostgreSQL has none into a table whose rows are kept apart.
        tx.execute(
            "INSERT INTO intake_row (batch_id, row_no, order_key, sealed) "
            "SELECT %s, * FROM unnest(%s::integer[], %b::bytea[], %b::bytea[])",
            (batch_id, *map(list, zip(*page, strict=True))),
        )
        count += len(page)
        if count % PAGE == 0:
            progress(count)
    return count


def staged_orders(tx: Connection, batch_id: int, keys: Keys, after: bytes) -> Iterator[tuple[bytes, list[StagedRow]]]:
    """The rows of one order after the other, with the key they are sorted by, from the first key after `after`.

    Keys are hashes, but the same for the same order everywhere: overlapping imports meet orders in one sequence.
    """
    with tx.cursor(name="staged_rows") as cursor:
        cursor.itersize = PAGE
        cursor.execute(
            "SELECT order_key, row_no, sealed FROM intake_row WHERE batch_id = %s AND order_key > %s "
            "ORDER BY order_key, row_no",
            (batch_id, after),
        )
        for key, rows in groupby(cursor, key=lambda row: bytes(row[0])):
            order = [
                _staged(row_no, keys.unseal(bytes(sealed), _belongs_to(batch_id, row_no)))
                for _, row_no, sealed in islice(rows, MOST_LINES + 1)
            ]
            # A million rows under one id are refused by the first thousand and one; the last tells where they end.
            for _, row_no, _ in rows:
                order[-1] = StagedRow(row_no, order[-1].external_id, order[-1].payload, order[-1].problem)
            yield key, order


def _belongs_to(batch_id: int, row_no: int) -> str:
    return f"intake_row.sealed {batch_id} {row_no}"


def _order_key(row: RawRow, source: str, keys: Keys) -> bytes:
    """Rows with the same source and external id make up an order; a row without one stands alone."""
    named = row.payload.get("source") if row.payload else None
    told = f"{named or source}\x00{row.external_id}" if row.external_id else f"\x00\x00{row.row_no}"
    return keys.recognition_of("intake_row.order_key", told.encode("utf-8", "surrogatepass"))


def _content(row: RawRow) -> bytes:
    problem = row.problem.as_json() if row.problem else None
    return json.dumps([row.external_id, row.payload, problem]).encode() + b"\n" + row.raw


def _staged(row_no: int, content: bytes) -> StagedRow:
    external_id, payload, problem = json.loads(content.split(b"\n", 1)[0])
    return StagedRow(row_no, external_id, payload, Violation(**problem) if problem else None)
