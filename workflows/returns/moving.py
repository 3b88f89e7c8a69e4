"""How do returned units move? One way for all of it: lines, devices, goods and the return's own state, together.

Locks: the deliveries the goods come from, the returns, devices, then balances in key order. Every movement's cause is
the document `return <id> <version>`. Next: receiving.py and judging.py, which say what moves where.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from config.database import Connection
from workflows.allocation import Goods
from workflows.cohort import StaleVersion
from workflows.device_choice import GONE
from workflows.devices import DeviceMove, move_devices, wake_for_lost, wake_goods
from workflows.ledger import Movement, book
from workflows.machines import StepNotAllowed
from workflows.returns.choosing import Chosen
from workflows.returns.machine import ReturnGroup, advance_return, allowed_return_events
from workflows.returns.refusals import DeviceElsewhere, ReturnNotFound


class LockedReturn(NamedTuple):
    """A return as it stands while its lock is held."""

    id: int
    state: str
    version: int
    store: str


class Way(NamedTuple):
    """From a place to another: the line's counter, the movement's kind and the device's event."""

    counter: str
    kind: str


WAYS: Mapping[tuple[str, str], Way] = {
    ("receiver", "inspection"): Way("received", "return"),
    ("inspection", "store"): Way("restocked", "restock"),
    ("inspection", "repair"): Way("repaired", "repair"),
    ("inspection", "written_off"): Way("written_off", "write_off"),
    ("repair", "store"): Way("mended", "restock"),
    ("repair", "written_off"): Way("scrapped", "write_off"),
}
"""(from, to) → its way."""


def lock_returns(tx: Connection, ids: Sequence[int], event: str, version: int | None = None) -> dict[int, LockedReturn]:
    """Lock the returns for `event`, by id. Raises ReturnNotFound, StaleVersion (with `version`, when one has another),
    StepNotAllowed."""
    rows = tx.execute("SELECT id, state, version, store FROM lock_returns(%s::bigint[])", (list(ids),)).fetchall()
    locked = {row[0]: LockedReturn(*row) for row in rows}
    if set(locked) != set(ids):
        raise ReturnNotFound
    for each in locked.values():
        if version is not None and each.version != version:
            raise StaleVersion("Returen har ändrats sedan den lästes (the return has changed since it was read)")
        allowed = allowed_return_events(each.state)
        if event not in allowed:
            raise StepNotAllowed(event, each.state, allowed)
    return locked


def carry(
    tx: Connection,
    locked: Mapping[int, LockedReturn],
    chosen: Sequence[Chosen],
    from_place: str,
    actor: str,
    cause: str | None = None,
) -> None:
    """Move the chosen units of locked returns out of `from_place`. `cause` is that of units written off."""
    for to in sorted({each.to for each in chosen}):
        _count(tx, WAYS[from_place, to].counter, to, [each for each in chosen if each.to == to], cause)
    _carry_devices(tx, locked, chosen, from_place, actor, cause)
    units: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for pile, to, number, _ in chosen:
        units[
            pile.source, pile.article, pile.receiver if from_place == "receiver" else locked[pile.source].store, to
        ] += number
    book(
        tx,
        [
            Movement(
                WAYS[from_place, to].kind, article, number, from_place, origin, to, locked[return_id].store,
                document=document(return_id, locked[return_id].version + 1),
            )
            for (return_id, article, origin, to), number in sorted(units.items())
        ],
        [],
        actor,
    )  # fmt: skip
    wake_goods(
        tx,
        {
            Goods(locked[each.pile.source].store, each.pile.article)
            for each in chosen
            if each.to == "store" and each.serial_numbers
        },
    )
    wake_for_lost(tx, {each.pile.article for each in chosen if each.to in GONE and each.serial_numbers})


def document(return_id: int, version: int) -> str:
    """The cause of the movements that a return makes at a version."""
    return f"return {return_id} {version}"


def _count(tx: Connection, counter: str, to: str, chosen: Sequence[Chosen], cause: str | None) -> None:
    tx.execute(
        f"UPDATE return_line x SET {counter} = x.{counter} + c.units, cause = coalesce(%s, x.cause) "
        "FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS c (return_id, line_no, units) "
        "WHERE x.return_id = c.return_id AND x.line_no = c.line_no",
        (
            cause if to == "written_off" else None,
            [each.pile.source for each in chosen], [each.pile.line_no for each in chosen],
            [each.units for each in chosen],
        ),
    )  # fmt: skip
    named = [(each.pile.source, each.pile.line_no, number) for each in chosen for number in each.serial_numbers]
    tx.execute(
        "UPDATE return_device d SET place = %s "
        "FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS c (return_id, line_no, serial_number) "
        "WHERE (d.return_id, d.line_no, d.serial_number) = (c.return_id, c.line_no, c.serial_number)",
        (to, *([each[column] for each in named] for column in range(3))),
    )


def _carry_devices(
    tx: Connection,
    locked: Mapping[int, LockedReturn],
    chosen: Sequence[Chosen],
    from_place: str,
    actor: str,
    cause: str | None,
) -> None:
    for to in sorted({each.to for each in chosen}):
        moves = [
            DeviceMove(each.pile.article, number, from_place, to, locked[each.pile.source].store)
            for each in chosen
            if each.to == to
            for number in each.serial_numbers
        ]
        try:
            move_devices(tx, moves, WAYS[from_place, to].kind, actor, reason=cause if to == "written_off" else None)
        except psycopg.errors.RestrictViolation as elsewhere:
            raise DeviceElsewhere from elsewhere


def move(
    tx: Connection,
    event: str,
    locked: Sequence[LockedReturn],
    actor: str,
    *,
    reason: str | None = None,
    settled: bool = False,
    chosen: Sequence[Chosen] = (),
) -> None:
    """Send `event` for locked returns of one outcome, and write their history with the units that moved."""
    for state in sorted({each.state for each in locked}):
        group = ReturnGroup(state, settled)
        after = advance_return(event, group)
        ids = [each.id for each in locked if each.state == state]
        details = [[_told(each) for each in chosen if each.pile.source == return_id] or None for return_id in ids]
        tx.execute(
            "SELECT move_returns(%s::bigint[], %s, %s, %s, %s, %s, %s)",
            (ids, event, state, after, actor, reason, Jsonb(details)),
        )


def _told(chosen: Chosen) -> dict[str, object]:
    return {
        "line_no": chosen.pile.line_no,
        "article": chosen.pile.article,
        "units": chosen.units,
        "to": chosen.to,
        "serial_numbers": list(chosen.serial_numbers),
    }
