"""How do single orders arrive over HTTP? Each at its own moment, as one POST with a token, whether or not the last is
done.

Run as a process, like open_loop.py, whose pace it keeps. Arguments: the address of the API, orders per second, orders,
seed; the token is in the environment. It prints, as JSON, how late it was itself, how long each
answer took (ms), and when each order was sent (seconds of the epoch) by its external id. Who measures: api.py.
"""

import json
import os
import sys
import time

import httpx2

from benchmarks.open_loop import THREADS, keep_pace
from benchmarks.region import bodies
from benchmarks.workload import ARTICLES

TOKEN = "ORDERFLODE_BENCH_TOKEN"  # noqa: S105  the name of a variable


def main(address: str, per_second: str, orders: str, seed: str) -> None:
    """Send the orders and tell when."""
    given = list(bodies(int(orders), int(seed), ARTICLES))
    sent: dict[str, float] = {}
    answered: list[float] = []
    with httpx2.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {os.environ[TOKEN]}"},
        limits=httpx2.Limits(max_connections=THREADS, max_keepalive_connections=THREADS),
        timeout=30,
    ) as client:

        def arrive(place: int) -> None:
            # A number of its own for each pace: the workload's are the same.
            name = f"{per_second}-{place}"
            sent[name] = time.time()
            answer = client.post("/api/v1/orders", json=given[place] | {"external_id": name})
            answered.append(1000 * (time.time() - sent[name]))
            assert answer.status_code == 201, answer.status_code

        told: dict[str, object] = dict(keep_pace(arrive, float(per_second), int(orders)))
    print(json.dumps(told | {"answered_ms": answered, "sent": sent}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
