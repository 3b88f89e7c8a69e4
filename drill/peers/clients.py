"""Who orders from a peer while it breaks? The drill's clients, with a peer's textbook way of taking an order.

`python -m drill.peers.clients NAME SHARE SEED HISTORY INTAKE` does its share of the load until SIGTERM. The orders are
those that the product gets at the same seed; what the peers' schema cannot hold is left out. Next: faults.py.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings
from drill.clients import ClientProcess
from drill.history import HistoryFile
from drill.load import Body, Deed, Load
from drill.peers.engines import APPLICATION, QUEUE

LOAD = Load(scarce=0.0, receipts=0.0, refills=0.0, changes=0.0)
"""Orders as the product's clients send them, and nothing that the peers have no word for."""
SESSIONS = 8

_STORE = """
    WITH stored AS (
        INSERT INTO orders (external_id, order_type, sender, receiver_kind, receiver_code, created_by)
        VALUES (%(key)s, %(order_type)s, %(sender)s, %(receiver_kind)s, %(receiver_code)s, %(actor)s)
        ON CONFLICT (external_id) DO NOTHING RETURNING id),
    listed AS (
        INSERT INTO order_line (order_id, line_no, article, quantity)
        SELECT s.id, l.* FROM stored s,
            unnest(%(line_nos)s::integer[], %(articles)s::text[], %(quantities)s::integer[]) AS l)
    INSERT INTO history (order_id, version, event, to_state, actor)
    SELECT id, 1, 'create', 'draft', %(actor)s FROM stored RETURNING order_id
"""
_FIND = "SELECT id, state FROM orders WHERE external_id = %(key)s"

Stored = tuple[int, bool]
"""An order's id, and whether its work has yet to be asked for."""


class Intake(Protocol):
    """How an engine is told of an order."""

    def inside(self, connection: Connection, key: str, stored: Stored) -> None:
        """In the transaction that stores the order."""

    def afterwards(self, stored: Stored) -> None:
        """When that is committed."""


class CeleryIntake:
    """Commit, and then `.delay()`."""

    def __init__(self, _database_url: str) -> None:
        # What it is configured by stands in the environment of the clients and the workers alone.
        from drill.peers.celery_app import validate

        self._send: Callable[[int], object] = validate.delay

    def inside(self, connection: Connection, key: str, stored: Stored) -> None:
        """Nothing: a worker would look for an order that is not there yet."""

    def afterwards(self, stored: Stored) -> None:
        """The first message."""
        order_id, due = stored
        if due:
            self._send(order_id)


class DbosIntake:
    """A workflow, enqueued by the transaction that stores its order."""

    def __init__(self, database_url: str) -> None:
        from dbos import DBOSClient

        engine = create_engine(_for_psycopg(database_url), pool_size=1, pool_pre_ping=True)
        self._client = DBOSClient(system_database_engine=engine, application_name=APPLICATION, lazy=True)

    def inside(self, connection: Connection, key: str, stored: Stored) -> None:
        """The workflow has the order's name: whoever sends an order again begins no other one."""
        order_id, due = stored
        if due:
            options = {"workflow_name": "fulfil", "queue_name": QUEUE, "workflow_id": key}
            self._client.enqueue_in_transaction(connection, options, order_id)

    def afterwards(self, stored: Stored) -> None:
        """Nothing is left to do."""


INTAKES: Mapping[str, Callable[[str], Intake]] = {"celery": CeleryIntake, "dbos": DbosIntake}


class PeerClient:
    """Takes orders."""

    def __init__(self, database_url: str, intake: Intake) -> None:
        self._intake = intake
        self._engine = create_engine(_for_psycopg(database_url), pool_size=SESSIONS, pool_pre_ping=True)

    def do(self, op: str, deed: Deed) -> dict[str, Any]:
        """Take an order. Raises what psycopg raises, and whatever the engine does."""
        assert deed.kind == "order"
        body = deed.told["body"]
        with _as_psycopg_says(), self._engine.begin() as connection:
            known, stored = _store(connection, op, body)
            self._intake.inside(connection, body["external_id"], stored)
        self._intake.afterwards(stored)
        return {"verdict": "replayed" if known else "accepted", "order_id": stored[0]}


def _store(connection: Connection, op: str, body: Body) -> tuple[bool, Stored]:
    """Whether the order was known, and the order: one that is a draft still is due."""
    found = connection.exec_driver_sql(_STORE, _row(op, body)).one_or_none()
    if found is not None:
        return False, (found[0], True)
    order_id, state = connection.exec_driver_sql(_FIND, {"key": body["external_id"]}).one()
    return True, (order_id, state == "draft")


def _row(op: str, body: Body) -> dict[str, Any]:
    receiver, lines = body["receiver"], body["lines"]
    return {
        "key": body["external_id"], "order_type": body["order_type"], "sender": body["sender"], "actor": op,
        "receiver_kind": receiver["kind"],
        # The peers keep nothing of a patient.
        "receiver_code": "patient" if receiver["kind"] == "patient" else receiver["id"],
        "line_nos": list(range(1, len(lines) + 1)),
        "articles": [line["article"] for line in lines],
        "quantities": [line["quantity"] for line in lines],
    }  # fmt: skip


@contextmanager
def _as_psycopg_says() -> Iterator[None]:
    """What SQLAlchemy raises, as the driver raised it: by it a client knows whether something may have happened."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, Exception):
            raise error.orig from error
        raise


def _for_psycopg(database_url: str) -> URL:
    return make_url(database_url).set(drivername="postgresql+psycopg")


def _life(history: Path) -> int:
    """Which life this is of a client that may be killed: each has orders of its own."""
    lives = history.with_suffix(".lives")
    with lives.open("ab") as file:
        file.write(b".")
    return lives.stat().st_size


def main() -> None:
    """One client process."""
    name, share, seed, history, intake = sys.argv[1:]
    set_up_logging(settings().log_level)
    database_url = os.environ["DATABASE_URL"]
    client = PeerClient(database_url, INTAKES[intake](database_url))
    path = Path(history)
    mine = ClientProcess(f"{name}.{_life(path)}", client, HistoryFile(path), LOAD, int(seed), int(share))
    signal.signal(signal.SIGTERM, lambda *_: mine.stop())
    follow_parent()
    mine.run()


if __name__ == "__main__":
    main()
