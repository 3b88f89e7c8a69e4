"""Do the jobs of the day run at their time? Real dispatcher and worker processes, a real queue, a real receiver."""

import uuid
from collections.abc import Iterator

import pytest
from builders import a_world, in_state
from receivers import Posted, a_link
from waiting import wait_for

from backoffice.supervisor import Supervisor, dispatcher, documents_worker, order_worker
from config.database import Database
from config.server_urls import ServerUrls
from workflows.due import anything_ahead
from workflows.heartbeats import all_heartbeats


@pytest.fixture
def supervisor(servers: ServerUrls, database_url: str) -> Iterator[Supervisor]:
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.redis_url or "",
        "ORDERFLODE_KEY_PREFIX": f"test-{uuid.uuid4().hex[:8]}:",
        "ORDERFLODE_CANARY_LATE": "6",
        "ORDERFLODE_LOG_LEVEL": "ERROR",
    }
    with Supervisor(environment) as supervisor:
        yield supervisor


@pytest.fixture
def link() -> Iterator[Posted]:
    with a_link() as posted:
        yield posted


@pytest.fixture
def world(database: Database, link: Posted) -> Database:
    """An order of lager 10 has stood for three days, and the store is to be told."""
    a_world(database, stock={("10", "A1"): 10}, picking_10="confirmed")
    in_state(database, "validated", ("A1", 1))
    with database.session() as session:
        session.execute("UPDATE orders SET state_since = now() - interval '3 days'")
        session.execute("UPDATE store SET notice_to = %s WHERE code = '10'", (link.url,))
    return database


def answer(database: Database, query: str) -> object:
    with database.session() as session:
        row = session.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def outcome(database: Database) -> object:
    return answer(database, "SELECT last_outcome FROM daily_job WHERE name = 'notices'")


def scheduled(database: Database) -> object:
    return answer(database, "SELECT due_at > now() FROM daily_job WHERE name = 'notices'")


def make_due(database: Database) -> None:
    with database.session() as session:
        session.execute("UPDATE daily_job SET due_at = now() WHERE name = 'notices'")


@pytest.mark.parametrize("worker", [order_worker(jobs_too=True), documents_worker()])
def test_a_job_whose_time_comes_is_run_by_a_worker_once(
    world: Database, supervisor: Supervisor, link: Posted, worker: list[str]
) -> None:
    for number in (1, 2):
        supervisor.start(f"dispatcher {number}", dispatcher())
    supervisor.start("worker", worker)
    wait_for(lambda: scheduled(world), what="the schedule")
    assert link.requests == []
    make_due(world)
    wait_for(lambda: outcome(world), 60, "the run")
    assert outcome(world) == "1 skickade, 0 misslyckade (sent, failed)"
    assert scheduled(world)
    assert len(link.requests) == 1


def test_a_dispatcher_without_workers_leaves_what_speaks_to_the_network_to_them(
    world: Database, supervisor: Supervisor, link: Posted
) -> None:
    supervisor.environment = {**supervisor.environment, "ORDERFLODE_CANARY_LATE": "1"}
    supervisor.start("dispatcher", dispatcher())
    wait_for(lambda: scheduled(world), what="the schedule")
    make_due(world)
    wait_for(lambda: degraded(world), what="that it says so")
    assert link.requests == []
    supervisor.start("worker", documents_worker())
    wait_for(lambda: link.requests, 60, "the notice")


def degraded(database: Database) -> bool:
    with database.session() as session:
        return ("dispatcher", True) in [
            (name, bool((details or {}).get("degraded"))) for name, _, details in all_heartbeats(session)
        ]


def test_work_is_done_although_a_job_is_due(world: Database, supervisor: Supervisor) -> None:
    supervisor.start("dispatcher", dispatcher())
    wait_for(lambda: scheduled(world), what="the schedule")
    make_due(world)
    with world.session() as session:
        assert not anything_ahead(session)
