"""What was counted? Each entry keeps what stood on hand at the moment of counting, under the balance's lock.

So the difference is true whatever moves before the count is closed. Next: scanning.py (one thing at a time),
ledger_then.py, closing.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.correcting import on_hand_of, tried_again
from workflows.counts.ledger_then import moved_since
from workflows.counts.machine import CountEnded
from workflows.counts.opening import CountNotFound
from workflows.ledger import lock_free


class Entry(NamedTuple):
    """What was counted of one article, in units; of individually marked ones their serial numbers as well."""

    article: str
    counted: int
    serial_numbers: tuple[str, ...] | None = None


class UnusableEntries(Exception):
    """Some of what was entered cannot be taken; nothing is. `reasons` say which and why, a line each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class CountedInTheFuture(Exception):
    """Tidpunkten har inte varit än (the moment of counting is yet to come)."""


def enter(
    database: Database, count_id: int, entries: Sequence[Entry], *, actor: str, at: datetime | None = None
) -> None:
    """Enter what was counted, all or nothing; an article that has been entered is replaced.

    `at` is when it was counted, if not at this moment. Raises CountNotFound, CountEnded, CountedInTheFuture,
    UnusableEntries, and StockMovedMeanwhile when the balances stay locked.
    """
    if entries:
        tried_again(lambda: _enter_once(database, count_id, entries, actor, at))


def _enter_once(database: Database, count_id: int, entries: Sequence[Entry], actor: str, at: datetime | None) -> None:
    with database.transaction() as tx:
        store = open_store(tx, count_id, at)
        refuse_unfit(tx, count_id, entries)
        write_entries(tx, count_id, store, entries, actor, at)


def write_entries(
    tx: Connection, count_id: int, store: str, entries: Sequence[Entry], actor: str, at: datetime | None = None
) -> None:
    """Write what was counted on the lines of an open count, with what stood on hand then, under the balances' locks."""
    goods = [Goods(store, each.article) for each in entries]
    lock_free(tx, goods)
    on_hand = on_hand_of(tx, goods)
    since = moved_since(tx, store, [each.article for each in goods], at) if at else {}
    tx.execute(
        """
        WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS present)
        UPDATE stock_count_line l
        SET counted = e.counted, expected = e.expected, counted_at = coalesce(%s, moment.present),
            entered_at = moment.present, entered_by = %s, serial_numbers = e.serial_numbers
        FROM moment, jsonb_to_recordset(%s) AS e (article text, counted int, expected int, serial_numbers text[])
        WHERE l.count_id = %s AND l.article = e.article
        """,
        (at, actor, Jsonb([_row(each, store, on_hand, since) for each in entries]), count_id),
    )


def _row(entry: Entry, store: str, on_hand: Mapping[Goods, int], since: Mapping[str, int]) -> dict[str, object]:
    expected = on_hand[Goods(store, entry.article)] - since.get(entry.article, 0)
    return entry._asdict() | {"expected": expected}


def open_store(tx: Connection, count_id: int, at: datetime | None = None) -> str:
    """The store of an open count, which stays open for this transaction. Raises CountNotFound, CountEnded, and
    CountedInTheFuture for a moment `at` that is yet to come."""
    row = tx.execute(
        "SELECT store, state, %s::timestamptz > clock_timestamp() FROM stock_count WHERE id = %s FOR SHARE",
        (at, count_id),
    ).fetchone()
    if row is None:
        raise CountNotFound(CountNotFound.__doc__)
    store, state, is_future = row
    if state != "open":
        raise CountEnded(count_id, state)
    if is_future:
        raise CountedInTheFuture(CountedInTheFuture.__doc__)
    return str(store)


def refuse_unfit(tx: Connection, count_id: int, entries: Sequence[Entry]) -> None:
    """Raises UnusableEntries for what the count does not have, or has otherwise."""
    individual: dict[str, bool] = dict(
        tx.execute(
            "SELECT l.article, a.individual FROM stock_count_line l JOIN article a ON a.number = l.article "
            "WHERE l.count_id = %s AND l.article = ANY(%s::text[])",
            (count_id, [each.article for each in entries]),
        ).fetchall()
    )
    reasons = []
    for article, counted, serial_numbers in entries:
        if article not in individual:
            reasons.append(f"{article}: ingår inte i inventeringen (is not in this count)")
        elif serial_numbers is not None and not individual[article]:
            reasons.append(f"{article}: är inte individmärkt; ange antal (is not individually marked: give a quantity)")
        elif serial_numbers is None and individual[article] and counted:
            reasons.append(f"{article}: är individmärkt; ange individnummer (is individually marked: give the numbers)")
        elif len(set(serial_numbers or ())) != len(serial_numbers or ()):
            reasons.append(f"{article}: samma individnummer två gånger (the same serial number twice)")
    if reasons:
        raise UnusableEntries(reasons)
