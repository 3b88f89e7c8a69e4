"""How does a stock count end? Closed, it books what differed, once; cancelled, it books nothing.

Locks: the count, orders, devices, then balances in key order. Next: correcting.py, found_devices.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.errors import RestrictViolation, UniqueViolation
from psycopg.types.json import Jsonb

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.cohort import notify
from workflows.correcting import (
    Cause,
    OnHand,
    StockMovedMeanwhile,
    correct_balances,
    lock_youngest,
    on_hand_of,
    tried_again,
)
from workflows.counts.found_devices import FoundDevices, compare, follow, units_to_book
from workflows.counts.ledger_then import corrected_since
from workflows.counts.machine import ended
from workflows.counts.opening import CountNotFound
from workflows.devices import Device, devices_of, lock_devices, wake_for_lost, wake_parked
from workflows.free_text import refuse_personal_number
from workflows.steps.cancel import ReasonMissing


class ClosedCount(NamedTuple):
    """What a close did: units booked by article, found (+) or missing (−); the orders that wait again for their
    goods; and what was found of individually marked devices."""

    booked: dict[str, int]
    gave_up: list[int]
    devices: list[FoundDevices]


class _Line(NamedTuple):
    article: str
    counted: int
    expected: int
    counted_at: datetime
    serial_numbers: Sequence[str] | None


def close_count(database: Database, count_id: int, *, cause: str, actor: str) -> ClosedCount:
    """Book what was counted less what was expected at that moment, on the balances as they are.

    What was not entered stays as it is. Where less is there than is reserved, the youngest orders wait again; so does
    an order whose reserved device was not found.
    Raises CountNotFound, CountEnded, ReasonMissing, PersonalNumberInText, BelowNothing (count those again), and
    StockMovedMeanwhile when others reserve in between again and again.
    """
    _require_reason(cause)
    return tried_again(lambda: close_once(database, count_id, cause=cause, actor=actor))


def close_once(database: Database, count_id: int, *, cause: str, actor: str) -> ClosedCount:
    """One try of close_count."""
    document = f"count {count_id}"
    with database.transaction() as tx:
        store, state = _locked(tx, count_id)
        after = ended(count_id, state, "close")
        lines = _counted(tx, count_id)
        goods = [Goods(store, each.article) for each in lines]
        seen = _compared(tx, store, lines)
        locked = lock_youngest(tx, _aim(tx, store, lines, seen, on_hand_of(tx, goods)), _holders(seen))
        devices = _locked_devices(tx, store, lines, locked)

        def aim(on_hand: OnHand) -> OnHand:
            return _aim(tx, store, lines, devices, on_hand)

        try:
            follow(tx, store, devices, f"{document}: {cause}", actor)
        except (RestrictViolation, UniqueViolation):
            raise StockMovedMeanwhile(StockMovedMeanwhile.__doc__) from None
        corrected = correct_balances(
            tx, goods, aim, locked, Cause("count", document, cause, actor), giving_up=_holders(devices)
        )
        wake_parked(tx, store, [each.article for each in devices if each.found_again or each.unknown])
        wake_for_lost(tx, [each.article for each in devices if each.missing or each.reserved])
        booked = {each.article: units for each, units in corrected.booked.items()}
        tx.execute(
            "UPDATE stock_count_line SET booked = coalesce((%s::jsonb ->> article)::int, 0), "
            "elsewhere = (SELECT array_agg(s) FROM jsonb_array_elements_text(%s::jsonb -> article) AS s) "
            "WHERE count_id = %s AND counted IS NOT NULL",
            (Jsonb(booked), Jsonb({each.article: each.elsewhere for each in devices}), count_id),
        )
        _end(tx, count_id, after, cause, actor)
        notify(tx)
    return ClosedCount(booked, corrected.gave_up, devices)


def cancel_count(database: Database, count_id: int, *, reason: str, actor: str) -> None:
    """End the count without booking anything. Raises CountNotFound, CountEnded, ReasonMissing, PersonalNumberInText."""
    _require_reason(reason)
    with database.transaction() as tx:
        _, state = _locked(tx, count_id)
        _end(tx, count_id, ended(count_id, state, "cancel"), reason, actor)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    refuse_personal_number(reason)


def _locked(tx: Connection, count_id: int) -> tuple[str, str]:
    row = tx.execute("SELECT store, state FROM stock_count WHERE id = %s FOR NO KEY UPDATE", (count_id,)).fetchone()
    if row is None:
        raise CountNotFound(CountNotFound.__doc__)
    return row[0], row[1]


def _counted(tx: Connection, count_id: int) -> list[_Line]:
    rows = tx.execute(
        # None found of an individually marked article is no serial number, which is an answer too.
        "SELECT l.article, l.counted, l.expected, l.counted_at, "
        "CASE WHEN a.individual AND l.counted = 0 THEN '{}'::text[] ELSE l.serial_numbers END "
        "FROM stock_count_line l JOIN article a ON a.number = l.article "
        "WHERE l.count_id = %s AND l.counted IS NOT NULL ORDER BY l.article",
        (count_id,),
    )
    return [_Line(*row) for row in rows]


def _compared(tx: Connection, store: str, lines: Sequence[_Line]) -> list[FoundDevices]:
    return [
        compare(tx, store, each.article, each.serial_numbers, each.counted_at)
        for each in lines
        if each.serial_numbers is not None
    ]


def _holders(compared: Sequence[FoundDevices]) -> set[int]:
    return {order_id for each in compared for order_id in each.holders}


def _locked_devices(
    tx: Connection, store: str, lines: Sequence[_Line], locked: Mapping[int, str]
) -> list[FoundDevices]:
    """What was found, compared anew when the devices it tells of, and those of the `locked` orders, are locked: who
    reserves one meanwhile does not lose it unseen."""
    told = {Device(each.article, serial) for each in _compared(tx, store, lines) for serial in each.to_move}
    lock_devices(tx, told.union(devices_of(tx, list(locked))))
    compared = _compared(tx, store, lines)
    moving = {Device(each.article, serial) for each in compared for serial in each.to_move}
    if not (moving <= told and _holders(compared) <= locked.keys()):
        raise StockMovedMeanwhile(StockMovedMeanwhile.__doc__)
    return compared


def _aim(
    tx: Connection, store: str, lines: Sequence[_Line], devices: Sequence[FoundDevices], on_hand: OnHand
) -> OnHand:
    """What must stand on hand now for it to have been what was counted then; of what is counted by its numbers, what
    the register says of each, since it tells which of them moved.

    What an order has corrected since (a short pick, an own-store difference) is the same gap, seen twice: it is not
    booked again.
    """
    by_number = {each.article: each for each in devices}
    since = corrected_since(tx, store, [(each.article, each.counted_at) for each in lines])
    target = {}
    for each in lines:
        goods = Goods(store, each.article)
        if each.article in by_number:
            compared = by_number[each.article]
            left = units_to_book(tx, store, compared, on_hand[goods], each.expected, each.counted_at)
        else:
            difference, seen = each.counted - each.expected, since.get(each.article, 0)
            left = max(0, difference - max(0, seen)) if difference > 0 else min(0, difference - min(0, seen))
        target[goods] = on_hand[goods] + left
    return target


def _end(tx: Connection, count_id: int, state: str, reason: str, actor: str) -> None:
    tx.execute(
        "UPDATE stock_count SET ended_at = clock_timestamp(), ended_by = %s, reason = %s, state = %s WHERE id = %s",
        (actor, reason, state, count_id),
    )
