"""Where is each individually marked device? The register's door from Python: lock devices, register and move them.

A device (article, serial number) is in one place at a time, since it is one row; its life is append-only. All writing
goes through move_devices (migrations/sql/0002_devices.sql). Goods are counted in the ledger: ledger.py. Next:
device_choice.py (which of them leave), steps/settling.py and steps/following.py (how they follow their goods).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from config.database import Connection
from workflows.allocation import Goods

_CHOICES = 5
"""How often free devices are chosen when others take them in between."""


class Device(NamedTuple):
    """A kind of device and the mark of one: what a device is known by."""

    article: str
    serial_number: str


class Standing(NamedTuple):
    """Where a known device is, and the order line whose it is, if any."""

    place: str
    store: str
    order_id: int | None
    line_no: int | None = None
    withdrawn: bool = False
    """Named by an order that gave it back unseen: it may be no device at all, and is as good as unknown."""


class DeviceMove(NamedTuple):
    """One device to move: from where it must be (None registers it) to where it is then.

    `store` is the store it stands in or that answers for it. The line, or the opening holding, is whose it is: who
    has reserved it in the store, who carries it, or who has received it.
    """

    article: str
    serial_number: str
    from_place: str | None
    to_place: str
    store: str
    order_id: int | None = None
    line_no: int | None = None
    holding: int | None = None


def move_devices(
    tx: Connection, moves: Sequence[DeviceMove], event: str, actor: str, *, reason: str | None = None
) -> None:
    """Move devices, all or none. Raises psycopg's RestrictViolation where one is not in its `from_place` or is another
    order's, and UniqueViolation where one to register is known."""
    if not moves:
        return
    tx.execute(
        "SELECT move_devices((SELECT array_agg(m::device_move) FROM unnest(%s::text[], %s::text[], %s::text[], "
        "%s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[]) AS m), %s, %s, %s)",
        [*(list(column) for column in zip(*moves, strict=True)), event, actor, reason],
    )


def lock_devices(tx: Connection, devices: Collection[Device]) -> dict[Device, Standing]:
    """Lock those of `devices` that the register knows, in key order; where each is."""
    return _standing(tx, "lock_devices(%s::text[], %s::text[]) d", devices)


def find_devices(tx: Connection, devices: Collection[Device]) -> dict[Device, Standing]:
    """The same without a lock: for who only looks."""
    known = "device d WHERE (article, serial_number) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    return _standing(tx, known, devices)


def _standing(tx: Connection, known: str, devices: Collection[Device]) -> dict[Device, Standing]:
    if not devices:
        return {}
    rows = tx.execute(
        "SELECT article, serial_number, place, store, order_id, line_no, CASE place WHEN 'difference' THEN ("
        "SELECT e.event = 'withdraw' FROM device_event e WHERE e.article = d.article "
        f"AND e.serial_number = d.serial_number ORDER BY e.id DESC LIMIT 1) ELSE false END FROM {known}".encode(),
        ([each.article for each in devices], [each.serial_number for each in devices]),
    )
    return {Device(article, serial): Standing(*where) for article, serial, *where in rows}


def lock_with_free(
    tx: Connection, named: Collection[Device], units: Mapping[Goods, int]
) -> tuple[dict[Device, Standing], dict[Goods, list[str]]]:
    """Lock the `named` devices and up to so many free ones of each goods, all in key order: where the named ones are,
    and the serial numbers of the free ones, longest in the store first.

    They are chosen without a lock; where another took one before it was locked, they are chosen again, a few times:
    there may be fewer then than stand free.
    """
    for _ in range(_CHOICES):
        chosen = free_devices(tx, units)
        candidates = {Device(goods.article, serial) for goods, serials in chosen.items() for serial in serials}
        standing = lock_devices(tx, candidates.union(named))
        free = {
            goods: [serial for serial in serials if _is_free(standing[Device(goods.article, serial)], goods.store)]
            for goods, serials in chosen.items()
        }
        if free == chosen:
            break
    return {device: where for device, where in standing.items() if device in named}, free


def _is_free(standing: Standing, store: str) -> bool:
    return (standing.place, standing.store, standing.order_id) == ("store", store, None)


