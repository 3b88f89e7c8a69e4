"""Which engines are drilled beside the product? Each in an honest configuration, said in words, and what favours it.

Each has three worker processes, as the product has for its orders. Next: prepared.py, what each finds at first.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drill.peers.prepared import prepare_schema

ACKS_LATE = "PEER_ACKS_LATE"
"""In the environment of workers that acknowledge a message when its task has ended."""
VISIBILITY_SECONDS = 30
"""How long a message may be under way. Celery's own hour is for long tasks; these take milliseconds."""
LOOK_SECONDS = 5
"""How often a worker looks for messages that were under way too long."""
QUEUE = APPLICATION = "orders"
"""What DBOS calls its queue, and whose workflows they are."""
AT_ONCE = 8
"""Workflows that a process of DBOS runs at a time, as in the benchmark, where more only cost more."""
POLLING_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: its processes by name, what it is, and what it says that it has given up."""

    name: str
    title: str
    configuration: tuple[str, ...]
    favours: tuple[str, ...]
    intake: str
    """Who takes its orders: a name in clients.INTAKES."""
    workers: Mapping[str, list[str]]
    """The commands by the processes' names."""
    prepare: Callable[[str], None]
    """Makes what it finds at first, given the URL of an empty database."""
    environment: Mapping[str, str] = field(default_factory=dict)
    given_up: str | None = None
    """SQL: the external ids of orders that it says, where somebody can see it, it will not move on by itself."""
    broker: bool = True
    """Whether it uses Redis."""


def _celery(number: int, *pool: str) -> list[str]:
    return [
        sys.executable, "-m", "celery", "--quiet", "-A", "drill.peers.celery_app", "worker", "--pool", *pool,
        "--hostname", f"naive{number}@%h", "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


_CELERY_WORKERS = {
    "worker-1": _celery(1, "solo"),
    "worker-2": _celery(2, "solo"),
    "worker-prefork": _celery(3, "prefork", "--concurrency", "1"),
}
_CELERY_ENVIRONMENT = {"PYTHONWARNINGS": "ignore:::celery.platforms"}
_CELERY_CONFIGURATION = (
    f"visibility_timeout {VISIBILITY_SECONDS} s, looked at every {LOOK_SECONDS} s (Celery's own is an hour)",
    "pool_pre_ping on; a task that raises is not tried again, as nothing in the tasks asks for it",
)
_CELERY_FAVOURS = (
    "an order that is sent again while it is a draft gets its first message again",
    "no rules, no scarce goods, no cancellations, no documents",
)


def _prepare_dbos(database_url: str) -> None:
    # Installed beside the benchmarks alone.
    from dbos import DBOSClient, SQLAlchemyDatasource, run_dbos_database_migrations

    prepare_schema(database_url)
    run_dbos_database_migrations(database_url)
    SQLAlchemyDatasource.migrate(database_url)
    client = DBOSClient(system_database_url=database_url, application_name=APPLICATION)
    client.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLLING_SECONDS)
    client.destroy()


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "naive-celery",
            "Celery + SQLAlchemy ORM, a task and a machine per order and transition",
            ("messages are acknowledged when their task begins, Celery's default", *_CELERY_CONFIGURATION),
            _CELERY_FAVOURS,
            "celery", _CELERY_WORKERS, prepare_schema, _CELERY_ENVIRONMENT,
        ),
        Engine(
            "naive-celery-late",
            "the same with acks_late and reject_on_worker_lost",
            ("task_acks_late, task_reject_on_worker_lost", *_CELERY_CONFIGURATION),
            _CELERY_FAVOURS,
            "celery", _CELERY_WORKERS, prepare_schema, _CELERY_ENVIRONMENT | {ACKS_LATE: "1"},
        ),
        Engine(
            "dbos",
            "DBOS, a workflow per order",
            (
                f"{AT_ONCE} workflows at a time in each of three executors, queue looked at every {POLLING_SECONDS} s",
                "an executor recovers its own workflows when it is started again under its name",
                "READ COMMITTED; no conductor beside it; a step that is run again and moves nothing is no failure",
            ),
            (
                "an order and its workflow are stored in one transaction, and no broker can fail",
                "no rules, no scarce goods, no cancellations, no documents",
            ),
            "dbos",
            {
                f"worker-{number}": [sys.executable, "-m", "drill.peers.executor", f"executor{number}"]
                for number in (1, 2, 3)
            },
            _prepare_dbos,
            given_up="SELECT workflow_uuid FROM dbos.workflow_status "
            "WHERE status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED', 'CANCELLED')",
            broker=False,
        ),
    )
}  # fmt: skip
"""The engines by name."""
