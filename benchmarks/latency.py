"""How long does a single order take? Orders that arrive one by one at a steady pace, each committed alone.

The time is the database's own: from the history's first row, the draft, to the row of the delivery. The CPU is all
that the system's processes and both servers used from the first arrival to the last delivery, waiting included; the
generator's own is not, but what PostgreSQL did to store its orders is. Next: documents.py.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles

import psycopg

from benchmarks.contender import WrongEndState
from benchmarks.figures import Figure, figure
from benchmarks.measuring import Processes, processes, wait_until
from benchmarks.product import running, start_dispatcher
from benchmarks.servers import Servers
from benchmarks.stored import check_all_delivered, empty_template, temporary_folder
from workflows.heartbeats import CANARY, seconds_since

PACES = {"orderflode": (10, 50, 200), "naive-celery": (10, 30)}
"""Orders a second. Naive Celery is at its end at some fifty."""
WARM_UP = 2.0
"""Seconds of arrivals that are not counted."""

_LATENCIES = """
    SELECT 1000 * extract(epoch FROM last.at - first.at)::float8
    FROM history first JOIN history last ON last.order_id = first.order_id AND last.to_state = 'delivered'
    WHERE first.version = 1 AND first.order_id > %(before)s ORDER BY first.order_id
"""


def measure_latency(
    servers: Servers, seconds: float, seed: int, names: list[str], say: Callable[[str], None]
) -> tuple[list[dict[str, object]], list[Figure]]:
    """Every pace of those named for `seconds` each, after a warm-up. Raises WrongEndState when an order is missing."""
    told, figures = [], []
    for name in names:
        with _SYSTEMS[name](servers) as (group, url):
            for pace in PACES[name]:
                one = _measure(servers, group, url, name, pace, seconds, seed)
                told.append(one)
                figures += _figures(one)
                say(f"{name} at {pace} orders/s: p50 {one['p50_ms']:.0f} ms, p99 {one['p99_ms']:.0f} ms")
        servers.drop("latency")
    return told, figures


def _figures(one: dict[str, object]) -> list[Figure]:
    name, pace = one["name"], one["pace"]
    return [
        figure(f"latency.{name}.{pace}.{which}", f"{what} of {name} at {pace} orders/s", "ms", float(str(one[key])))
        for which, key, what in (
            ("p50", "p50_ms", "draft → delivered, p50,"),
            ("p99", "p99_ms", "draft → delivered, p99,"),
            ("cpu", "cpu_ms_per_order", "CPU per order"),
        )
    ]


def _measure(
    servers: Servers, group: Processes, url: str, name: str, pace: int, seconds: float, seed: int
) -> dict[str, object]:
    orders = round(pace * (WARM_UP + seconds))
    before, cpu = _last_order(url), {"own": group.cpu(), **servers.cpu()}
    generator = _generate(servers, url, name, pace, orders, seed)
    with psycopg.connect(url, autocommit=True) as look:
        wait_until(lambda: open_orders(look) == 0, group, longest=120)
        spent = {"own": group.cpu(), **servers.cpu()}
        found = [latency for (latency,) in look.execute(_LATENCIES, {"before": before})]
    if len(found) != orders:
        raise WrongEndState(f"{len(found)} of {orders} orders were delivered at {pace} a second")
    counted = found[round(pace * WARM_UP) :]
    cuts = quantiles(counted, n=100, method="inclusive")
    return {
        "name": name, "pace": pace, "orders": len(counted), "p50_ms": cuts[49], "p90_ms": cuts[89], "p99_ms": cuts[98],
        "most_ms": max(counted), "cpu_ms_per_order": 1000 * sum(spent[whose] - cpu[whose] for whose in cpu) / orders,
        "generator": generator,
    }  # fmt: skip


def _generate(servers: Servers, url: str, name: str, pace: int, orders: int, seed: int) -> dict[str, float]:
    """Let the orders arrive; how late they were."""
    arguments = [name, url, servers.redis_url, str(servers.home), str(pace), str(orders), str(seed)]
    with temporary_folder() as folder, processes() as group:
        with (folder / "told").open("wb") as out:
            generator = group.start("generator", [sys.executable, "-m", "benchmarks.open_loop", *arguments], out=out)
            generator.wait()
        if generator.returncode:
            raise subprocess.CalledProcessError(generator.returncode, "benchmarks.open_loop")
        told: dict[str, float] = json.loads((folder / "told").read_text(encoding="utf-8"))
        return told


@contextmanager
def product_waiting(servers: Servers) -> Iterator[tuple[Processes, str]]:
    """The product's processes, booted and without work, and their database; every order is delivered afterwards."""
    url = servers.create("latency", empty_template(servers))
    with running(servers, url) as group:
        start_dispatcher(group, servers, url)
        with psycopg.connect(url, autocommit=True) as look:
            # Its canary has come through the queue: everything has booted.
            wait_until(lambda: seconds_since(look, CANARY) is not None, group)
        yield group, url
    check_all_delivered(url, _count(url))


@contextmanager
def _naive_celery(servers: Servers) -> Iterator[tuple[Processes, str]]:
    from benchmarks.peers.end_state import check_end_state
    from benchmarks.peers.naive_celery.contender import start_workers
    from benchmarks.peers.stored_drafts import store_drafts

    url = servers.create("latency")
    servers.flush()
    store_drafts(url, 0, seed=0)
    with processes() as group:
        start_workers(group, servers, url)
        servers.wait_for_listeners(len(group.running))
        yield group, url
    check_end_state(url, _count(url))


_SYSTEMS = {"orderflode": product_waiting, "naive-celery": _naive_celery}


def open_orders(look: psycopg.Connection[tuple[int]]) -> int:
    """How many orders have not ended."""
    row = look.execute("SELECT count(*) FROM orders WHERE ended_at IS NULL").fetchone()
    assert row is not None
    return row[0]


def _last_order(url: str) -> int:
    return _number(url, "SELECT coalesce(max(id), 0) FROM orders")


def _count(url: str) -> int:
    return _number(url, "SELECT count(*) FROM orders")


def _number(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
