"""resume: goods came free, and waiting orders go on, by priority, then age, then number; nobody is overtaken.

backordered → validated. Locks: the store (an advisory lock: one resume a store), waiting orders in the order of
their places *without* SKIP LOCKED (with it younger orders overtook 159 of 300), then balances in key order.
Consumes `restock`; spans the order types, since they wait in one queue.
"""

from collections.abc import Sequence

from config.database import Connection, Database
from workflows.allocation import Place
from workflows.cohort import COHORT, NOTHING, Step, Work, Worked, notify, run_searching
from workflows.journal import Worker
from workflows.machines import Group
from workflows.steps.allotting import allot, go_on
from workflows.steps.reading import read_demands
from workflows.steps.waiting import keep_place, leave_queue

EVENT = "resume"


def resume(work: Work) -> None:
    """Give the waiting orders `work.ids` what has come free; who still lacks goods keeps its place."""
    allotments = allot(work.tx, read_demands(work.tx, work.ids), work.actor)
    leave_queue(work.tx, work.ids)
    still = {each.demand.place.order_id: each.lacking for each in allotments if each.waits}
    if still:
        keep_place(work.tx, list(still), still)
    types: dict[int, str] = dict(
        work.tx.execute("SELECT id, order_type FROM orders WHERE id = ANY(%s::bigint[])", (list(work.ids),)).fetchall()
    )
    for order_type in sorted(set(types.values())):
        group = [each for each in allotments if types[each.demand.place.order_id] == order_type]
        go_on(Work(work.tx, order_type, work.ids, work.actor), EVENT, Group("backordered"), group)


STEP = Step(EVENT, ("backordered",), resume)


def run_restocked(database: Database, worker: Worker, *, limit: int = COHORT) -> Worked:
    """Serve one store that has restocked goods: up to `limit` waiting orders, in one transaction."""
    with database.transaction() as tx:
        store = _take_store(tx)
        if store is None:
            return NOTHING
        rows = tx.execute("DELETE FROM restock WHERE store = %s RETURNING article", (store,)).fetchall()
        articles = sorted({article for (article,) in rows})
        served, failed = _serve(tx, worker, store, articles, limit)
        worker.erase(tx)
        notify(tx)
        return Worked(max(served, len(rows)), failed, None)


def _serve(tx: Connection, worker: Worker, store: str, articles: list[str], limit: int) -> tuple[int, int]:
    """Serve waiting orders page by page until one page brings some on. Returns how many were looked at and failed."""
    seen, failed = 0, 0
    after: Place | None = None
    while page := _waiting(tx, store, articles, limit, after):
        ids = [place.order_id for place in page]
        worker.write(EVENT, ids)
        failed += run_searching(STEP, Work(tx, "", ids))
        seen += len(ids)
        if len(page) < limit:
            break
        if _some_went_on(tx, ids):
            # More may be waiting than one transaction serves: look again after this one.
            tx.execute("INSERT INTO restock (store, article) SELECT %s, unnest(%s::text[])", (store, articles))
            break
        after = page[-1]
    return seen, failed


def _some_went_on(tx: Connection, ids: Sequence[int]) -> bool:
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM orders WHERE id = ANY(%s::bigint[]) AND state <> 'backordered')", (list(ids),)
    ).fetchone()
    return row is not None and bool(row[0])


def _take_store(tx: Connection) -> str | None:
    """A restocked store that no other transaction is serving."""
    for (store,) in tx.execute("SELECT DISTINCT store FROM restock ORDER BY store").fetchall():
        row = tx.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('resume ' || %s, 0))", (store,)).fetchone()
        if row is not None and row[0]:
            return str(store)
    return None


def _waiting(tx: Connection, store: str, articles: Sequence[str], limit: int, after: Place | None) -> list[Place]:
    """Lock who waits for the articles behind `after`, first in the queue first."""
    rows = tx.execute(
        f"""
        SELECT o.priority, o.received_at, o.id FROM orders o
        WHERE o.state = 'backordered' AND o.held_since IS NULL AND o.id = ANY(ARRAY(
            SELECT order_id FROM (
                SELECT DISTINCT w.priority, w.received_at, w.order_id FROM waiting_line w
                WHERE w.store = %(store)s AND w.article = ANY(%(articles)s::text[])
                  {"AND (w.priority, w.received_at, w.order_id) > (%(p)s, %(r)s, %(o)s)" if after else ""}
                  AND NOT EXISTS (SELECT FROM orders h WHERE h.id = w.order_id AND h.held_since IS NOT NULL)
                ORDER BY 1, 2, 3 LIMIT %(limit)s) page))
        ORDER BY o.priority, o.received_at, o.id FOR NO KEY UPDATE
        """,
        {"store": store, "articles": list(articles), "limit": limit}
        | ({"p": after.priority, "r": after.received_at, "o": after.order_id} if after else {}),
    )
    return [Place(*row) for row in rows]
