"""How does a step end? The machine is asked, then the database moves the orders and writes their history."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from workflows.cohort import Work
from workflows.machines import Group, advance


def move(
    work: Work,
    event: str,
    group: Group,
    ids: Sequence[int],
    *,
    due: bool,
    findings: Sequence[object] = (),
    promises: Sequence[datetime] = (),
    particulars: Sequence[object] = (),
) -> None:
    """Send `event` for the orders `ids`, which all are what `group` says, and write the outcome.

    `due`: whether the next step runs by itself, at once. `findings`: per order, what the rules found
    (violations for `rejected`, else the evidence). `promises`: per order, by when its goods are promised.
    `particulars`: per order, what the history keeps beside the reason. An event that leaves the state as it was leaves
    the order due as it was. Raises StepNotAllowed.
    """
    if not ids:
        return
    before = group.state
    after = advance(work.order_type, event, group)
    work.tx.execute(
        "SELECT move_orders(%s::bigint[], %s, %s, %s, %s, %s, CASE WHEN %s THEN clock_timestamp() END, %s, "
        "'{}', %s, %s::timestamptz[], %s)",
        (
            list(ids), work.order_type, event, before, after, work.actor, due, work.reason,
            Jsonb(list(findings)) if findings else None, list(promises),
            Jsonb(list(particulars)) if particulars else None,
        ),
    )  # fmt: skip
