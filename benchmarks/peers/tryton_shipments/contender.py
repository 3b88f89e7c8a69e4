"""How fast is Tryton? Two processes, each with its share of the shipments, one at a time or a hundred at a time.

The shipments are made before the clock starts. Goods pass through outbound, as they do for the others; numbers come
from Tryton's own sequence, which may leave gaps, and its log of transitions stands for the history.
"""

import sys
from dataclasses import dataclass

import psycopg

from benchmarks.contender import Run, WrongEndState
from benchmarks.measuring import processes, timed
from benchmarks.peers.tryton_shipments.prepared import PEER, environment_of, run_module, template
from benchmarks.servers import Servers

DATABASE = "tryton_shipments"
PROCESSES = 2
GATE = 1
"""The advisory lock that the processes wait for, so that all begin at once."""


@dataclass(frozen=True, slots=True)
class TrytonShipments:
    """Tryton's customer shipments, `batch` of them in each transaction."""

    name: str
    title: str
    favours: str
    batch: int

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Make `orders` shipments in draft (not timed) and bring them to `done`."""
        url = servers.create(DATABASE, template(servers))
        environment = environment_of(url)
        try:
            run_module(environment, "drafts", DATABASE, str(orders), str(seed))
            with processes() as group, psycopg.connect(url, autocommit=True) as look:
                look.execute("VACUUM ANALYZE")
                look.execute("SELECT pg_advisory_lock(%s)", (GATE,))
                for share in range(PROCESSES):
                    given = map(str, (DATABASE, GATE, share, PROCESSES, self.batch))
                    group.start(f"share{share}", [sys.executable, "-m", f"{PEER}.worker", *given], environment)
                run = timed(servers, group, orders, begun=lambda: _lets_go(look), ended=lambda: _has_ended(look))
            faults = run_module(environment, "end_state", DATABASE, str(orders), str(seed)).split("\n")
            if any(faults):
                raise WrongEndState("; ".join(faults))
            return run
        finally:
            servers.drop(DATABASE)


ONE_BY_ONE = TrytonShipments(
    name="tryton",
    title="Tryton 8.2, a transaction per shipment and transition",
    favours="Favours us: Tryton has six transitions for our four and checks every field of every record in Python.",
    batch=1,
)
IN_BATCHES = TrytonShipments(
    name="tryton-batches",
    title="Tryton 8.2, a transaction per 100 shipments and transition",
    favours="Favours us: Tryton has six transitions for our four and checks every field of every record in Python.",
    batch=100,
)


def _lets_go(look: psycopg.Connection[tuple[bool]]) -> bool:
    """Open the gate when every process stands before it."""
    row = look.execute(
        "SELECT count(*) = %s FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
        (PROCESSES, GATE),
    ).fetchone()
    if row is None or not row[0]:
        return False
    look.execute("SELECT pg_advisory_unlock(%s)", (GATE,))
    return True


def _has_ended(look: psycopg.Connection[tuple[bool]]) -> bool:
    row = look.execute("SELECT NOT EXISTS (SELECT FROM stock_shipment_out WHERE state <> 'done')").fetchone()
    return row is not None and row[0]
