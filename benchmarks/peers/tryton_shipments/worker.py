"""How does Tryton work the orders? One of its processes: the shipments of its share, a batch at a time, to their end.

Each transition of a batch is a transaction of its own and the method behind a button of Tryton's, six for our four.
Arguments: database, gate, which share of how many, shipments in a batch. Next: end_state.py.
"""

import signal
import sys
import time
from typing import Any

from trytond.backend import DatabaseOperationalError
from trytond.transaction import TransactionError

from benchmarks.peers.tryton_shipments.session import only, start, transaction

TRANSITIONS = ("wait", "assign_try", "pick", "pack", "ship", "do")


def work(database: str, gate: int, share: int, shares: int, size: int) -> None:
    """Bring every `shares`-th draft to `done`, `size` at a time, once the advisory lock `gate` lets this process in."""
    pool = start(database)
    shipment = pool.get("stock.shipment.out")
    with transaction(database) as opened:
        company = only(pool.get("company.company")).id
        drafts = [each.id for each in shipment.search([("state", "=", "draft")], order=[("id", "ASC")])][share::shares]
        opened.connection.execute("SELECT pg_advisory_lock_shared(%s)", (gate,))
    for first in range(0, len(drafts), size):
        for transition in TRANSITIONS:
            _move(database, company, shipment, transition, drafts[first : first + size])


def _move(database: str, company: int, shipment: Any, transition: str, batch: list[int]) -> None:
    """One transition in one transaction, begun again when the database refuses it, as Tryton's own worker does.

    `assign_try` locks every move of its products without waiting (FOR UPDATE NOWAIT): of two processes that assign a
    popular article at once, one is refused and tries again.
    """
    extras: dict[str, object] = {}
    refused = 0
    while True:
        time.sleep(0.02 * min(refused, 5))
        try:
            with transaction(database, company, **extras):
                getattr(shipment, transition)(shipment.browse(batch))
                return
        except TransactionError as error:
            error.fix(extras)
        except DatabaseOperationalError:
            refused += 1


if __name__ == "__main__":
    work(sys.argv[1], *map(int, sys.argv[2:]))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
