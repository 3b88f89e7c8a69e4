"""Does anything get lost while Redis is away? Orders come over HTTP, fifty a second, and Redis is stopped for a minute.

What was answered is delivered, once; the web process never asks Redis. How long it takes is benchmarks/api.py's matter.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from acceptance.own_valkey import OwnValkey
from acceptance.world import an_order, write_master_data
from command_line import CommandLine, free_port
from waiting import wait_for

from benchmarks.open_loop import keep_pace
from config.database import Database
from workflows.permissions import Permission
from workflows.tokens import issue_token

PER_SECOND = 50
BEFORE, WITHOUT, AFTER = 10, 60, 10
"""Seconds of arrivals with Redis, without, and with a new and empty one."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database of all processes."""
    database = Database(database_url)
    yield database
    database.close()


def test_orders_sent_while_redis_is_stopped_are_all_delivered_once(
    orderflode: CommandLine, database: Database, tmp_path: Path
) -> None:
    valkey, port, sent = OwnValkey(tmp_path), free_port(), list[str]()
    orders = PER_SECOND * (BEFORE + WITHOUT + AFTER)
    command = orderflode.with_environment(REDIS_URL=valkey.url)
    command.run("load", write_master_data(tmp_path / "master", {("10", "12345"): orders}))
    headers = {"Authorization": f"Bearer {a_token(database)}"}

    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:

        def arrive(place: int) -> None:
            answer = client.post("/api/v1/orders", json=an_order(f"R-{place}", ("12345", 1)))
            assert answer.status_code == 201, answer.text
            sent.append(answer.json()["external_id"])

        with valkey.running() as first, command.started("up", "--port", port):
            wait_for(lambda: is_ready(client), 60, "the web process")
            told: list[dict[str, float]] = []
            sender = threading.Thread(target=lambda: told.append(keep_pace(arrive, PER_SECOND, orders)))
            sender.start()
            wait_for(lambda: len(sent) >= PER_SECOND * BEFORE, 300, "the first orders")
            first.kill()
            wait_for(lambda: len(sent) >= PER_SECOND * (BEFORE + WITHOUT), 600, "the orders of that minute")
            with valkey.running():
                sender.join(600)
                assert len(told) == 1
                wait_for(lambda: states(database) == {"delivered": orders}, 300, "all deliveries")

    assert len(set(sent)) == len(sent) == orders
    assert command.read("verify")["broken"] == []


def a_token(database: Database) -> str:
    with database.transaction() as tx:
        return issue_token(
            tx, "journal", source="journal", scopes=frozenset({Permission.CREATE_BESTALLNING}), kommun=None,
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip


def is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx2.HTTPError:
        return False


def states(database: Database) -> dict[str, int]:
    with database.transaction() as tx:
        return dict(tx.execute("SELECT state, count(*) FROM orders GROUP BY 1").fetchall())
