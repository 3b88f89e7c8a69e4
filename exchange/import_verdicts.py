"""What became of each order of a file? Counted for who imports, and written beside its rows. Next: import_file.py."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.database import Connection
from exchange.order_request import OrderRequest
from workflows.intake import Stored
from workflows.violations import Violation


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """What became of one order that was not simply taken: its rows, first and last, and why."""

    external_id: str | None
    rows: tuple[int, int]
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class ImportResult:
    """Counts of orders. `refused` break the shape; `would_reject` (dry run only) break the rules."""

    batch: int
    seen_before: int | None = None
    """The batch of the last import of the same bytes."""
    seen_is_undone: bool = False
    accepted: int = 0
    refused: int = 0
    unchanged: int = 0
    would_reject: int = 0
    orders: list[OrderVerdict] = field(default_factory=list)
    rejections: list[OrderVerdict] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows of one order put together: a request, or why there is none."""

    rows: tuple[int, int]
    external_id: str | None
    request: OrderRequest | None
    violations: tuple[Violation, ...]
    key: bytes
    """The rows' order_key."""


def write_verdicts(tx: Connection, batch_id: int, verdicts: Sequence[tuple[Gathered, Stored]]) -> None:
    """Write the verdicts of a batch, each with the rows of its order."""
    tx.execute(
        "INSERT INTO intake_verdict (batch_id, first_row, last_row, verdict, order_id, violations, order_key) "
        "SELECT %s, * FROM unnest(%s::integer[], %s::integer[], %s::text[], %s::bigint[], %s::jsonb[], %s::bytea[])",
        (
            batch_id,
            [each.rows[0] for each, _ in verdicts],
            [each.rows[1] for each, _ in verdicts],
            [answer.verdict for _, answer in verdicts],
            [answer.order_id for _, answer in verdicts],
            [_as_json(answer.violations) for _, answer in verdicts],
            [each.key if answer.verdict == "refused" else None for each, answer in verdicts],
        ),
    )


def _as_json(violations: Sequence[Violation]) -> str | None:
    return json.dumps([one.as_json() for one in violations]) if violations else None