def free_devices(tx: Connection, units: Mapping[Goods, int]) -> dict[Goods, list[str]]:
    """Up to so many free devices of each goods, not locked; their serial numbers, longest in the store first."""
    rows = tx.execute(
        "SELECT g.store, g.article, free.serial_number "
        "FROM unnest(%s::text[], %s::text[], %s::int[]) AS g (store, article, units) CROSS JOIN LATERAL ("
        "SELECT serial_number, since FROM device d WHERE d.store = g.store AND d.article = g.article "
        "AND d.place = 'store' AND d.order_id IS NULL ORDER BY since, serial_number LIMIT g.units) free "
        "ORDER BY free.since, free.serial_number",
        ([each.store for each in units], [each.article for each in units], list(units.values())),
    )
    return _by_goods(rows.fetchall())


def _by_goods(rows: Sequence[tuple[str, str, str]]) -> dict[Goods, list[str]]:
    found: dict[Goods, list[str]] = {}
    for store, article, serial_number in rows:
        found.setdefault(Goods(store, article), []).append(serial_number)
    return found


def devices_of(tx: Connection, order_ids: Sequence[int]) -> dict[Device, Standing]:
    """The devices that the orders have reserved, carry or brought to their receivers."""
    rows = tx.execute(
        "SELECT article, serial_number, place, store, order_id, line_no FROM device WHERE order_id = ANY(%s::bigint[])",
        (list(order_ids),),
    )
    return {Device(article, serial): Standing(*where) for article, serial, *where in rows}


_SOMEBODY_PARKED = (
    "s.picking = 'automatic' AND EXISTS (SELECT FROM orders p WHERE p.sender = s.code AND p.lacks = a "
    "AND p.state = 'validated' AND p.due_at IS NULL AND p.held_since IS NULL OFFSET 0)"
)
"""Whether orders wait in store `s` for registered devices of article `a`: one look into the index orders_parked, since
OFFSET keeps the planner from reading all that are parked in the store instead."""


def wake_parked(tx: Connection, store: str, articles: Collection[str]) -> None:
    """Devices of `articles` came free in `store`: let the orders be tried again that wait there for registered ones.

    Called in the transaction that freed them, after its goods are booked: with the balances' locks held, an order that
    is just being parked is seen (steps/settling.py). The resume step makes them due, since orders are locked first
    (steps/parked.py).
    """
    if not articles:
        return
    tx.execute(
        "INSERT INTO restock (store, article) SELECT s.code, a FROM store s, unnest(%s::text[]) AS a "
        f"WHERE s.code = %s AND {_SOMEBODY_PARKED} ORDER BY 2",
        (sorted(set(articles)), store),
    )


def wake_goods(tx: Connection, goods: Collection[Goods]) -> None:
    """wake_parked for goods of several stores."""
    for store in sorted({each.store for each in goods}):
        wake_parked(tx, store, [each.article for each in goods if each.store == store])


def wake_for_lost(tx: Connection, articles: Collection[str]) -> None:
    """Devices of `articles` came to a place of no return: wherever an order waits that may have named them, it is
    content with another."""
    tx.execute(
        "INSERT INTO restock (store, article) SELECT s.code, a FROM store s, unnest(%s::text[]) AS a "
        f"WHERE {_SOMEBODY_PARKED} ORDER BY 1, 2",
        (sorted(set(articles)),),
    )


def wake_beside(tx: Connection, order_ids: Collection[int]) -> None:
    """Validated orders end, wait or take other devices than they might have: let those parked beside them be tried
    that were left for lack of the same devices, where some stand free."""
    tx.execute(
        "INSERT INTO restock (store, article) SELECT DISTINCT s.code, a FROM orders o "
        "JOIN store s ON s.code = o.sender JOIN order_line l ON l.order_id = o.id CROSS JOIN LATERAL (VALUES "
        f"(l.article)) AS asked (a) WHERE o.id = ANY(%s::bigint[]) AND {_SOMEBODY_PARKED} AND EXISTS (SELECT "
        "FROM device d WHERE d.store = s.code AND d.article = a AND d.place = 'store' AND d.order_id IS NULL) "
        "ORDER BY 1, 2",
        (list(order_ids),),
    )
