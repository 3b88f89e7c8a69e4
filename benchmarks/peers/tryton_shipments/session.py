"""How does a process of ours reach Tryton? By its pool of models and a transaction, as Tryton's own worker does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trytond.pool import Pool
from trytond.transaction import Transaction

ROOT = 0
"""Tryton's own user, which its worker and its cron run as: no access rules are checked, which favours Tryton."""


def start(database: str) -> Any:
    """Load the activated modules; the pool of their models."""
    Pool.start()
    pool = Pool(database)
    pool.init()
    return pool


@contextmanager
def transaction(database: str, company: int | None = None, **extras: Any) -> Iterator[Any]:
    """A transaction in the company's context, committed when the block ends and rolled back when it raises."""
    context = {} if company is None else {"company": company, "companies": [company]}
    with Transaction().start(database, ROOT, context=context, **extras) as opened:
        yield opened


def only(model: Any, **values: Any) -> Any:
    """The one record with these values. Raises ValueError when there are none or several."""
    (record,) = model.search([(name, "=", value) for name, value in values.items()])
    return record
