"""Which orders that were parked for want of registered devices are tried again? As many as the free devices do for.

They are chosen as the pick itself chooses, first in the queue first: one device wakes one order, not all that wait.
Next: settling.py (who is parked), ../devices.py (who wakes them).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from config.database import Connection
from workflows.allocation import Goods, Place
from workflows.device_choice import choose
from workflows.devices import Device, find_devices, free_devices
from workflows.steps.settling import needs_of, units_needed

_PAGE = 100

_FIRST = Place(-1, datetime.min.replace(tzinfo=UTC), 0)


def make_due_again(tx: Connection, store: str, articles: Collection[str]) -> None:
    """The orders parked in `store` that lack devices of `articles`, and for which what stands free is enough, are
    due. Who is left behind is woken when those did not take them: devices.wake_beside."""
    taken: dict[Goods, set[str]] = {}
    for article in sorted(articles):
        goods, place = Goods(store, article), _FIRST
        while page := _parked(tx, goods, place):
            _make_due(tx, _served(tx, [each.order_id for each in page], taken))
            place = page[-1]
            if len(page) < _PAGE or not _left(tx, {goods: 1}, taken)[goods]:
                break


def try_again(tx: Connection, order_id: int) -> None:
    """A validated order that waits in a store which picks by itself is due, whatever it waits for."""
    tx.execute(
        "UPDATE orders o SET due_at = o.received_at, lacks = NULL FROM store s WHERE o.id = %s AND s.code = o.sender "
        "AND s.picking = 'automatic' AND o.state = 'validated' AND o.due_at IS NULL AND o.held_since IS NULL",
        (order_id,),
    )


def _parked(tx: Connection, goods: Goods, after: Place) -> list[Place]:
    rows = tx.execute(
        "SELECT o.priority, o.received_at, o.id FROM orders o JOIN store s ON s.code = o.sender "
        "WHERE s.picking = 'automatic' AND o.sender = %(store)s AND o.lacks = %(article)s AND o.state = 'validated' "
        "AND o.due_at IS NULL AND o.held_since IS NULL AND (o.priority, o.received_at, o.id) > "
        "(%(priority)s, %(received_at)s, %(order_id)s) ORDER BY o.priority, o.received_at, o.id LIMIT %(limit)s",
        goods._asdict() | {"limit": _PAGE} | after._asdict(),
    )
    return [Place(*row) for row in rows]


def _served(tx: Connection, ids: Sequence[int], taken: dict[Goods, set[str]]) -> list[int]:
    """Those of the orders that find their devices beside what is `taken`, which then holds theirs too."""
    needs = needs_of(tx, ids)
    known = find_devices(tx, [Device(each.article, serial) for each in needs for serial in each.named])
    choice = choose(needs, known, _left(tx, units_needed(needs), taken))
    for need in needs:
        taken.setdefault(need.goods, set()).update(choice.chosen.get((need.order_id, need.line_no), ()))
    return [order_id for order_id in ids if order_id not in choice.lacking]


def _left(tx: Connection, units: dict[Goods, int], taken: dict[Goods, set[str]]) -> dict[Goods, list[str]]:
    asked = {goods: number + len(taken.get(goods, ())) for goods, number in units.items()}
    free = free_devices(tx, asked)
    return {goods: [each for each in free.get(goods, ()) if each not in taken.get(goods, ())] for goods in units}


def _make_due(tx: Connection, ids: Sequence[int]) -> None:
    tx.execute(
        "UPDATE orders SET due_at = received_at, lacks = NULL WHERE id = ANY(%s::bigint[]) AND state = 'validated' "
        "AND due_at IS NULL AND held_since IS NULL AND lacks IS NOT NULL",
        (list(ids),),
    )
