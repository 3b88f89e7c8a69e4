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
from workflows.steps.waiting import keep_place, leave_queue, places_of, wake

EVENT = "resume"


def resume(work: Work) -> None:
    """Give the waiting orders `work.ids` what has come free; who still lacks goods keeps its place.

    A place given up wakes who stands behind it: an order that was validated while these were being locked.
    """
    places = places_of(work.tx, work.ids)
    allotments = allot(work.tx, read_demands(work.tx, work.ids), work.actor)
    leave_queue(work.tx, work.ids)
    still = {each.demand.place.order_id: each.lacking for each in allotments if each.waits}
    if still:
        keep_place(work.tx, list(still), still)
        work.tx.execute(
            "UPDATE orders SET alone = false, attempts = 0 WHERE id = ANY(%s::bigint[]) AND alone", (list(still),)
        )
    wake(work.tx, places - places_of(work.tx, list(still)))
    types: dict[int, str] = dict(
        work.tx.execute("SELECT id, order_type FROM orders WHERE id = ANY(%s::bigint[])", (list(work.ids),)).fetchall()
    )
    for order_type in sorted(set(types.values())):
        group = [each for each in allotments if types[each.demand.place.order_id] == order_type]
        go_on(Work(work.tx, order_type, work.ids, work.actor), EVENT, Group("backordered"), group)


STEP = Step(EVENT, ("backordered",), resume)


def run_restocked(database: Database, worker: Worker, *, limit: int = COHORT) -> Worked:
    """Serve one store that has restocked goods: up to `limit` waiting orders, in one transaction."""
    with worker.accountable(), database.transaction() as tx:
        store = _take_store(tx)
        if store is None:
            return NOTHING
        rows = tx.execute("DELETE FROM restock WHERE store = %s RETURNING article", (store,)).fetchall()
        articles = sorted({article for (article,) in rows})
        page = _waiting(tx, store, articles, limit)
        failed = 0
        if page:
            ids = [place.order_id for place in page]
            worker.write(EVENT, ids)
            failed = run_searching(STEP, Work(tx, "", ids))
            _look_again(tx, store, articles, ids, more=len(page) == limit or len(page) == 1)
            worker.erase(tx)
        notify(tx)
        return Worked(max(len(page), len(rows)), failed, None)


def _take_store(tx: Connection) -> str | None:
    """A restocked store that no other transaction is serving."""
    for (store,) in tx.execute("SELECT DISTINCT store FROM restock ORDER BY store").fetchall():
        row = tx.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('resume ' || %s, 0))", (store,)).fetchone()
        if row is not None and row[0]:
            return str(store)
    return None


def _look_again(tx: Connection, store: str, articles: Sequence[str], ids: Sequence[int], *, more: bool) -> None:
    """Where more may wait than were served: leave restock for the next transaction, of the articles that the front
    of the queue does not lack any more. What it lacks, nobody behind it may have."""
    if not more:
        return
    lacked = {goods.article for goods in places_of(tx, ids)}
    tx.execute(
        "INSERT INTO restock (store, article) SELECT %s, unnest(%s::text[])",
        (store, [article for article in articles if article not in lacked]),
    )


def _waiting(tx: Connection, store: str, articles: Sequence[str], limit: int) -> list[Place]:
    """Lock who waits for the articles, first in the queue first; one that must be tried alone makes a page of one."""
    rows = tx.execute(
        """
        SELECT o.priority, o.received_at, o.id, o.alone FROM orders o
        WHERE o.state = 'backordered' AND o.held_since IS NULL AND o.id = ANY(ARRAY(
            SELECT order_id FROM (
                SELECT DISTINCT w.priority, w.received_at, w.order_id, free.alone FROM waiting_line w
                JOIN orders free ON free.id = w.order_id AND free.held_since IS NULL
                WHERE w.store = %s AND w.article = ANY(%s::text[])
                ORDER BY free.alone DESC, 1, 2, 3 LIMIT %s) page))
        ORDER BY o.alone DESC, o.priority, o.received_at, o.id FOR NO KEY UPDATE
        """,
        (store, list(articles), limit),
    ).fetchall()
    alone = [Place(*place) for *place, tried_alone in rows if tried_alone]
    return alone[:1] or [Place(*place) for *place, _ in rows]
