"""How do single orders arrive? Each at its own moment and in a transaction of its own, whether or not the last is done.

Run as a process: a generator that waited for the system it measures would hide how slow it is, so the moments are
fixed beforehand and eight threads keep them. Arguments: arrivals (orderflode or naive-celery), database URL, Redis
URL, home, orders per second, orders, seed. It prints how late it was itself, as JSON. Who measures: latency.py.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.region import bodies
from benchmarks.workload import ARTICLES
from config.database import Database
from exchange.import_file import STOCKHOLM
from exchange.order_request import OrderRequest
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from workflows.intake import store_orders
from workflows.patients import load_keys

THREADS = 8
"""So many orders may be under way into the database at once."""

Arrive = Callable[[int], object]
"""Commits the order of that place, from 0."""


def keep_pace(arrive: Arrive, per_second: float, orders: int) -> dict[str, float]:
    """Let `orders` arrive at their moments; seconds from the first to the last, and how late they were, in ms."""
    places, late, failures = iter(range(orders)), [0.0] * orders, list[BaseException]()
    taking = threading.Lock()
    began = time.monotonic() + 0.2

    def keep() -> None:
        while True:
            with taking:
                place = next(places, None)
            if place is None or failures:
                return
            moment = began + place / per_second
            time.sleep(max(0.0, moment - time.monotonic()))
            late[place] = max(0.0, time.monotonic() - moment)
            try:
                arrive(place)
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=keep) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure
    ordered = sorted(late)
    return {
        "seconds": time.monotonic() - began,
        "late_ms_p99": 1000 * ordered[int(0.99 * (orders - 1))],
        "late_ms_most": 1000 * ordered[-1],
    }


@contextmanager
def _at_the_product(url: str, home: Path, source: str, orders: int, seed: int) -> Iterator[Arrive]:
    """As the API does: the shape is read, what tells of a patient is sealed, and the draft is committed alone."""
    database, keys = Database(url), load_keys(home / "keys.json")
    given = list(bodies(orders, seed, ARTICLES))

    def arrive(place: int) -> None:
        now = datetime.now(STOCKHOLM)
        request = read_order(given[place], today=now.date())
        assert isinstance(request, OrderRequest), request
        order = new_order(request, keys, source=source, received_at=now, today=now.date())
        with database.transaction() as tx:
            (answer,) = store_orders(tx, [order], actor="bench")
        assert answer.verdict == "accepted", answer

    try:
        yield arrive
    finally:
        database.close()


def main(arrivals: str, url: str, redis_url: str, home: str, per_second: str, orders: str, seed: str) -> None:
    """Let the orders arrive and tell how late they were."""
    if arrivals == "orderflode":
        with _at_the_product(url, Path(home), f"rate {per_second}", int(orders), int(seed)) as arrive:
            told = keep_pace(arrive, float(per_second), int(orders))
    else:
        from benchmarks.peers.naive_celery.arrivals import at_naive_celery

        with at_naive_celery(url, redis_url, f"rate {per_second}", int(orders), int(seed)) as arrive:
            told = keep_pace(arrive, float(per_second), int(orders))
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
