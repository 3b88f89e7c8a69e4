"""How long do people and machines wait for what they look at? Each read many times, through the product's functions.

On a database that is full already: the larger it is, the more it says.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from psycopg.rows import tuple_row

from config.database import Connection, Database
from workflows.machines import OrderMachine
from workflows.order_types import OrderType
from workflows.overview import status
from workflows.queries import OrderFilter, find_order, history_of, list_orders, read_orders

CALLS = 300
PAGE = 50

Read = Callable[[Connection], Any]


def measure_reads(url: str, calls: int = CALLS, seed: int = 1) -> list[tuple[str, float, float]]:
    """What was read, and the median and the 99th percentile of `calls` calls in milliseconds, each in a transaction of
    its own; the connection is open. The orders and filters are drawn from what the database at `url` holds."""
    database = Database(url)
    chance = random.Random(seed)
    try:
        with database.transaction() as tx:
            drawn = _Drawn(tx, chance)
        return [(what, *_measured(database, reads, calls)) for what, reads in _reads(drawn)]
    finally:
        database.close()


class _Drawn:
    """What is asked for: numbers and names of orders from all over, states, types and stores."""

    def __init__(self, tx: Connection, chance: random.Random) -> None:
        row = tx.execute("SELECT min(id), max(id) FROM orders").fetchone()
        assert row is not None
        self._chance = chance
        wanted = [chance.randint(*row) for _ in range(1_000)]
        cursor = tx.cursor(row_factory=tuple_row)
        self.orders: list[tuple[int, str]] = cursor.execute(
            "SELECT id, source || ':' || external_id FROM orders WHERE id = ANY(%s)", (wanted,)
        ).fetchall()
        self.stores = [code for (code,) in tx.execute("SELECT code FROM store ORDER BY code")]
        self.states = [str(state.value) for state in OrderMachine.states]
        self.types = [str(each) for each in OrderType]

    def any_of(self, what: list[Any]) -> Any:
        return self._chance.choice(what)


def _reads(drawn: _Drawn) -> Iterator[tuple[str, Read]]:
    yield "order page", lambda tx: _order_page(tx, drawn.any_of(drawn.orders)[0])
    yield "search by external id", lambda tx: find_order(tx, drawn.any_of(drawn.orders)[1])
    yield "status", status
    yield "list", lambda tx: list_orders(tx, OrderFilter(), PAGE)
    yield "list, held", lambda tx: list_orders(tx, OrderFilter(held=True), PAGE)
    for names in (
        ("state",), ("order_type",), ("store",), ("state", "order_type"), ("state", "store"), ("order_type", "store"),
        ("state", "order_type", "store"), ("before",), ("state", "before"), ("state", "order_type", "store", "before"),
    ):  # fmt: skip
        yield f"list by {', '.join(names)}", partial(_filtered_list, drawn, names)


def _filtered_list(drawn: _Drawn, names: tuple[str, ...], tx: Connection) -> object:
    return list_orders(tx, _filter(drawn, names), PAGE)


def _filter(drawn: _Drawn, names: tuple[str, ...]) -> OrderFilter:
    drawn_now = {
        "state": drawn.any_of(drawn.states),
        "order_type": drawn.any_of(drawn.types),
        "store": drawn.any_of(drawn.stores),
        "before": drawn.any_of(drawn.orders)[0],
    }
    return OrderFilter(**{name: drawn_now[name] for name in names})


def _order_page(tx: Connection, order_id: int) -> None:
    read_orders(tx, [order_id])
    history_of(tx, order_id)


def _measured(database: Database, read: Read, calls: int) -> tuple[float, float]:
    milliseconds = []
    for _ in range(calls):
        began = time.perf_counter()
        with database.transaction() as tx:
            read(tx)
        milliseconds.append((time.perf_counter() - began) * 1_000)
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98]
