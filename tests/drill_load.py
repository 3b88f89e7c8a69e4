"""What moves while a fault strikes? Orders of the drill's own load, stored one after the other until the block ends."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import psycopg
from psycopg_pool import PoolTimeout

from config.database import Database
from drill.load import SOURCE, Load, order_body
from drill.world import World
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from workflows.due import anything_ahead
from workflows.intake import store_orders
from workflows.patients import Keys

PAUSE = 0.1
"""Seconds between two orders."""
ANSWERLESS = (psycopg.OperationalError, PoolTimeout)
"""What a client that has lost its way to the database sees."""


@contextmanager
def orders_coming(world: World, name: str) -> Iterator[None]:
    """Orders are stored, straight to the database, as long as the block lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=_store, args=(world, name, world.keys(), stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _store(world: World, name: str, keys: Keys, stop: threading.Event) -> None:
    chance, number = random.Random(name), 0
    with closing(world.database()) as database:
        while not stop.wait(PAUSE):
            number += 1
            try:
                _store_one(database, keys, f"{name}-{number}", chance)
            except ANSWERLESS as error:
                with (world.logs / "client.log").open("a") as log:
                    log.write(json.dumps({"error": type(error).__name__}) + "\n")


def _store_one(database: Database, keys: Keys, external_id: str, chance: random.Random) -> None:
    moment = datetime.now(UTC)
    request = read_order(order_body(external_id, Load(), chance), today=moment.date())
    assert not isinstance(request, list)
    order = new_order(request, keys, source=SOURCE, received_at=moment, today=moment.date())
    with database.transaction() as tx:
        store_orders(tx, [order], actor="test")


def all_at_rest(world: World) -> bool:
    """Whether nothing is due: every order has ended, or waits for goods or a person."""
    with suppress(psycopg.OperationalError), closing(world.session()) as session:
        return not anything_ahead(session)
    return False
