"""How long does a single order take from the request that sends it to its delivery? Through the real web process.

The same as latency.py measures from the draft on, with HTTP, the token, the shape and the rules before it. Nothing else
runs; the web process is one, as `orderflode up` starts it. Next: over_http.py, which sends the orders.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

import httpx2
import psycopg

from backoffice.cli.processes import web_server
from benchmarks.contender import WrongEndState
from benchmarks.figures import Figure, figure
from benchmarks.latency import WARM_UP, open_orders, product_waiting
from benchmarks.measuring import Processes, processes, wait_until
from benchmarks.over_http import TOKEN
from benchmarks.product import environment_of
from benchmarks.servers import Servers
from benchmarks.stored import temporary_folder
from config.database import Database
from workflows.permissions import GRANTABLE
from workflows.tokens import issue_token

PACE = 50
"""Orders a second."""
PORT = 18_080

_DELIVERED = """
    SELECT o.external_id, extract(epoch FROM h.at)::float8
    FROM orders o JOIN history h ON h.order_id = o.id AND h.to_state = 'delivered' WHERE o.source = 'bench'
"""


def measure_api(
    servers: Servers, seconds: float, seed: int, say: Callable[[str], None]
) -> tuple[dict[str, object], list[Figure]]:
    """PACE orders a second for `seconds`, after a warm-up. Raises WrongEndState when one was not delivered."""
    orders = round(PACE * (WARM_UP + seconds))
    try:
        with product_waiting(servers) as (group, url):
            address = start_web(group, servers, url)
            spent = group.cpu("web")
            sent = _send(address, _token(url), orders, seed)
            spent = group.cpu("web") - spent
            with psycopg.connect(url, autocommit=True) as look:
                wait_until(lambda: open_orders(look) == 0, group, longest=120)
                delivered: dict[str, float] = dict(look.execute(_DELIVERED).fetchall())
    finally:
        servers.drop("latency")
    if delivered.keys() != sent["sent"].keys():
        raise WrongEndState(f"{len(delivered)} of {len(sent['sent'])} orders sent over HTTP were delivered")
    begun = sorted(sent["sent"].items(), key=lambda each: each[1])[round(PACE * WARM_UP) :]
    waited = [1000 * (delivered[name] - at) for name, at in begun]
    answered = sent["answered_ms"][round(PACE * WARM_UP) :]
    figures = [
        figure(f"api.{PACE}.{key}.p{cut}", f"{what}, p{cut}, at {PACE} orders/s", "ms", _cut(values, cut))
        for key, what, values in (
            ("delivered", "POST /orders sent → delivered", waited),
            ("answered", "POST /orders sent → answered", answered),
        )
        for cut in (50, 99)
    ]
    figures.append(figure(f"api.{PACE}.web_cpu", "CPU of the web process, per order sent", "ms", 1000 * spent / orders))
    say(f"api at {PACE} orders/s: " + ", ".join(f"{each.key} {each.value:.0f} ms" for each in figures))
    late = {name: value for name, value in sent.items() if name not in ("sent", "answered_ms")}
    return {"orders": len(waited), "generator": late}, figures


def _cut(values: list[float], cut: int) -> float:
    return quantiles(values, n=100, method="inclusive")[cut - 1]


def start_web(group: Processes, servers: Servers, url: str) -> str:
    """A web process on that database, from its readiness on; its address."""
    address = f"http://127.0.0.1:{PORT}"
    group.start("web", web_server("127.0.0.1", PORT), environment_of(servers, url))

    def is_ready() -> bool:
        try:
            return httpx2.get(f"{address}/health/ready").status_code == 200
        except httpx2.HTTPError:
            time.sleep(0.05)
            return False

    wait_until(is_ready, group, longest=60)
    return address


def _token(url: str) -> str:
    database = Database(url)
    try:
        with database.transaction() as tx:
            return issue_token(
                tx, "bench", source="bench", scopes=GRANTABLE, kommun=None,
                expires_at=datetime.now(UTC) + timedelta(hours=1), by="bench",
            )  # fmt: skip
    finally:
        database.close()


def _send(address: str, secret: str, orders: int, seed: int) -> dict[str, Any]:
    """Let the orders arrive; what over_http.py tells."""
    command = [sys.executable, "-m", "benchmarks.over_http", address, str(PACE), str(orders), str(seed)]
    with temporary_folder() as folder, processes() as group:
        with (folder / "told").open("wb") as out:
            generator = group.start("generator", command, {**os.environ, TOKEN: secret}, out)
            generator.wait()
        if generator.returncode:
            raise subprocess.CalledProcessError(generator.returncode, "benchmarks.over_http")
        told: dict[str, Any] = json.loads((folder / "told").read_text(encoding="utf-8"))
        return told
