"""Does every invariant hold at this moment? All of them in one snapshot, so that work may go on meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from config.database import Database
from workflows.log_chain import broken_looks
from workflows.patients import Keys
from workflows.verify.invariant import Invariant
from workflows.verify.invariants import INVARIANTS
from workflows.verify.patient_invariants import LOG_STANDS

SHOWN = 20
"""Breaks shown of one invariant at most; all are counted."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: how often it is broken, and the first places."""

    invariant: Invariant
    count: int
    where: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """`{"name", "sv", "en", "count", "where"}`."""
        return {
            "name": self.invariant.name,
            "sv": self.invariant.sv,
            "en": self.invariant.en,
            "count": self.count,
            "where": list(self.where),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what is broken."""

    checked: int
    broken: tuple[Broken, ...]


def verify(
    database: Database, progress: Callable[[Invariant], object] = bool, *, keys: Keys | None = None
) -> Verification:
    """Check every invariant; with `keys` also that the access log is as it was written. `progress` is told each
    before it is checked."""
    broken = []
    with database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        # Whole tables are compared. With the statistics of a database that was just filled, nested loops are taken
        # for cheap, and verifying 10,000 orders took more than two minutes (measured).
        tx.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'")
        for invariant in INVARIANTS:
            progress(invariant)
            found = f"SELECT count(*) OVER (), broken FROM ({invariant.broken}) AS b (broken) ORDER BY 2 LIMIT {SHOWN}"
            rows = tx.execute(found.encode()).fetchall()
            if rows:
                broken.append(Broken(invariant, rows[0][0], tuple(where for _, where in rows)))
        if keys is not None:
            progress(LOG_STANDS)
            if wrong := list(broken_looks(tx, keys)):
                broken.append(Broken(LOG_STANDS, len(wrong), tuple(wrong[:SHOWN])))
    return Verification(len(INVARIANTS) + (keys is not None), tuple(broken))
