"""Stock counts for tests: opened, entered and closed in one line, and what they booked."""

from datetime import datetime

from config.database import Database
from workflows.counts.closing import ClosedCount, close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count


def opened(database: Database, *articles: str, store_code: str = "10") -> int:
    """Open a count of these articles; its number."""
    return open_count(database, store_code, articles=articles or ("A1",), actor="anna")


def counted(database: Database, count_id: int, at: datetime | None = None, **units: int) -> None:
    """Enter so many units of each article."""
    enter(database, count_id, [Entry(article, number) for article, number in units.items()], actor="bo", at=at)


def closed(database: Database, count_id: int) -> ClosedCount:
    """Close the count."""
    return close_count(database, count_id, cause="årsinventering", actor="anna")


def booked(database: Database, count_id: int) -> list[tuple[str, int, str, str, str]]:
    """(article, units, from, to, actor) of each movement of the count."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT article, quantity, from_place, to_place, actor FROM movement WHERE kind = 'count' "
            "AND document = %s ORDER BY article",
            (f"count {count_id}",),
        ).fetchall()


def now(database: Database) -> datetime:
    """The database's clock."""
    with database.transaction() as tx:
        row = tx.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
