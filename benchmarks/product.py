"""How fast is the product? Its own dispatcher and workers on a backlog of drafts, as `orderflode up` runs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg

from backoffice.supervisor import dispatcher, documents_worker, order_worker
from benchmarks.contender import Run, WrongEndState
from benchmarks.limit import write_all
from benchmarks.measuring import Processes, processes, timed
from benchmarks.servers import Servers
from benchmarks.stored import check_all_delivered, drafts_template
from benchmarks.workload import ARTICLES
from workflows.due import anything_ahead

DATABASE = "product"

Look = psycopg.Connection[tuple[object, ...]]

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Product:
    """The product, with `workers` processes that work orders, over `articles` articles.

    `notes`: so many orders are delivered before the run, their delivery notes are due, and the worker of documents
    runs beside those of orders.
    """

    name: str = "orderflode"
    title: str = "Orderflöde (Celery, Redis, machines, rules, ledger)"
    favours: str = "The only one that checks rules R1–R7, promises a date and keeps a journal of claims."
    workers: int = WORKERS
    articles: int = ARTICLES
    notes: int = 0

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Work a backlog of `orders` imported drafts to its end."""
        url = servers.create(DATABASE, drafts_template(servers, orders, seed, self.articles))
        try:
            if self.notes:
                write_all(url, first=self.notes)
            run = self._work(servers, url, orders - self.notes)
            check_all_delivered(url, orders)
            return run
        finally:
            servers.drop(DATABASE)

    def _work(self, servers: Servers, url: str, orders: int) -> Run:
        with running(servers, url, self.workers, documents=bool(self.notes)) as group, look_at(url) as look:
            before = group.cpu("documents") if self.notes else 0.0
            run = work_backlog(servers, group, url, look, orders)
            if not self.notes:
                return run
            spent = group.cpu("documents") - before
            if spent < 0.01 * run.seconds and not notes_rendered(look):
                raise WrongEndState("the worker of documents did nothing")
            return replace(run, counted={"notes": notes_rendered(look), "documents_cpu": spent})


PRODUCT = Product()
HOT = Product(
    name="hot-articles",
    title="Orderflöde, every order over the same 2 articles",
    favours="",
    articles=2,
)
ONE_WORKER = Product(name="one-worker", title="Orderflöde with one worker", favours="", workers=1)
WITH_DOCUMENTS = Product(
    name="with-documents",
    title="Orderflöde beside a backlog of 2,000 delivery notes",
    favours="",
    notes=2_000,
)


@contextmanager
def running(servers: Servers, url: str, workers: int = WORKERS, *, documents: bool = False) -> Iterator[Processes]:
    """Workers that have booted and wait for hints: of orders, and the one of documents."""
    servers.flush()
    with processes() as group:
        for number in range(1, workers + 1):
            group.start(f"worker{number}", order_worker(number), environment_of(servers, url))
        if documents:
            group.start("documents", documents_worker(), environment_of(servers, url))
        servers.wait_for_listeners(workers + documents)
        yield group


def start_dispatcher(group: Processes, servers: Servers, url: str) -> None:
    """Let the work begin."""
    group.start("dispatcher", dispatcher(), environment_of(servers, url))


def work_backlog(servers: Servers, group: Processes, url: str, look: Look, orders: int, longest: float = 600.0) -> Run:
    """Let the waiting workers work `orders` due orders; timed from the first claim until nothing is due any more."""
    start_dispatcher(group, servers, url)

    def has_begun() -> bool:
        row = look.execute("SELECT EXISTS (SELECT FROM claim)").fetchone()
        return (row is not None and bool(row[0])) or has_ended()

    def has_ended() -> bool:
        return not anything_ahead(look)

    return timed(servers, group, orders, begun=has_begun, ended=has_ended, longest=longest)


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


def look_at(url: str) -> Look:
    """A connection that asks how far the work is."""
    return psycopg.connect(url, autocommit=True)


def notes_rendered(look: Look) -> int:
    """Delivery notes that have been rendered ahead of their request."""
    row = look.execute("SELECT count(*) FROM utleverans WHERE NOT note_due").fetchone()
    assert row is not None
    return int(str(row[0]))
