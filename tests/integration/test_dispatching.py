"""Do orders move whatever happens to the messages? Real dispatcher and worker processes, a real queue."""

import json
import os
import signal
import sys
import uuid
from collections.abc import Iterator, Sequence

import pytest
import redis
from builders import a_prescription, a_world, an_order, balance, states, store
from waiting import wait_for

from backoffice.supervisor import Supervisor, dispatcher, order_worker
from config.database import Database
from config.server_urls import ServerUrls
from workflows.heartbeats import all_heartbeats
from workflows.verify.checking import verify

PREFIX = "test"


@pytest.fixture
def supervisor(servers: ServerUrls, database_url: str) -> Iterator[Supervisor]:
    """A supervisor whose children use this test's database and keys of their own in Redis."""
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.redis_url or "",
        "ORDERFLODE_KEY_PREFIX": f"{PREFIX}-{uuid.uuid4().hex[:8]}:",
        "ORDERFLODE_CANARY_LATE": "6",
        "ORDERFLODE_LOG_LEVEL": "ERROR",
    }
    with Supervisor(environment) as supervisor:
        yield supervisor


def delivered(database: Database, ids: Sequence[int]) -> bool:
    return set(states(database, ids)) == {"delivered"}


def rolled_up(database: Database) -> bool:
    """Whether what the doors changed in the counts has been added to them."""
    with database.session() as session:
        row = session.execute("SELECT NOT EXISTS (SELECT FROM order_count_change)").fetchone()
    return row == (True,)


def queue(servers: ServerUrls) -> "redis.Redis[bytes]":
    assert servers.redis_url is not None
    return redis.Redis.from_url(servers.redis_url)


def test_orders_are_delivered_by_a_worker_that_the_dispatcher_hints(database: Database, supervisor: Supervisor) -> None:
    a_world(database, stock={("10", "A1"): 100})
    before = store(database, *[an_order() for _ in range(5)])
    supervisor.start("worker", order_worker())
    supervisor.start("dispatcher", dispatcher())
    wait_for(lambda: delivered(database, before), what="orders stored before the dispatcher started")

    later = store(database, a_prescription())

    wait_for(lambda: delivered(database, later), what="an order stored while it listens")
    wait_for(lambda: rolled_up(database), what="counts that are rolled up")
    assert verify(database).broken == ()


def test_a_dispatcher_without_workers_runs_the_steps_itself_and_says_so(
    database: Database, supervisor: Supervisor
) -> None:
    a_world(database, stock={("10", "A1"): 100})
    supervisor.environment = {**supervisor.environment, "ORDERFLODE_CANARY_LATE": "1"}
    supervisor.start("dispatcher", dispatcher())
    ids = store(database, *[an_order() for _ in range(3)])

    wait_for(lambda: delivered(database, ids), what="delivery without any worker")

    with database.transaction() as tx:
        details = {name: details for name, _, details in all_heartbeats(tx)}
    assert details["dispatcher"] == {"degraded": True}


def test_an_emptied_queue_loses_nothing(servers: ServerUrls, database: Database, supervisor: Supervisor) -> None:
    a_world(database, stock={("10", "A1"): 5_000})
    ids = store(database, *[an_order() for _ in range(1_500)])
    supervisor.start("worker", order_worker())
    supervisor.start("dispatcher", dispatcher())
    wait_for(lambda: "delivered" in states(database, ids), what="the first delivery")

    connection = queue(servers)
    for key in connection.keys(f"{supervisor.environment['ORDERFLODE_KEY_PREFIX']}*"):
        connection.delete(key)

    wait_for(lambda: delivered(database, ids), 60, "all deliveries")
    assert balance(database, "10", "A1") == (3_500, 0, 0)


def test_forged_and_malformed_messages_change_nothing(
    servers: ServerUrls, database: Database, supervisor: Supervisor
) -> None:
    a_world(database, stock={("10", "A1"): 100}, picking_10="confirmed")
    (waiting,) = store(database, an_order())
    supervisor.start("worker", order_worker())
    supervisor.start("dispatcher", dispatcher())
    wait_for(lambda: states(database, [waiting]) == ["validated"])

    prefix = supervisor.environment["ORDERFLODE_KEY_PREFIX"]
    for task, arguments in (
        ("orders.pick", ["bestallning"]),
        ("orders.pick", ["'; DROP TABLE orders; --"]),
        ("orders.pick", [str(waiting), {"state": "delivered"}]),
        ("orders.deliver", [["bestallning"]]),
        ("orders.obliterate", []),
    ):
        queue(servers).lpush(f"{prefix}pick", _message(task, arguments, "pick"))
    queue(servers).lpush(f"{prefix}pick", b"\x80\x04not json")
    (other,) = store(database, an_order(sender="50301"))

    wait_for(lambda: states(database, [other]) == ["delivered"], 60, "an order after the garbage")
    supervisor.tend()
    assert states(database, [waiting]) == ["validated"], "only a person confirms the pick"


def _message(task: str, arguments: list[object], queue_name: str) -> bytes:
    tag = str(uuid.uuid4())
    return json.dumps(
        {
            "body": json.dumps([arguments, {}, {}]),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"task": task, "id": tag, "lang": "py", "root_id": tag, "parent_id": None, "argsrepr": ""},
            "properties": {
                "correlation_id": tag, "delivery_mode": 2, "delivery_tag": tag, "body_encoding": "utf-8",
                "delivery_info": {"exchange": "", "routing_key": queue_name}, "priority": 0,
            },
        }
    ).encode()  # fmt: skip


def test_a_second_dispatcher_takes_over_when_the_first_is_killed(database: Database, supervisor: Supervisor) -> None:
    a_world(database, stock={("10", "A1"): 100})
    supervisor.start("worker", order_worker())
    for name in ("first", "second"):
        supervisor.start(name, dispatcher())
    wait_for(lambda: delivered(database, store(database, an_order())) or True)
    first = next(child for child in supervisor.children if child.name == "first")
    assert first.process is not None
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()

    ids = store(database, an_order(), an_order())

    wait_for(lambda: delivered(database, ids), what="delivery by the other dispatcher")


def test_a_dispatcher_that_is_told_to_end_does_not_wait_for_its_next_look(
    servers: ServerUrls, database: Database, supervisor: Supervisor
) -> None:
    a_world(database)
    store(database, an_order())
    never = "import tasks.dispatcher; tasks.dispatcher.POLL = 100_000.0; tasks.dispatcher.main()"
    supervisor.start("dispatcher", [sys.executable, "-c", never])
    hints = f"{supervisor.environment['ORDERFLODE_KEY_PREFIX']}validate"
    wait_for(lambda: queue(servers).exists(hints), what="its hint, after which it waits to be told of more")
    process = supervisor.children[0].process
    assert process is not None

    process.terminate()

    assert process.wait(30) == 0


def test_a_worker_at_rest_is_never_further_than_a_fifth_of_a_second_from_its_end(
    servers: ServerUrls, supervisor: Supervisor
) -> None:
    assert servers.redis_url is not None
    prefix = supervisor.environment["ORDERFLODE_KEY_PREFIX"]
    supervisor.start("worker", order_worker())

    with redis.Redis.from_url(servers.redis_url, socket_timeout=60).monitor() as monitor:
        asked = next(each["command"] for each in monitor.listen() if each["command"].startswith(f"BRPOP {prefix}"))

    assert float(asked.split()[-1]) <= 0.2
