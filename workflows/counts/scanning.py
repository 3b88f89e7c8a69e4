"""What did the scanner read? A device of the count, or one more unit of an article that is not individually marked.

Each scan adds to what was entered, under the balance's lock, so that two who count the same shelf lose none. Next:
entering.py.
"""

from typing import NamedTuple

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.correcting import tried_again
from workflows.counts.entering import Entry, open_store, refuse_unfit, write_entries
from workflows.ledger import lock_free


class Scanned(NamedTuple):
    """The article whose unit was scanned, how many are counted of it now, and whether the scan added one."""

    article: str
    counted: int
    is_new: bool


class SayWhichArticle(Exception):
    """Numret är okänt: välj vilken artikel individen är (the number is unknown: choose which article the device is)."""


class NotInThisCount(Exception):
    """Inventeringen har ingen sådan artikel eller individ (the count has no such article or device)."""


class ScanTheNumber(Exception):
    """Artikeln är individmärkt: skanna individnumret (individually marked: scan the serial number)."""


def scan(database: Database, count_id: int, scanned: str, *, article: str | None, actor: str) -> Scanned:
    """Enter what was scanned: the number of an article of the count, or a serial number; of `article`, where the
    register does not tell.

    Raises SayWhichArticle, NotInThisCount, ScanTheNumber, CountNotFound, CountEnded, UnusableEntries, and
    StockMovedMeanwhile.
    """
    return tried_again(lambda: _scan_once(database, count_id, scanned, article, actor))


def take_back(database: Database, count_id: int, article: str, serial_number: str, *, actor: str) -> None:
    """The device was scanned by mistake: it was not found. Raises as scan does."""

    def once() -> None:
        with database.transaction() as tx:
            store = open_store(tx, count_id)
            refuse_unfit(tx, count_id, [Entry(article, 1, (serial_number,))])
            serials = [each for each in _serials(tx, count_id, store, article) if each != serial_number]
            write_entries(tx, count_id, store, [Entry(article, len(serials), tuple(serials))], actor)

    tried_again(once)


def _scan_once(database: Database, count_id: int, scanned: str, article: str | None, actor: str) -> Scanned:
    with database.transaction() as tx:
        store = open_store(tx, count_id)
        unmarked = _unmarked(tx, count_id, scanned)
        if unmarked is not None:
            entry = Entry(unmarked, _counted(tx, count_id, store, unmarked) + 1)
            write_entries(tx, count_id, store, [entry], actor)
            return Scanned(unmarked, entry.counted, is_new=True)
        meant = _article_of(tx, count_id, scanned, article)
        refuse_unfit(tx, count_id, [Entry(meant, 1, (scanned,))])
        serials = _serials(tx, count_id, store, meant)
        if scanned in serials:
            return Scanned(meant, len(serials), is_new=False)
        entry = Entry(meant, len(serials) + 1, (*serials, scanned))
        write_entries(tx, count_id, store, [entry], actor)
        return Scanned(meant, entry.counted, is_new=True)


def _unmarked(tx: Connection, count_id: int, scanned: str) -> str | None:
    """The article of the count with that number or GTIN; None where it is none."""
    row = tx.execute(
        "SELECT a.number, a.individual FROM stock_count_line l JOIN article a ON a.number = l.article "
        "WHERE l.count_id = %(count)s AND %(scanned)s IN (a.number, a.gtin) ORDER BY a.number <> %(scanned)s LIMIT 1",
        {"count": count_id, "scanned": scanned},
    ).fetchone()
    if row is None:
        return None
    if row[1]:
        raise ScanTheNumber(ScanTheNumber.__doc__)
    return str(row[0])


def _article_of(tx: Connection, count_id: int, serial_number: str, chosen: str | None) -> str:
    """Which marked article of the count the number belongs to: the one that was chosen, else the only one whose device
    it is by the register, else the count's only one."""
    if chosen:
        return chosen
    of_count = "FROM stock_count_line l JOIN article a ON a.number = l.article AND a.individual WHERE l.count_id = %s"
    known = tx.execute(
        f"SELECT l.article {of_count} AND EXISTS (SELECT FROM device d WHERE d.article = l.article "
        "AND d.serial_number = %s)",
        (count_id, serial_number),
    ).fetchall()
    found = known or tx.execute(f"SELECT l.article {of_count} LIMIT 2".encode(), (count_id,)).fetchall()
    if not found:
        raise NotInThisCount(NotInThisCount.__doc__)
    if len(found) > 1:
        raise SayWhichArticle(SayWhichArticle.__doc__)
    return str(found[0][0])


def _serials(tx: Connection, count_id: int, store: str, article: str) -> list[str]:
    """The numbers that are entered so far, with the balance locked: whoever scans beside waits."""
    lock_free(tx, [Goods(store, article)])
    row = tx.execute(
        "SELECT serial_numbers FROM stock_count_line WHERE count_id = %s AND article = %s", (count_id, article)
    ).fetchone()
    return list(row[0] or ()) if row else []


def _counted(tx: Connection, count_id: int, store: str, article: str) -> int:
    lock_free(tx, [Goods(store, article)])
    row = tx.execute(
        "SELECT coalesce(counted, 0) FROM stock_count_line WHERE count_id = %s AND article = %s", (count_id, article)
    ).fetchone()
    return int(row[0]) if row else 0
