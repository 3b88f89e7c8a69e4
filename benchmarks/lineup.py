"""Who takes part, and with how many orders? A peer's run is to take some eight seconds on two quiet cores.

Next: rounds.py runs them; the contenders are in product.py, limit/ and peers/.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from benchmarks.contender import Contender


@dataclass(frozen=True, slots=True)
class Place:
    """A contender by where it is written (`module:name`), and its orders in a full and in a short run."""

    name: str
    where: str
    orders: int
    short: int

    def contender(self) -> Contender:
        """The contender. Raises ModuleNotFoundError where what it is made of is not installed."""
        module, _, name = self.where.partition(":")
        contender = cast(Contender, getattr(import_module(f"benchmarks.{module}"), name))
        assert contender.name == self.name
        return contender


LINEUP = (
    Place("orderflode", "product:PRODUCT", 50_000, 5_000),
    Place("limit", "limit:LIMIT", 50_000, 5_000),
    Place("hot-articles", "product:HOT", 50_000, 5_000),
    Place("one-worker", "product:ONE_WORKER", 50_000, 5_000),
    Place("with-documents", "product:WITH_DOCUMENTS", 50_000, 5_000),
    Place("naive-celery", "peers.naive_celery.contender:NAIVE_CELERY", 400, 60),
    Place("procrastinate", "peers.procrastinate_jobs.contender:PROCRASTINATE", 600, 60),
    Place("dbos", "peers.dbos_workflows.contender:ONE_BY_ONE", 400, 60),
    Place("dbos-batches", "peers.dbos_workflows.contender:IN_BATCHES", 10_000, 400),
    Place("tryton", "peers.tryton_shipments.contender:ONE_BY_ONE", 30, 4),
    Place("tryton-batches", "peers.tryton_shipments.contender:IN_BATCHES", 300, 20),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A contender and how many orders it works in each round."""

    contender: Contender
    orders: int


def lineup(names: Collection[str], *, short: bool) -> tuple[list[Entry], dict[str, str]]:
    """Those of `names` that take part, and those that cannot: name → why.

    Only a short run may be without what is not installed. Raises ModuleNotFoundError in a full one.
    """
    entries, missing = [], {}
    for place in LINEUP:
        if place.name not in names:
            continue
        try:
            entries.append(Entry(place.contender(), place.short if short else place.orders))
        except ModuleNotFoundError as error:
            if not short:
                raise
            missing[place.name] = f"the package {error.name} is not installed here (make bench has it)"
    return entries, missing
