"""What does the database itself allow? The product's own rows, written set-based in SQL, and nothing else.

One transaction per stage and 500 orders, over two connections; no Celery, no machine, no rules, no Python per order.
The statements: stages.sql.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from time import monotonic
from typing import NamedTuple

import psycopg

from benchmarks.contender import Run
from benchmarks.servers import Servers
from benchmarks.stored import check_all_delivered, drafts_template
from benchmarks.workload import ARTICLES

DATABASE = "at_the_limit"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Limit:
    """The yardstick."""

    name: str = "limit"
    title: str = "the limit: the same rows, set-based SQL"
    favours: str = "It knows beforehand that every order is right and every article is there, and decides nothing."
    articles: int = ARTICLES

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Write what becomes of `orders` drafts."""
        url = servers.create(DATABASE, drafts_template(servers, orders, seed, self.articles))
        try:
            drafts = _drafts(url)
            before, began = servers.cpu(), monotonic()
            _write_together(url, drafts)
            seconds, after = monotonic() - began, servers.cpu()
            check_all_delivered(url, orders)
            return Run(orders, seconds, {"own": 0.0} | {whose: after[whose] - before[whose] for whose in after})
        finally:
            servers.drop(DATABASE)


LIMIT = Limit()


def stages() -> list[str]:
    """The statements in life order, one or more a stage; each stage is a transaction."""
    text = (files("benchmarks.limit") / "stages.sql").read_text(encoding="utf-8")
    return text.split("-- stage: ")[1:]


def write_all(url: str, first: int | None = None) -> None:
    """Bring all drafts, or the `first` of them, to their end: how other measurements come by finished orders."""
    _write_together(url, _drafts(url)[:first])


class _Draft(NamedTuple):
    sender: str
    order_type: str
    id: int


def _drafts(url: str) -> list[_Draft]:
    with psycopg.connect(url) as connection:
        query = "SELECT sender, order_type, id FROM orders WHERE state = 'draft' ORDER BY received_at, id"
        return [_Draft(*row) for row in connection.execute(query)]


def _write_together(url: str, drafts: Sequence[_Draft]) -> None:
    """The connections begin at the two ends of what is sorted by sender and type, so that they hardly ever wait for
    each other's balances: side by side in one store they were half as fast (measured)."""
    ids = [draft.id for draft in sorted(drafts, reverse=True)]
    batches = deque(ids[first : first + BATCH] for first in range(0, len(ids), BATCH))
    failures: list[BaseException] = []

    def write(take: Callable[[], list[int]]) -> None:
        try:
            _write(url, take)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(take,)) for take in (batches.popleft, batches.pop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def _write(url: str, take: Callable[[], list[int]]) -> None:
    work = [stage.split("\n", 1)[1].encode() for stage in stages()]
    with psycopg.connect(url, autocommit=True) as connection, suppress(IndexError):
        connection.execute("SET plan_cache_mode = force_custom_plan; SET random_page_cost = 1.1; SET jit = off")
        while True:
            keys = f"{{{','.join(map(str, take()))}}}"
            for stage in work:
                with connection.transaction():
                    for statement in stage.split(b";\n"):
                        if statement.strip():
                            connection.execute(statement, {"ids": keys})
