"""How does a balance become what was counted? The difference is booked, and orders give up what is not there.

The locks are taken as everywhere: orders (lock_youngest), then balances (correct_balances). Others may reserve in
between; then nothing is done and it is tried again. Next: counting.py (one article), counts/closing.py (a count).
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, TypeVar

from config.database import TRANSIENT, Connection
from workflows.allocation import Goods
from workflows.cohort import Work
from workflows.devices import devices_of, lock_devices
from workflows.ledger import OUTSTANDING, Movement, book, lock_free
from workflows.steps.short import order_goods
from workflows.steps.unreserve import unreserve

ATTEMPTS = 5
"""How often a correction is tried when others reserve or lock the same goods in between."""

OnHand = Mapping[Goods, int]
Answer = TypeVar("Answer")


class StockMovedMeanwhile(Exception):
    """Saldot ändrades under tiden; försök igen (the balance changed meanwhile; try again)."""


class BelowNothing(Exception):
    """More has left the shelf since it was counted than was there: `goods` must be counted again."""

    def __init__(self, goods: Collection[Goods]) -> None:
        articles = ", ".join(each.article for each in sorted(goods))
        super().__init__(
            f"Räkna om {articles}: fler har lämnat hyllan än som räknades "
            "(count again: more has left the shelf than was counted)"
        )


class Cause(NamedTuple):
    """Why balances are corrected: the movements' kind and document, the reason the orders are told, and who."""

    kind: str
    document: str
    reason: str
    actor: str


class Corrected(NamedTuple):
    """What was booked, in units, found (+) or missing (−), and the orders that gave their goods up."""

    booked: dict[Goods, int]
    gave_up: list[int]


def tried_again(attempt: Callable[[], Answer]) -> Answer:
    """What `attempt`, a transaction of its own, comes to, tried up to ATTEMPTS times. Raises StockMovedMeanwhile."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except (StockMovedMeanwhile, *TRANSIENT):
            continue
    raise StockMovedMeanwhile(StockMovedMeanwhile.__doc__)


def lock_youngest(tx: Connection, target: OnHand, giving_up: Collection[int] = ()) -> dict[int, str]:
    """Lock the orders that must give up their goods for on_hand to become `target`, and those that are `giving_up`
    theirs whatever it becomes; their types by id."""
    rows: list[tuple[int, str]] = tx.execute(
        "SELECT id, order_type FROM orders WHERE id = ANY(%s::bigint[]) AND state = 'validated' "
        "ORDER BY id FOR NO KEY UPDATE",
        ([*giving_up, *_youngest(tx, target, giving_up)],),
    ).fetchall()
    return dict(rows)


def correct_balances(
    tx: Connection,
    goods: Collection[Goods],
    aim: Callable[[OnHand], OnHand],
    locked: Mapping[int, str],
    cause: Cause,
    giving_up: Collection[int] = (),
) -> Corrected:
    """Make on_hand of `goods` what `aim` says of it, by movements against their stores' difference.

    Where less is there than is reserved, the youngest orders wait again, and those `giving_up` in any case; `locked`
    are those that lock_youngest locked for it. Raises BelowNothing, and StockMovedMeanwhile when others reserved since.
    """
    # Everything that will be touched, devices before balances, in key order, before the first of it.
    lock_devices(tx, devices_of(tx, list(locked)))
    lock_free(tx, set(goods) | order_goods(tx, *locked))
    target = aim(on_hand_of(tx, goods))
    if missing := [each for each in goods if target[each] < 0]:
        raise BelowNothing(missing)
    waiting_again = sorted({*giving_up, *_youngest(tx, target, giving_up)})
    if not locked.keys() >= set(waiting_again):
        raise StockMovedMeanwhile(StockMovedMeanwhile.__doc__)
    for order_type in sorted({locked[order_id] for order_id in waiting_again}):
        ids = [order_id for order_id in waiting_again if locked[order_id] == order_type]
        unreserve(Work(tx, order_type, ids, cause.actor, cause.reason))
    on_hand = on_hand_of(tx, goods)
    booked = {each: target[each] - on_hand[each] for each in sorted(goods) if target[each] != on_hand[each]}
    if booked:
        book(tx, [_movement(each, units, cause) for each, units in booked.items()], [], cause.actor)
    return Corrected(booked, waiting_again)


def on_hand_of(tx: Connection, goods: Collection[Goods]) -> dict[Goods, int]:
    """The balances on hand, in units; 0 for what was never there."""
    rows = tx.execute(
        "SELECT g.store, g.article, coalesce(b.on_hand, 0) FROM unnest(%s::text[], %s::text[]) AS g (store, article) "
        "LEFT JOIN stock_balance b USING (store, article)",
        ([each.store for each in goods], [each.article for each in goods]),
    )
    return {Goods(store, article): on_hand for store, article, on_hand in rows}


def _movement(goods: Goods, units: int, cause: Cause) -> Movement:
    shelf, gap = ("store", goods.store), ("difference", goods.store)
    source, target = (gap, shelf) if units > 0 else (shelf, gap)
    return Movement(cause.kind, goods.article, abs(units), *source, *target, document=cause.document)


def _youngest(tx: Connection, target: OnHand, giving_up: Collection[int]) -> list[int]:
    """The orders whose goods are not there, the youngest of each article, as many as it takes beside those that are
    `giving_up` theirs anyway.

    An order that gives up one article frees its others too: who gave those up for nothing is resumed at once.
    """
    columns = ([each.store for each in target], [each.article for each in target], list(target.values()))
    short = tx.execute(
        "SELECT w.store, w.article, w.units FROM unnest(%s::text[], %s::text[], %s::int[]) AS w (store, article, units)"
        " JOIN stock_balance b USING (store, article) WHERE w.units < b.reserved",
        columns,
    ).fetchall()
    if not short:
        return []
    rows = tx.execute(
        f"""
        SELECT DISTINCT id FROM (
            SELECT o.id, w.units, sum(sum({OUTSTANDING})) OVER (
                PARTITION BY w.store, w.article ORDER BY o.priority, o.received_at, o.id) AS so_far
            FROM unnest(%s::text[], %s::text[], %s::int[]) AS w (store, article, units)
            JOIN orders o ON o.sender = w.store AND o.state = 'validated' AND o.id <> ALL(%s::bigint[])
            JOIN order_line l ON l.order_id = o.id AND l.article = w.article
            GROUP BY w.store, w.article, w.units, o.id) reserved
        WHERE so_far > units ORDER BY id
        """,
        [*(list(column) for column in zip(*short, strict=True)), list(giving_up)],
    )
    return [order_id for (order_id,) in rows]
