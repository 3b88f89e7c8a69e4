"""Kommunlager that are to be refilled, for tests: levels, withdrawn articles, and what a refill wants."""

from collections.abc import Mapping

from config.database import Database
from workflows.refill import Refill

HMS = {("10", f"A{n}"): 1_000 for n in range(1, 11)}
"""Stock of lager 10: enough of everything."""
WAITING = {"shortage_50301": "backorder"}
"""Policy of the kommunlager: what lacks is waited for."""


def levels(database: Database, wanted: Mapping[str, tuple[int, int]], code: str = "50301") -> None:
    """Article → (reorder point, target) of a store."""
    with database.transaction() as tx:
        for article, (point, target) in wanted.items():
            tx.execute("INSERT INTO stock_target VALUES (%s, %s, %s, %s)", (code, article, point, target))


def withdraw(database: Database, article: str, successor: str | None) -> None:
    """The article is not to be had any more."""
    with database.transaction() as tx:
        tx.execute("UPDATE article SET withdrawn = true, successor = %s WHERE number = %s", (successor, article))


def wanted(refill: Refill) -> list[tuple[str, int]]:
    """(article, units) of the proposal."""
    return [(line.article, line.quantity) for line in refill.proposal.lines]
