"""How fast is the product? Its own dispatcher and workers on a backlog of drafts, as `orderflode up` runs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from backoffice.supervisor import ORDER_WORKERS, dispatcher, order_worker
from benchmarks.contender import Run
from benchmarks.measuring import Processes, processes, timed
from benchmarks.servers import Servers
from benchmarks.stored import check_all_delivered, template_of
from benchmarks.workload import ARTICLES
from workflows.due import anything_ahead

DATABASE = "product"


@dataclass(frozen=True, slots=True)
class Product:
    """The product, with `workers` processes that work orders, over `articles` articles."""

    name: str = "orderflode"
    title: str = "Orderflöde (Celery, Redis, machines, rules, ledger)"
    favours: str = "The only one that checks rules R1–R7, promises a date and keeps a journal of claims."
    workers: int = ORDER_WORKERS
    articles: int = ARTICLES

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Work a backlog of `orders` imported drafts to its end."""
        url = servers.create(DATABASE, template_of(servers, orders, seed, self.articles).name)
        try:
            with running(servers, url, self.workers) as group, psycopg.connect(url, autocommit=True) as look:
                group.start(dispatcher(), environment_of(servers, url))
                run = timed(
                    servers, group, orders, begun=lambda: _has_begun(look), ended=lambda: not anything_ahead(look)
                )
            check_all_delivered(url, orders)
            return run
        finally:
            servers.drop(DATABASE)


@contextmanager
def running(servers: Servers, url: str, workers: int = ORDER_WORKERS) -> Iterator[Processes]:
    """Workers of orders that have booted and wait for hints."""
    servers.flush()
    with processes() as group:
        for number in range(1, workers + 1):
            group.start(order_worker(number), environment_of(servers, url))
        servers.wait_for_listeners(workers)
        yield group


def environment_of(servers: Servers, url: str) -> dict[str, str]:
    """The environment that gives a process of the product the servers."""
    return {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "ORDERFLODE_HOME": str(servers.home),
        "ORDERFLODE_REFILL_AT": "",
        "ORDERFLODE_NOTICES_AT": "",
        "PYTHONWARNINGS": "ignore:::celery.platforms",
    }


def _has_begun(look: psycopg.Connection[tuple[object]]) -> bool:
    row = look.execute("SELECT EXISTS (SELECT FROM claim)").fetchone()
    return row is not None and bool(row[0])
