"""Which goods are counted? A whole store, its shelves whose names begin so, or articles; each in one open count.

Next: entering.py; reading.py (the sheet).
"""

from collections.abc import Sequence

from config.database import Connection, Database
from workflows.counting import UnknownGoods


class NothingToCount(Exception):
    """Det finns inget att räkna där (there is nothing to count there)."""


class AlreadyBeingCounted(Exception):
    """Some of the goods are in an open count: they are counted there first."""

    def __init__(self, counts: Sequence[tuple[str, int]]) -> None:
        shown = ", ".join(f"{article} i I-{count_id}" for article, count_id in counts[:20])
        more = f" och {len(counts) - 20} till" if len(counts) > 20 else ""
        super().__init__(f"Räknas redan: {shown}{more} (already in an open count)")


class CountNotFound(Exception):
    """Inventeringen finns inte (there is no such stock count)."""


def open_count(
    database: Database, store: str, *, shelf: str | None = None, articles: Sequence[str] = (), actor: str
) -> int:
    """Open a count of `store`: of `articles`, or what has a place on shelves whose names begin with `shelf`, or all
    that the store has or should have. Returns its number.

    Raises UnknownGoods, NothingToCount, AlreadyBeingCounted.
    """
    with database.transaction() as tx:
        wanted = _named(tx, store, articles) if articles else _kept(tx, store, shelf)
        if not wanted:
            raise NothingToCount(NothingToCount.__doc__)
        row = tx.execute(
            "INSERT INTO stock_count (store, shelf, opened_by) VALUES (%s, %s, %s) RETURNING id", (store, shelf, actor)
        ).fetchone()
        assert row is not None
        opened = tx.execute(
            "INSERT INTO stock_count_line (count_id, store, article) "
            "SELECT %s, %s, article FROM unnest(%s::text[]) AS article ORDER BY article "
            "ON CONFLICT (store, article) WHERE state = 'open' DO NOTHING RETURNING article",
            (row[0], store, wanted),
        ).fetchall()
        if taken := set(wanted) - {article for (article,) in opened}:
            raise AlreadyBeingCounted(_open_counts_of(tx, store, taken))
        return int(row[0])


def _named(tx: Connection, store: str, articles: Sequence[str]) -> list[str]:
    wanted = sorted(set(articles))
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM store WHERE code = %s), ARRAY(SELECT w FROM unnest(%s::text[]) AS w "
        "WHERE NOT EXISTS (SELECT FROM article WHERE number = w) ORDER BY w)",
        (store, wanted),
    ).fetchone()
    assert row is not None
    if not row[0] or row[1]:
        raise UnknownGoods(UnknownGoods.__doc__)
    return wanted


def _kept(tx: Connection, store: str, shelf: str | None) -> list[str]:
    if tx.execute("SELECT FROM store WHERE code = %s", (store,)).fetchone() is None:
        raise UnknownGoods(UnknownGoods.__doc__)
    rows = tx.execute(
        """
        SELECT article FROM stock_target
        WHERE store = %(store)s AND (%(shelf)s::text IS NULL OR shelf ^@ %(shelf)s)
        UNION SELECT article FROM stock_balance WHERE store = %(store)s AND on_hand > 0 AND %(shelf)s::text IS NULL
        ORDER BY article
        """,
        {"store": store, "shelf": shelf},
    )
    return [article for (article,) in rows]


def _open_counts_of(tx: Connection, store: str, articles: set[str]) -> list[tuple[str, int]]:
    return tx.execute(
        "SELECT article, count_id FROM stock_count_line "
        "WHERE store = %s AND article = ANY(%s::text[]) AND state = 'open' ORDER BY article",
        (store, sorted(articles)),
    ).fetchall()
