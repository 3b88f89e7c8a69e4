"""Is an order that is sent over HTTP delivered by the real processes? Web, dispatcher and worker, from token to end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from acceptance.world import an_order, write_master_data
from command_line import CommandLine, free_port
from request_bodies import PERSONNUMMER, with_line
from waiting import wait_for

from config.database import Database
from workflows.permissions import Permission
from workflows.tokens import issue_token

SCOPES = (Permission.CREATE_BESTALLNING, Permission.CREATE_FORSKRIVNING, Permission.READ_ORDERS)


@pytest.fixture
def client(database: Database) -> Iterator[httpx2.Client]:
    """A client with a token for what it does, of an address where nobody listens yet."""
    with database.transaction() as tx:
        secret = issue_token(
            tx, "journal", source="journal", scopes=frozenset(SCOPES), kommun="Karlstad",
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{free_port()}", headers={"Authorization": f"Bearer {secret}"}
    ) as client:
        yield client


def is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx2.TransportError:
        return False


def test_an_order_sent_over_http_is_delivered(orderflode: CommandLine, client: httpx2.Client, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 5, ("50301", "12345"): 5}))

    with orderflode.started("up", "--port", client.base_url.port) as up:
        wait_for(lambda: is_ready(client), 60, "the web process")
        waits = client.post("/api/v1/orders", json=an_order("B-1", ("12345", 2)))
        goes_on = client.post(
            "/api/v1/orders", json=with_line() | {"external_id": "F-1"}, headers={"Prefer": "respond-async"}
        )
        assert (waits.status_code, goes_on.status_code) == (201, 202), waits.text + goes_on.text
        addresses = [answer.headers["Location"] for answer in (waits, goes_on)]
        wait_for(
            lambda: {client.get(address).json()["state"] for address in addresses} == {"delivered"},
            60,
            "the delivery of both orders",
        )
        (utleverans,) = client.get(addresses[0]).json()["utleveranser"]
        page = client.get("/api/v1/docs").text
        output = up.err.read_bytes()

    assert utleverans.startswith("10-")
    assert "https://" not in page
    assert "<script" not in page
    assert PERSONNUMMER.encode() not in output
    assert orderflode.read("verify")["broken"] == []
