"""resume: goods came free, and waiting orders go on, by priority, then age, then number; nobody is overtaken.

backordered → validated. Locks: the store (an advisory lock: one resume a store), waiting orders in the order of
their places *without* SKIP LOCKED (with it younger orders overtook 159 of 300), their tied lines and named devices,
then balances in key order.
Consumes `restock`; spans the order types, since they wait in one queue.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from config.database import Connection, Database
from config.fault_points import fault_point
from workflows.accessories.tying import lock_tied
from workflows.allocation import Demand, Goods
from workflows.cohort import COHORT, NOTHING, Step, Work, Worked, notify, run_searching
from workflows.journal import Worker
from workflows.machines import Group
from workflows.order_types import OrderType
from workflows.steps.allotting import allot, go_on, reserve_devices
from workflows.steps.following import lock_named
from workflows.steps.parked import make_due_again
from workflows.steps.reading import read_demands
from workflows.steps.waiting import keep_place, leave_queue, places_of, waiting_for, wake

EVENT = "resume"


def resume(work: Work, restocked: Collection[Goods]) -> None:
    """Give the waiting orders `work.ids` what has come free; who still lacks goods keeps its place.

    A place given up wakes who stands behind it: an order that was validated while these were being locked.
    """
    lock_tied(work.tx, work.ids)
    lock_named(work.tx, work.ids)
    allotments = allot(work.tx, _waiting_demands(work), work.actor, restocked)
    looked_at = [each for each in allotments if not each.passed_over]
    ids = [each.demand.place.order_id for each in looked_at]
    places = places_of(work.tx, ids)
    leave_queue(work.tx, ids)
    still = {each.demand.place.order_id: each.lacking for each in looked_at if each.waits}
    if still:
        keep_place(work.tx, list(still), still)
        work.tx.execute(
            "UPDATE orders SET alone = false, attempts = 0 WHERE id = ANY(%s::bigint[]) AND alone", (list(still),)
        )
    wake(work.tx, places - places_of(work.tx, list(still)))
    types: dict[int, str] = dict(
        work.tx.execute("SELECT id, order_type FROM orders WHERE id = ANY(%s::bigint[])", (ids,)).fetchall()
    )
    for order_type in sorted(set(types.values())):
        group = [each for each in looked_at if types[each.demand.place.order_id] == order_type]
        go_on(Work(work.tx, order_type, ids, work.actor), EVENT, Group("backordered"), group)
    reserve_devices(work, looked_at, waited=True)


def _waiting_demands(work: Work) -> list[Demand]:
    waiting = waiting_for(work.tx, work.ids)
    return [
        replace(demand, waits_for=frozenset(goods.article for goods in waiting.get(demand.place.order_id, ())))
        for demand in read_demands(work.tx, work.ids)
    ]


def resume_for(restocked: Collection[Goods]) -> Step:
    """The step that looks at orders which wait for the `restocked` goods."""
    return Step(EVENT, ("backordered",), lambda work: resume(work, restocked))


class Page(NamedTuple):
    """Waiting orders that are served together; whether more may wait, and whether they are the front of the queue."""

    ids: list[int]
    more: bool
    is_front: bool


def run_restocked(database: Database, worker: Worker, *, limit: int = COHORT) -> Worked:
    """Serve one store that has restocked goods: up to `limit` waiting orders, in one transaction."""
    with worker.accountable(), database.transaction() as tx:
        fault_point("step.before_claim")
        _take_up_failed(tx)
        store = _take_store(tx)
        if store is None:
            return NOTHING
        rows = tx.execute("DELETE FROM restock WHERE store = %s RETURNING article", (store,)).fetchall()
        articles = sorted({article for (article,) in rows})
        make_due_again(tx, store, articles)
        page = _waiting(tx, store, articles, limit)
        failed = 0
        if page.ids:
            worker.write(EVENT, page.ids)
            failed = run_searching(resume_for({Goods(store, each) for each in articles}), Work(tx, "", page.ids))
            fault_point("step.worked")
            if page.more:
                _look_again(tx, store, articles, page)
            worker.erase(tx)
        notify(tx)
        return Worked(max(len(page.ids), len(rows)), failed, None)


def _take_up_failed(tx: Connection) -> None:
    """Orders whose resume failed and whose time has come again: their goods are looked at, as if restocked."""
    tx.execute(
        """
        WITH due AS (
            UPDATE orders SET due_at = NULL WHERE id IN (
                SELECT id FROM orders WHERE state = 'backordered' AND order_type = ANY(%s) AND due_at <= now()
                AND held_since IS NULL ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id)
        INSERT INTO restock (store, article)
        SELECT w.store, w.article FROM waiting_line w JOIN due ON due.id = w.order_id ORDER BY 1, 2
        """,
        ([str(order_type) for order_type in OrderType],),
    )


def _take_store(tx: Connection) -> str | None:
    """A restocked store that no other transaction is serving."""
    for (store,) in tx.execute("SELECT DISTINCT store FROM restock ORDER BY store").fetchall():
        row = tx.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('resume ' || %s, 0))", (store,)).fetchone()
        if row is not None and row[0]:
            return str(store)
    return None


def _look_again(tx: Connection, store: str, articles: Sequence[str], page: Page) -> None:
    """Where more may wait than were served: leave restock for the next transaction, of the articles that the front
    of the queue does not lack any more. What it lacks, nobody behind it may have."""
    lacked = {goods.article for goods in places_of(tx, page.ids)} if page.is_front else set()
    tx.execute(
        "INSERT INTO restock (store, article) SELECT %s, unnest(%s::text[])",
        (store, [article for article in articles if article not in lacked]),
    )


def _waiting(tx: Connection, store: str, articles: Sequence[str], limit: int) -> Page:
    """Lock who waits for the articles, first in the queue first.

    One that must be tried alone makes a page of one; one that backs off after a failure is passed over.
    """
    rows = tx.execute(
        """
        SELECT o.id, o.alone FROM orders o
        WHERE o.state = 'backordered' AND o.held_since IS NULL AND o.id = ANY(ARRAY(
            SELECT order_id FROM (
                SELECT DISTINCT w.priority, w.received_at, w.order_id, free.alone FROM waiting_line w
                JOIN orders free ON free.id = w.order_id AND free.held_since IS NULL
                    AND (free.due_at IS NULL OR free.due_at <= now())
                WHERE w.store = %s AND w.article = ANY(%s::text[])
                ORDER BY free.alone DESC, 1, 2, 3 LIMIT %s) page))
        ORDER BY o.alone DESC, o.priority, o.received_at, o.id FOR NO KEY UPDATE
        """,
        (store, list(articles), limit),
    ).fetchall()
    alone = [order_id for order_id, tried_alone in rows if tried_alone]
    if alone:
        return Page(alone[:1], more=True, is_front=False)
    return Page([order_id for order_id, _ in rows], more=len(rows) == limit, is_front=True)
