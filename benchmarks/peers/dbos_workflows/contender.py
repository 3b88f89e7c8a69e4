"""How fast is it? Two processes, on workflows enqueued before the clock starts.

Tried on two cores that others used too, so that CPU ms per order tell more than orders per second. A workflow per order
(400 orders, the queue looked at every 50 ms): 8 at a time in each process 28 ms and 42/s, 16 at a time 40 ms and 24/s,
24 at a time 43 ms and 19/s; 8 at a time with a look every 10 ms 34 ms and 34/s, every 200 ms 29 ms and 32/s. A workflow
per 100 orders (6,000 orders, two rounds): 2 at a time 1.8 and 1.9 ms, 4 at a time 2.4 and 2.8 ms, 8 at a time 2.2 ms
twice. SERIALIZABLE, DBOS's default, more than doubled the CPU of both and halved what they reached.
"""

import sys
import time
from dataclasses import dataclass

import psycopg
import sqlalchemy
from dbos import DBOSClient, SQLAlchemyDatasource, run_dbos_database_migrations

from benchmarks.contender import Run
from benchmarks.measuring import Processes, processes, timed
from benchmarks.peers.end_state import check_end_state
from benchmarks.peers.stored_drafts import store_drafts
from benchmarks.servers import Servers

DATABASE = "dbos_workflows"
APPLICATION = QUEUE = "orders"
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class DbosWorkflows:
    """DBOS, a workflow per `batch` orders, `concurrency` of them at a time in each process.

    `polling`: seconds between two looks of a process at the queue; it takes as many workflows as it has room for.
    """

    name: str
    title: str
    favours: str
    batch: int
    concurrency: int
    polling: float

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Work a backlog of `orders` drafts, whose workflows are enqueued."""
        url = servers.create(DATABASE)
        try:
            store_drafts(url, orders, seed)
            with processes() as group, psycopg.connect(url, autocommit=True) as look:
                self._launch(group, url, look)
                self._enqueue(url, orders)
                run = timed(servers, group, orders, begun=lambda: True, ended=lambda: _has_ended(look))
            check_end_state(url, orders)
            return run
        finally:
            servers.drop(DATABASE)

    def _launch(self, group: Processes, url: str, look: psycopg.Connection[tuple[bool]]) -> None:
        """Make DBOS's own tables and its queue, and processes that wait for workflows."""
        run_dbos_database_migrations(url)
        SQLAlchemyDatasource.migrate(url)
        client = DBOSClient(system_database_url=url, application_name=APPLICATION)
        client.register_queue(QUEUE, worker_concurrency=self.concurrency, polling_interval_sec=self.polling)
        client.destroy()
        command = [sys.executable, "-m", "benchmarks.peers.dbos_workflows.worker"]
        for number in range(PROCESSES):
            group.start(f"executor{number}", command, {"DATABASE_URL": url, "EXECUTOR": f"executor{number}"})
        _wait_for_listeners(group, look)

    def _enqueue(self, url: str, orders: int) -> None:
        """A workflow for each batch, all in one transaction: when it commits, the whole backlog is due at once."""
        engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(drivername="postgresql+psycopg"))
        client = DBOSClient(system_database_engine=engine, application_name=APPLICATION)
        with engine.begin() as connection:
            for first in range(1, orders + 1, self.batch):
                batch = list(range(first, min(first + self.batch, orders + 1)))
                workflow, given = ("fulfil", first) if self.batch == 1 else ("fulfil_together", batch)
                client.enqueue_in_transaction(connection, {"workflow_name": workflow, "queue_name": QUEUE}, given)
        client.destroy()
        engine.dispose()


ONE_BY_ONE = DbosWorkflows(
    name="dbos",
    title="DBOS, a workflow per order",
    favours="Favours it: the workflows are enqueued before the clock starts.",
    batch=1,
    concurrency=8,
    polling=0.05,
)
IN_BATCHES = DbosWorkflows(
    name="dbos-batches",
    title="DBOS, a workflow per 100 orders",
    favours="Favours it: batches are cut before the clock starts, and one bad order would fail its whole batch.",
    batch=100,
    concurrency=2,
    polling=0.02,
)


def _wait_for_listeners(group: Processes, look: psycopg.Connection[tuple[bool]], longest: float = 120.0) -> None:
    """Wait until every process has launched: each then has one connection that listens. Raises TimeoutError."""
    deadline = time.monotonic() + longest
    listening = """
        SELECT count(*) = %s FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %%'"""
    while not _holds(look, listening, PROCESSES):
        group.check()
        if time.monotonic() > deadline:
            raise TimeoutError("DBOS does not listen")
        time.sleep(0.05)


def _has_ended(look: psycopg.Connection[tuple[bool]]) -> bool:
    """Whether no workflow waits or runs; one that failed has ended too, and the end state shows what it left."""
    return _holds(look, "SELECT NOT EXISTS (SELECT FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING'))")


def _holds(look: psycopg.Connection[tuple[bool]], question: str, *parameters: int) -> bool:
    row = look.execute(question.encode(), parameters or None).fetchone()
    return row is not None and row[0]
