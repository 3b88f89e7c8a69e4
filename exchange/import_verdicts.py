"""What is kept of each order of an import? Its rows, and what became of it; of a refused one, where its rows are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from config.database import Connection
from exchange.order_request import OrderRequest
from workflows.intake import Stored
from workflows.violations import Violation


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
    """Write what became of each order."""
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
