"""What happens in the demo beside the main line? Some change their minds, goods arrive and come back, stores refill.

After the first orders are at rest: a few that wait are cancelled, the supplier delivers what most wait for, delivered
goods come back to the shelf, to repair or as svinn, and every kommunlager is refilled. The workers then do the rest.
"""

from dataclasses import asdict, dataclass

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import receive_goods
from workflows.refill import refill_all
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.steps.cancel import CANCEL

ACTOR = "demo"
CANCELLED_OF_WAITING = 10
"""One in so many waiting orders is cancelled."""
RETURNED_OF_DELIVERED = 200
"""One in so many delivered orders comes back."""
ARTICLES_RECEIVED = 5
"""The supplier delivers what is lacking of so many articles."""

JUDGEMENTS = (SHELF, REPAIR, WRITTEN_OFF)


@dataclass(frozen=True, slots=True)
class Day:
    """How many orders were cancelled, articles received, orders returned, and refill orders made."""

    cancelled: int
    received: int
    returned: int
    refills: int

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def live_a_day(database: Database, batch_id: int) -> Day:
    """Do what people do; the orders that follow are due, and nobody has worked them yet."""
    return Day(
        cancelled=_cancel(database, batch_id),
        received=_receive(database, batch_id),
        returned=_return(database, batch_id),
        refills=sum(len(refill.created) for refill in refill_all(database, actor=ACTOR)),
    )


def _cancel(database: Database, batch_id: int) -> int:
    """The youngest of those that wait are not needed any more."""
    with database.transaction() as tx:
        waiting = _ids(tx, "state = 'backordered' AND rest_of IS NULL", "received_at DESC, id DESC", batch_id)
    cancelled = waiting[: -(-len(waiting) // CANCELLED_OF_WAITING)]
    for order_id in cancelled:
        run_named(database, CANCEL, order_id, actor=ACTOR, reason="Behövs inte längre")
    return len(cancelled)


def _receive(database: Database, batch_id: int) -> int:
    """What most orders wait for arrives. Individually marked devices would need their numbers: others do."""
    with database.transaction() as tx:
        lacking = tx.execute(
            "SELECT w.store, w.article, sum(w.quantity)::int FROM waiting_line w JOIN orders o ON o.id = w.order_id "
            "JOIN article a ON a.number = w.article WHERE o.batch_id = %s AND NOT a.individual "
            "GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT %s",
            (batch_id, ARTICLES_RECEIVED),
        ).fetchall()
    for store, article, units in lacking:
        receive_goods(database, Goods(store, article), units, document=f"DEMO-{batch_id}-{article}", actor=ACTOR)
    return len(lacking)


def _return(database: Database, batch_id: int) -> int:
    """Delivered goods come back to the store they came from, and are judged in turn."""
    with database.transaction() as tx:
        delivered = _ids(tx, "state = 'delivered' AND receiver_kind <> 'kommunlager'", "id", batch_id)
    returned = delivered[::RETURNED_OF_DELIVERED]
    for place, order_id in enumerate(returned):
        with database.transaction() as tx:
            store = tx.execute("SELECT sender FROM orders WHERE id = %s", (order_id,)).fetchone()
            assert store is not None
            request = ReturnRequest(store[0], "Används inte längre", order_id)
            return_id = request_return(tx, request, actor=ACTOR)
            receive_returns(tx, [return_id], actor=ACTOR)
            judgement = Pick(to=JUDGEMENTS[place % len(JUDGEMENTS)])
            judge_returns(tx, [return_id], [judgement], actor=ACTOR, cause="Slitage")
    return len(returned)


def _ids(tx: Connection, which: str, by: str, batch_id: int) -> list[int]:
    rows = tx.execute(f"SELECT id FROM orders WHERE batch_id = %s AND {which} ORDER BY {by}".encode(), (batch_id,))
    return [order_id for (order_id,) in rows]
