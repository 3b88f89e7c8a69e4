"""Where is a device, and where has it been? The register as people read it, and how devices enter it.

Nothing here tells who a patient is: a receiver that is one is "patient". Next: devices.py (the door).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from config.database import Connection
from workflows.accessories.reading import accessories_out, ties_of
from workflows.allocation import Goods
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.devices import Device, DeviceMove, find_devices, move_devices, wake_goods
from workflows.free_text import refuse_personal_number
from workflows.ledger import lock_free
from workflows.swaps.reading import swap_in_life, swaps_of_device

_CHUNK = 5_000


class RegisteredDevice(NamedTuple):
    """A device that stands in a store, as master data tell it."""

    store: str
    article: str
    serial_number: str


def register_devices(tx: Connection, devices: Iterable[RegisteredDevice], actor: str) -> int:
    """Register the devices that are not known yet, free in their stores; returns how many. Goods are not booked."""
    rows = list(devices)
    known = find_devices(tx, [Device(each.article, each.serial_number) for each in rows])
    moves = [
        DeviceMove(*device, standing and standing.place, "store", each.store)
        for each in rows
        for device in [Device(each.article, each.serial_number)]
        for standing in [known.get(device)]
        if standing is None or standing.withdrawn
    ]
    goods = {Goods(each.store, each.article) for each in moves}
    for first in range(0, len(moves), _CHUNK):
        move_devices(tx, moves[first : first + _CHUNK], "register", actor)
    if goods:
        lock_free(tx, goods)
        wake_goods(tx, goods)
    return len(moves)


def receive_devices(tx: Connection, goods: Goods, quantity: int, serials: Sequence[str], actor: str) -> None:
    """Register what a supplier's delivery brings, after its goods are booked; devices.wake_goods is due then.

    An individually marked article has a number a unit, another none. Raises SerialNumbersMissing, SerialNumberRefused
    for a known one, PersonalNumberInText.
    """
    row = tx.execute("SELECT individual FROM article WHERE number = %s", (goods.article,)).fetchone()
    individual = row is not None and bool(row[0])
    for serial in serials:
        refuse_personal_number(serial)
    if individual and len(serials) < quantity:
        raise SerialNumbersMissing(goods.article, quantity - len(serials))
    if len(set(serials)) < len(serials) or len(serials) > (quantity if individual else 0):
        raise SerialNumberRefused(
            Device(goods.article, ", ".join(serials)),
            "individnummer är för individmärkta artiklar, ett per styck och utan upprepning",
            "only individually marked articles have serial numbers, one a piece, none twice",
        )
    devices = [Device(goods.article, serial) for serial in serials]
    known = find_devices(tx, devices)
    for device in sorted(each for each, standing in known.items() if not standing.withdrawn):
        raise SerialNumberRefused(device, "finns redan i registret", "is in the register already")
    moves = [DeviceMove(*each, known[each].place if each in known else None, "store", goods.store) for each in devices]
    move_devices(tx, moves, "receive", actor)


_RECEIVER = """
    CASE WHEN d.place <> 'receiver' THEN NULL
         WHEN h.id IS NOT NULL THEN coalesce(h.unit, 'patient') ELSE coalesce(o.receiver_code, 'patient') END
"""


def show_device(tx: Connection, serial_number: str, article: str | None) -> list[dict[str, Any]]:
    """The devices with that number (of that article), each with its `life`, first to last, its `swaps`, the
    `accessories` that are out and tied to it, and the serial number of its `main_device`."""
    if "\x00" in serial_number + (article or ""):
        return []
    found = _rows(
        tx,
        f"""
        SELECT d.article, a.name, d.serial_number, d.place, d.store, {_RECEIVER} AS receiver, d.order_id AS "order",
            d.line_no AS line, u.number AS utleverans, d.since, l.accessory_to AS main_device
        FROM device d JOIN article a ON a.number = d.article LEFT JOIN orders o ON o.id = d.order_id
        LEFT JOIN order_line l ON l.order_id = d.order_id AND l.line_no = d.line_no
        LEFT JOIN utleverans u ON u.order_id = o.id LEFT JOIN holding h ON h.id = d.holding
        WHERE d.serial_number = %s AND d.article = coalesce(%s, d.article) ORDER BY d.article
        """,
        (serial_number, article),
    )
    for each in found:
        each["swaps"] = swaps_of_device(tx, Device(each["article"], serial_number))
        each["accessories"] = accessories_out(tx, serial_number)
        moved = _rows(
            tx,
            'SELECT event, place, store, order_id AS "order", line_no AS line, at, actor, reason FROM device_event '
            "WHERE article = %s AND serial_number = %s ORDER BY id",
            (each["article"], each["serial_number"]),
        )
        said = [swap_in_life(swap) for swap in each["swaps"]] + ties_of(tx, serial_number)
        each["life"] = sorted(moved + said, key=lambda event: event["at"])
    return found


def list_devices(tx: Connection, store: str, article: str | None) -> list[dict[str, Any]]:
    """What stands in a store, or is on its way out of it: by article, longest there first."""
    return _rows(
        tx,
        'SELECT article, serial_number, place, order_id AS "order", since FROM device '
        "WHERE store = %s AND article = coalesce(%s, article) "
        "AND place IN ('store', 'outbound', 'inspection', 'repair') ORDER BY article, since, serial_number",
        (store, article),
    )


def _rows(tx: Connection, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
