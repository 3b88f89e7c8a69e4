"""Individually marked devices in small worlds: articles that are marked, devices that stand there, and where they are.

Next: builders.py, whose world it is.
"""

from dataclasses import replace
from typing import Any

from builders import CONFIRMED, a_world, an_order

from config.database import Database
from workflows.allocation import Goods
from workflows.counting import receive_goods
from workflows.device_register import show_device
from workflows.intake import NewOrder

MARKED = ("A8", "A9")


def a_marked_world(database: Database, devices: dict[str, str] | None = None, **policies: str) -> None:
    """a_world where A8 and A9 are individually marked. `devices` is store → serial numbers of A9, e.g. "S1 S2"."""
    a_world(database, stock={("10", "A1"): 20, ("50301", "A1"): 20}, **policies)
    mark(database, *MARKED)
    for store, serials in (devices or {}).items():
        arrive(database, store, serials)


def mark(database: Database, *articles: str, individual: bool = True) -> None:
    """Master data say that the articles are individually marked, or that they are not."""
    with database.transaction() as tx:
        tx.execute("UPDATE article SET individual = %s WHERE number = ANY(%s)", (individual, list(articles)))


def a_confirming_world(database: Database, devices: dict[str, str] | None = None) -> None:
    """The same where a person confirms at lager 10."""
    a_marked_world(database, devices, **CONFIRMED)


def arrive(database: Database, store: str, serials: str, article: str = "A9") -> None:
    """Devices arrive from the supplier."""
    numbers = serials.split()
    receive_goods(database, Goods(store, article), len(numbers), document=f"R-{serials}", actor="test", serials=numbers)


def naming(serials: str, quantity: int = 1, order: NewOrder | None = None, article: str = "A9") -> NewOrder:
    """The order, a beställning from lager 10 unless told, with one line of A9 that names devices."""
    order = order or an_order((article, quantity))
    line = replace(order.lines[0], article=article, quantity=quantity, serial_numbers=tuple(serials.split()))
    return replace(order, lines=(line, *order.lines[1:]))


def where(database: Database, serial: str, article: str = "A9") -> tuple[str, str, int | None]:
    """(place, store, order) of a device."""
    device = device_of(database, serial, article)
    return device["place"], device["store"], device["order"]


def device_of(database: Database, serial: str, article: str = "A9") -> dict[str, Any]:
    """The device as `device show` tells it."""
    with database.transaction() as tx:
        (device,) = show_device(tx, serial, article)
    return device


def life(database: Database, serial: str, article: str = "A9") -> list[str]:
    """What has happened to a device."""
    return [event["event"] for event in device_of(database, serial, article)["life"]]


def numbers_of(database: Database, order_id: int) -> list[list[str] | None]:
    """The serial numbers on each line of an order."""
    with database.transaction() as tx:
        rows = tx.execute("SELECT serial_numbers FROM order_line WHERE order_id = %s ORDER BY line_no", (order_id,))
        return [serials for (serials,) in rows]
