"""Is an order that is sent over HTTP delivered by the real processes? Web, dispatcher and worker, from token to end.

The first order goes as the README says it, word for word; the second as an integration's that does not wait.
"""

import os
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
from command_line import COMMAND, CommandLine, free_port
from request_bodies import PERSONNUMMER, with_line
from waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]
ORDERS = "/api/v1/orders"


def is_ready(client: httpx2.Client) -> bool:
    """Whether the web process serves."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx2.TransportError:
        return False


def the_readmes_commands() -> str:
    """What the README says of one order by curl, but for the first line, which starts the processes."""
    section = (PROJECT / "README.md").read_text(encoding="utf-8").split("## One order by curl")[1]
    first, _, rest = section.split("```sh\n")[1].split("\n```")[0].partition("\n")
    assert first.startswith("orderflode up &")
    return rest


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README says curl")
def test_an_order_sent_over_http_is_delivered(orderflode: CommandLine) -> None:
    port = free_port()
    environment = {**orderflode.environment, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}"}

    with orderflode.started("up", "--port", port) as up, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        wait_for(lambda: is_ready(client), 60, "the web process")
        said = subprocess.run(
            ["bash", "-euc", the_readmes_commands().replace(":8080", f":{port}")],
            cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        token = orderflode.read(
            "token", "create", "system", "--scope", "order.create.forskrivning", "--scope", "order.read"
        )["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        sent = client.post(ORDERS, json=with_line(), headers={"Prefer": "respond-async"})
        wait_for(lambda: client.get(sent.headers["Location"]).json()["state"] == "delivered", 60, "the delivery")
        output = up.err.read_bytes()

    assert said.returncode == 0, said.stderr
    assert '"state": "draft"' in said.stdout
    assert '"state": "delivered"' in said.stdout.rstrip().splitlines()[-1]
    assert sent.status_code == 202
    assert PERSONNUMMER.encode() not in output
    assert orderflode.read("verify")["broken"] == []
