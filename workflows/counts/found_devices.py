"""Which individually marked devices did a count find? Compared with the register as it was when they were counted.

Devices that moved on since then were there, and are left alone. Next: closing.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from config.database import Connection
from workflows.devices import DeviceMove, move_devices


class FoundDevices(NamedTuple):
    """Of one article: what the register says of the numbers that were and were not found."""

    article: str
    missing: list[str]
    """Free in this store by the register and not found: they go to the store's difference."""
    reserved: list[str]
    """Not found either: the orders that had reserved them give up their goods."""
    holders: list[int]
    """Those orders."""
    found_again: list[str]
    """Missing since an earlier count, and found."""
    unknown: list[str]
    """In no register: they are registered here."""
    elsewhere: list[str]
    """Found here, but in another place by the register: nothing is moved for them."""

    @property
    def to_move(self) -> list[str]:
        """The devices whose place is another by the count."""
        return [*self.missing, *self.reserved, *self.found_again, *self.unknown]


def compare(tx: Connection, store: str, article: str, found: Sequence[str], counted_at: datetime) -> FoundDevices:
    """What the count of `article` says of the register; reads only."""
    rows = tx.execute(
        """
        SELECT coalesce(d.serial_number, f.serial_number), f.serial_number IS NOT NULL, d.place, d.store,
               d.order_id, coalesce((
                   SELECT e.place = 'store' AND e.store = %(store)s FROM device_event e
                   WHERE e.article = d.article AND e.serial_number = d.serial_number AND e.at <= %(at)s
                   ORDER BY e.id DESC LIMIT 1), false)
        FROM (SELECT * FROM device WHERE article = %(article)s AND (
                  store = %(store)s AND place = 'store' OR serial_number = ANY(%(found)s::text[]))) d
        FULL JOIN unnest(%(found)s::text[]) AS f (serial_number) ON f.serial_number = d.serial_number
        ORDER BY 1
        """,
        {"store": store, "article": article, "found": list(found), "at": counted_at},
    )
    answer = FoundDevices(article, [], [], [], [], [], [])
    for serial_number, is_found, place, where, holder, was_here in rows:
        is_here = (place, where) == ("store", store)
        if is_found and place is None:
            answer.unknown.append(serial_number)
        elif is_found and place == "difference":
            answer.found_again.append(serial_number)
        elif is_found and not is_here and not was_here:
            answer.elsewhere.append(serial_number)
        elif not is_found and was_here and is_here:
            (answer.missing if holder is None else answer.reserved).append(serial_number)
            answer.holders.extend([] if holder is None else [holder])
    return answer


def units_to_book(
    tx: Connection, store: str, compared: FoundDevices, on_hand: int, expected: int, counted_at: datetime
) -> int:
    """Units that an article counted by its numbers lacks (+) or has too many of (−) on hand: the devices that came or
    went by register alone, less the units that no register knew of and whose numbers are found by this count, or not.

    The same before and after `follow`. `expected` is what stood on hand when they were counted: units without a
    number that came since are not of the count.
    """
    came, lost = compared.found_again + compared.unknown, compared.missing + compared.reserved
    row = tx.execute(
        "SELECT count(*) FROM device WHERE article = %s AND store = %s AND place = 'store' "
        "AND serial_number <> ALL(%s::text[])",
        (compared.article, store, came + lost),
    ).fetchone()
    assert row is not None
    without_number = on_hand - row[0] - len(lost)
    if without_number > 0:
        without_number = min(without_number, max(0, expected - _registered(tx, store, compared.article, counted_at)))
    return len(came) - len(lost) - int(without_number)


def _registered(tx: Connection, store: str, article: str, moment: datetime) -> int:
    """How many devices of the article stood in the store at a moment, by their lives."""
    row = tx.execute(
        "SELECT count(*) FROM device d CROSS JOIN LATERAL (SELECT e.place, e.store FROM device_event e "
        "WHERE e.article = d.article AND e.serial_number = d.serial_number AND e.at <= %s "
        "ORDER BY e.id DESC LIMIT 1) e WHERE d.article = %s AND e.place = 'store' AND e.store = %s",
        (moment, article, store),
    ).fetchone()
    assert row is not None
    return int(row[0])


def follow(tx: Connection, store: str, compared: Sequence[FoundDevices], reason: str, actor: str) -> None:
    """Bring the register to what was found. Raises psycopg's RestrictViolation or UniqueViolation where a device
    has moved since it was compared."""
    moves = [
        DeviceMove(each.article, serial_number, from_place, to_place, store)
        for each in compared
        for serials, from_place, to_place in (
            (each.missing, "store", "difference"),
            (each.reserved, "store", "difference"),
            (each.found_again, "difference", "store"),
            (each.unknown, None, "store"),
        )
        for serial_number in serials
    ]
    move_devices(tx, moves, "count", actor, reason=reason)
