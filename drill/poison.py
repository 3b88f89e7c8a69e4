"""Which orders poison whoever works them? Some whose own data cannot be read, and some that kill their process.

Planted on purpose, so that at the end precisely these are held. `python -m drill.poison -- MODULE ARGUMENTS` runs a
program of the product in which an order with the reference of a killer kills: SIGKILL, inside the step's transaction.
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from config.database import Connection
from drill.become import become
from drill.load import SOURCE
from drill.region import PLENTIFUL
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from workflows.intake import store_orders
from workflows.journal import Worker
from workflows.patients import Keys

KILLER: Final = "dodar-sin-process"
"""The reference of orders that kill the process which is about to commit their first step."""
LATE_KILLER: Final = "dodar-vid-utleverans"
"""The reference of those that kill when their utleverans is made, and numbered."""
UNREADABLE: Final = "gar-inte-att-lasa"
"""The reference of orders whose date is beyond all dates."""
KINDS: Final = (KILLER, LATE_KILLER, UNREADABLE)
_KILL_AT: Final = {"validate": KILLER, "create_utleverans": LATE_KILLER}


def plant(connection: Connection, keys: Keys, key: str) -> None:
    """Store a poison order whose key begins with its kind. `connection` is a superuser's: the product has no door by
    which an order could become unreadable."""
    kind = next(kind for kind in KINDS if key.startswith(kind))
    body = {
        "external_id": key,
        "order_type": "bestallning",
        "sender": "10",
        "receiver": {"kind": "vardenhet", "id": "03-05"},
        "orderer": {"person": "best-1", "unit": "03-05"},
        "lines": [{"article": PLENTIFUL[0], "quantity": 1}],
        "reference": kind,
    }
    moment = datetime.now(UTC)
    request = read_order(body, today=moment.date())
    assert not isinstance(request, list)
    order = new_order(request, keys, source=SOURCE, received_at=moment, today=moment.date())
    with connection.transaction():
        store_orders(connection, [order], actor="drill")
        if kind == UNREADABLE:
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("UPDATE orders SET ordered_on = 'infinity' WHERE external_id = %s", (key,))


def with_killers(command: Sequence[str]) -> list[str]:
    """A command of the product as it runs where orders may kill: `[…, python, -m, module, …]`."""
    place = list(command).index(sys.executable)
    if command[place + 1] != "-m":
        return list(command)
    return [*command[: place + 1], "-m", "drill.poison", "--", *command[place + 2 :]]


def let_killers_kill() -> None:
    """From here on a killer among the claimed orders kills this process when its step is done, before the commit."""
    erase = Worker.erase
    write = Worker.write
    claimed: list[int] = []
    events: list[str] = []

    def noting(worker: Worker, event: str, order_ids: Sequence[int]) -> None:
        claimed[:], events[:] = order_ids, [event]
        write(worker, event, order_ids)

    def dying(worker: Worker, tx: Connection) -> None:
        query = "SELECT FROM orders WHERE id = ANY(%s::bigint[]) AND reference = %s LIMIT 1"
        if tx.execute(query, (claimed, _KILL_AT.get(events[0]))).fetchone() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        erase(worker, tx)

    Worker.write = noting  # type: ignore[method-assign,assignment]
    Worker.erase = dying  # type: ignore[method-assign,assignment]


def main() -> None:
    """Patch this process, and then become the program after `--`."""
    separator, *command = sys.argv[1:]
    assert separator == "--"
    let_killers_kill()
    become(command)


if __name__ == "__main__":
    main()
