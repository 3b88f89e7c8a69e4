"""What does Prometheus read? Gauges of the orders and processes, and counters of this web process's requests.

The database is asked at most every few seconds, however often it is read. Labels are types, states, kinds, route
templates and statuses: never an id, a kommun or what somebody sent. Next: routes/metrics.py.
"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from psycopg_pool import PoolTimeout
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.database import Database
from workflows.overview import status

log = structlog.get_logger(__name__)

FRESH = 5.0
"""Seconds for which what the database said is told again."""
LONGEST_QUERY_MS = 5_000

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TOTALS = ("due", "due_later", "held", "retrying", "backordered", "documents_due")


class Gauges:
    """The metrics of one web process, in a registry of their own."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "orderflode_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "orderflode_http_request_seconds", "Seconds until the answer's head", ("route",), registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
        )  # fmt: skip
        self.registry.register(_Orders(database))

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self.registry)


class _Orders:
    """Collects from the database; what it said last is told for FRESH seconds, by one asker at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = threading.Lock()
        self._told: dict[str, Any] | None = None
        self._asked_at = float("-inf")

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: the registry is not to ask the database when it is made."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges; where the database does not answer, only that it does not."""
        told = self._status()
        up = GaugeMetricFamily("orderflode_database_up", "1 where the database answers")
        up.add_metric([], 0.0 if told is None else 1.0)
        yield up
        if told is not None:
            yield from _gauges(told)

    def _status(self) -> dict[str, Any] | None:
        with self._asking:
            if time.monotonic() - self._asked_at < FRESH:
                return self._told
            try:
                with self._database.transaction(snapshot=True, statement_timeout_ms=LONGEST_QUERY_MS) as tx:
                    self._told = status(tx)
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("metrics.database", exc_info=error)
                self._told = None
            self._asked_at = time.monotonic()
            return self._told


def _gauges(told: dict[str, Any]) -> Iterator[GaugeMetricFamily]:
    orders = GaugeMetricFamily("orderflode_orders", "Orders by type and state", labels=("order_type", "state"))
    oldest = GaugeMetricFamily(
        "orderflode_oldest_order_seconds", "Seconds since the first of them was received",
        labels=("order_type", "state"),
    )  # fmt: skip
    now = datetime.now(UTC)
    for each in told["orders"]:
        orders.add_metric([each["order_type"], each["state"]], each["count"])
        if each["oldest"] is not None:
            oldest.add_metric([each["order_type"], each["state"]], (now - each["oldest"]).total_seconds())
    yield from (orders, oldest)
    for name in _TOTALS:
        total = GaugeMetricFamily(f"orderflode_{name}", f"What `orderflode status` calls {name}")
        total.add_metric([], told[name])
        yield total
    standing = GaugeMetricFamily("orderflode_standing", "Orders that stand too long, by kind", labels=("kind",))
    for kind, count in told["standing"].items():
        standing.add_metric([kind], count)
    yield standing
    alive = GaugeMetricFamily("orderflode_heartbeat_age_seconds", "Seconds since it was seen", labels=("process",))
    degraded = GaugeMetricFamily("orderflode_degraded", "1 where the dispatcher runs the steps itself")
    for process in told["processes"]:
        alive.add_metric([process["name"]], process["seconds_ago"] or 0.0)
        if "degraded" in process:
            degraded.add_metric([], float(bool(process["degraded"])))
    yield from (alive, degraded)


class CountRequests:
    """Counts every request by the template of its route: what nobody routes is `-`, whatever its path said."""

    def __init__(self, app: ASGIApp, gauges: Gauges) -> None:
        self.app = app
        self.gauges = gauges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when its answer begins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        counted = False

        def count(status_code: int) -> None:
            nonlocal counted
            counted = True
            method = scope["method"] if scope["method"] in _METHODS else "-"
            route = _template(scope)
            self.gauges.requests.labels(method, route, str(status_code)).inc()
            self.gauges.seconds.labels(route).observe(time.monotonic() - began)

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, counting_send)
        finally:
            if not counted:
                count(500)


def _template(scope: Scope) -> str:
    """The path of the route as it is written in the code."""
    route = scope.get("route")
    if route is None and "app" in scope:
        # Of a wrong method the router has found the route, and says no more of it.
        found = (each for each in scope["app"].routes if each.matches(scope)[0] is not Match.NONE)
        route = next(found, None)
    return str(getattr(route, "path", "-"))
