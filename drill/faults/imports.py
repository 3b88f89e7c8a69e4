"""What if two import the same file at once? Every order is there once, whoever came first.

The orders stand in a history of their own, as those of the clients do, so that the judge knows of them.
"""

import json
import random
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config.fault_points import Kind
from drill.fault import Evidence, Fault
from drill.faults.command import Ended, run_command
from drill.faults.processes import came_true
from drill.history import HistoryFile
from drill.load import SOURCE, Body, Load, order_body
from drill.world import World

MOST_TRIES = 4
MEET_SECONDS = 30.0
"""How long an import may take until it stores, on a machine where everything breaks."""


@dataclass(slots=True)
class ImportedOrders:
    """Orders in a file, to be imported as often as one likes."""

    world: World
    folder: Path
    bodies: Sequence[Body]
    are_in: bool = False
    """Whether an import has said that all of them are there."""

    def take_in(self, *, backwards: bool = False, armed: str | None = None, kind: Kind = "exit") -> Ended:
        """Import them; `armed` is a fault point at which the import ends, or stands still."""
        path = self.folder / f"{uuid.uuid4()}.ndjson"
        ordered = reversed(self.bodies) if backwards else self.bodies
        path.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in ordered), encoding="utf-8")
        ended = run_command(self.world, "import", str(path), "--source", SOURCE, "--json", armed=armed, kind=kind)
        self.are_in = self.are_in or ended.status == 0
        return ended


@contextmanager
def imported_orders(world: World, rng: random.Random, number: int) -> Iterator[ImportedOrders]:
    """So many orders to import, known to the judge as acknowledged once an import has taken them all."""
    name = uuid.UUID(bytes=rng.randbytes(16)).hex[:12]
    bodies = [order_body(f"i-{name}-{each}", Load(), rng) for each in range(number)]
    history = HistoryFile(world.home / f"history-import-{name}.jsonl")
    for body in bodies:
        history.invoke(body["external_id"], "order", _told(body))
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        orders = ImportedOrders(world, Path(folder), bodies)
        yield orders
    if orders.are_in:
        for body in bodies:
            history.answer(body["external_id"], "ok", result={"verdict": "accepted", "order_id": None})


def _told(body: Body) -> dict[str, Any]:
    """What a history keeps of an order: nothing of a patient."""
    return {"key": body["external_id"], **{name: body[name] for name in ("order_type", "sender", "lines", "partial")}}


@dataclass(frozen=True, slots=True)
class TwoImports:
    """The same orders are imported twice at once, from the first and from the last."""

    name: str = "two-imports"
    tells: str = "Two import the same orders at once, in opposite order: each is stored once, and nobody deadlocks."
    orders: int = 40

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Let each stand still before its commit, see the other one wait for it, and see that each order was taken by
        one of them."""
        with imported_orders(world, rng, self.orders) as orders, ThreadPoolExecutor(2) as threads:
            both = [threads.submit(_taken, orders, backwards=backwards) for backwards in (False, True)]
            met = came_true(lambda: _number(world, _WAITS), MEET_SECONDS)
            shares = [each.result() for each in both]
        return Evidence(met and sum(shares) == self.orders, f"imports of {self.orders} orders met, and took {shares}")


def _taken(orders: ImportedOrders, *, backwards: bool) -> int:
    """How many an import took; one that is told to try again (another one stood still for too long) does."""
    ended = orders.take_in(backwards=backwards, armed="intake.stored", kind="stall")
    for _ in range(MOST_TRIES):
        if ended.status == 0:
            break
        ended = orders.take_in(backwards=backwards)
    return int(json.loads(ended.out)["accepted"])


# Whoever wants to store what another one has stored and not committed: an order, or its patient before.
_WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid' "
    "AND (query LIKE '%INSERT INTO orders%' OR query LIKE '%INSERT INTO patient%')"
)


def _number(world: World, query: str) -> int:
    with suppress(psycopg.OperationalError), world.session() as session:
        row = session.execute(query.encode()).fetchone()
        return 0 if row is None else int(row[0])
    return 0


IMPORT_FAULTS: tuple[Fault, ...] = (TwoImports(),)
