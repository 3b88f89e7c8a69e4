"""How do devices follow their goods? Reserved with them, handed over with them, and back with them, for a cohort.

Called by the steps before they book goods (locks: orders, devices, balances), one indexed query at most where no
order has a device. Next: settling.py, the pick, where it is decided which devices leave.
"""

from collections.abc import Mapping, Sequence

import psycopg

from config.database import Connection
from workflows.accessories.tying import take_along
from workflows.allocation import Goods
from workflows.cohort import Work
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing, stands_ready
from workflows.devices import Device, DeviceMove, Standing, devices_of, lock_devices, move_devices


def lock_named(tx: Connection, ids: Sequence[int]) -> None:
    """Lock the devices that the orders name, before any balance."""
    rows = tx.execute(
        "SELECT article, unnest(serial_numbers) FROM order_line "
        "WHERE order_id = ANY(%s::bigint[]) AND serial_numbers IS NOT NULL",
        (list(ids),),
    ).fetchall()
    lock_devices(tx, [Device(*row) for row in rows])


def reserve_named(work: Work, ids: Sequence[int], *, waited: bool) -> None:
    """Reserve the devices that the orders `ids` name, first in the queue first; one not known yet is registered.

    One that another took while the order `waited` for goods is left: its pick waits for a person. Raises psycopg's
    SerializationFailure where another registered one after the rules had found it unknown: trying again refuses it.
    """
    rows = work.tx.execute(
        "SELECT o.id, l.line_no, o.sender, l.article, unnest(l.serial_numbers) FROM order_line l "
        "JOIN orders o ON o.id = l.order_id WHERE l.order_id = ANY(%s::bigint[]) AND l.serial_numbers IS NOT NULL "
        "ORDER BY o.priority, o.received_at, o.id, l.line_no",
        (list(ids),),
    ).fetchall()
    known = lock_devices(work.tx, [Device(article, serial) for *_, article, serial in rows])
    moves: dict[Device, DeviceMove] = {}
    for order_id, line_no, store, article, serial in rows:
        device = Device(article, serial)
        standing = known.get(device)
        if stands_ready(standing, store):
            moves.setdefault(
                device, DeviceMove(*device, standing and standing.place, "store", store, order_id, line_no)
            )
        elif not waited:
            raise psycopg.errors.SerializationFailure("a device was registered meanwhile")
    try:
        move_devices(work.tx, [each for each in moves.values() if each.from_place != "store"], "register", work.actor)
    except psycopg.errors.UniqueViolation as raced:
        raise psycopg.errors.SerializationFailure("a device was registered meanwhile") from raced
    move_devices(work.tx, [each for each in moves.values() if each.from_place == "store"], "reserve", work.actor)


def bring_back(work: Work, ids: Sequence[int], event: str) -> set[Goods]:
    """The orders' devices stand free in the store they came from. Returns their goods: devices.wake_goods is due once
    the goods themselves are booked."""
    devices = devices_of(work.tx, ids)
    moves = [DeviceMove(*device, where.place, "store", where.store) for device, where in devices.items()]
    give_back(work, moves, event)
    return {Goods(each.store, each.article) for each in moves}


def give_back(work: Work, moves: Sequence[DeviceMove], event: str) -> None:
    """Make the moves, by which orders leave devices free in the store; but one that only orders have named, and nobody
    has seen, is withdrawn: a mistyped number is never allotted. A count finds it again, or an order that names it."""
    unseen = _only_named(work.tx, [Device(each.article, each.serial_number) for each in moves])
    back, withdrawn = [], []
    for each in moves:
        if each.from_place == "store" and Device(each.article, each.serial_number) in unseen:
            withdrawn.append(each._replace(to_place="difference"))
        else:
            back.append(each)
    move_devices(work.tx, back, event, work.actor, reason=work.reason)
    move_devices(work.tx, withdrawn, "withdraw", work.actor, reason=work.reason)


def _only_named(tx: Connection, devices: Sequence[Device]) -> set[Device]:
    """Those whose whole life is that orders named them and let them go again."""
    rows = tx.execute(
        "SELECT article, serial_number FROM unnest(%s::text[], %s::text[]) AS d (article, serial_number) "
        "WHERE NOT EXISTS (SELECT FROM device_event e WHERE e.article = d.article "
        "AND e.serial_number = d.serial_number AND NOT (e.event IN ('register', 'reserve') AND e.order_id IS NOT NULL "
        "OR e.event = 'withdraw'))",
        ([each.article for each in devices], [each.serial_number for each in devices]),
    )
    return {Device(*row) for row in rows}


def hand_over(work: Work, missing: Mapping[int, int]) -> tuple[set[Goods], dict[int, int]]:
    """The orders' devices reach their receivers: with a patient or vårdenhet, or free in the receiving store.

    Where a person misses some (`missing`, by line), those named have arrived and the others are a difference. Returns
    the goods of devices that stand free or are lost, and what is missing by line, as the numbers tell it. Raises
    SerialNumbersMissing, SerialNumberRefused.
    """
    devices = devices_of(work.tx, work.ids)
    lost: set[Device] = set()
    told = dict(missing)
    if work.short or work.serials:
        lost, told = _lost(devices, told, work.serials or {})
    if not devices:
        return set(), told
    stores: dict[int, str | None] = dict(
        work.tx.execute(
            "SELECT id, CASE receiver_kind WHEN 'kommunlager' THEN receiver_code END FROM orders "
            "WHERE id = ANY(%s::bigint[])",
            (list(work.ids),),
        ).fetchall()
    )
    gone, there = [], []
    for device, where in devices.items():
        assert where.order_id is not None
        store = stores[where.order_id]
        if device in lost:
            gone.append(DeviceMove(*device, where.place, "difference", where.store))
        elif store is not None:
            there.append(DeviceMove(*device, where.place, "store", store))
        else:
            there.append(DeviceMove(*device, where.place, "receiver", where.store, where.order_id, where.line_no))
    move_devices(work.tx, gone, "short_delivery", work.actor)
    move_devices(work.tx, there, "deliver", work.actor)
    take_along(work.tx, work.ids, work.actor)
    return {Goods(each.store, each.article) for each in there + gone if each.to_place != "receiver"}, told


def _lost(
    devices: Mapping[Device, Standing], missing: dict[int, int], given: Mapping[str, Sequence[str]]
) -> tuple[set[Device], dict[int, int]]:
    """Which devices of one order did not arrive, and how many by line: of an article that is short, those not named."""
    arrived = {Device(article, serial) for article, serials in given.items() for serial in serials}
    for device in sorted(arrived - devices.keys()):
        raise SerialNumberRefused(device, "hör inte till ordern", "does not belong to the order")
    lost: set[Device] = set()
    for article in sorted({device.article for device in devices}):
        ours = {device: where for device, where in devices.items() if device.article == article}
        lines = {where.line_no or 0 for where in ours.values()}
        short = sum(missing.get(line_no, 0) for line_no in lines)
        came = {device for device in ours if device in arrived}
        if not came and short in (0, len(ours)):
            lost |= ours.keys() if short else set()
            continue
        if len(came) != len(ours) - short:
            raise SerialNumbersMissing(article, abs(len(ours) - short - len(came)))
        for line_no in lines:
            missing[line_no] = sum(where.line_no == line_no for device, where in ours.items() if device not in came)
        lost |= ours.keys() - came
    return lost, {line_no: units for line_no, units in missing.items() if units}
