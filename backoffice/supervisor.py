"""Who keeps the processes running? Start workers and dispatcher as children, restart a dead one, stop them all.

The children hold a lifeline (lifeline.py): they end with the supervisor, even when it is killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from config.celery_settings import CANARY_QUEUE, DAILY_QUEUE, DOCUMENTS_QUEUE
from config.lifeline import SUPERVISED
from workflows.steps.main_line import EVENTS

log = structlog.get_logger(__name__)

GRACE = 25.0
"""Seconds a child has to finish its transaction after SIGTERM."""

_CELERY = [sys.executable, "-m", "celery", "-A", "tasks.app:celery_app", "--quiet", "worker", "--pool", "solo"]
_QUIET = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def order_worker(number: int = 1, *, jobs_too: bool = False) -> list[str]:
    """The command of a worker of orders. It listens to every event's queue and the canary's.

    `jobs_too`: where no worker of documents runs beside it, it runs the jobs of the day as well.
    """
    queues = [*EVENTS, CANARY_QUEUE, *([DAILY_QUEUE] if jobs_too else [])]
    return [*_CELERY, *_QUIET, "--hostname", f"orders{number}@%h", "--queues", ",".join(queues)]


def documents_worker() -> list[str]:
    """The command of the worker of what must not delay orders: documents ahead of their request, jobs of the day."""
    queues = ",".join([DOCUMENTS_QUEUE, DAILY_QUEUE])
    return ["nice", "-n", "19", *_CELERY, *_QUIET, "--hostname", "documents@%h", "--queues", queues]


def dispatcher() -> list[str]:
    """The command of a dispatcher."""
    return [sys.executable, "-m", "tasks.dispatcher"]


def webhooks_teller() -> list[str]:
    """The command of the process that tells webhooks' receivers."""
    return [sys.executable, "-m", "tasks.webhooks"]


@dataclass(slots=True)
class Child:
    """A process that should be there: its command, and how often it has died lately."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    started: float = 0.0
    not_before: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps children alive until it is left. `environment` is added to theirs."""

    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a child and keep it."""
        child = Child(name, command)
        self.children.append(child)
        self._spawn(child)

    def tend(self) -> None:
        """Restart children that have died; one that keeps dying waits longer each time, ten seconds at most."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if child.not_before < child.started:
                lived = time.monotonic() - child.started
                child.deaths = child.deaths + 1 if lived < 10 else 1
                child.not_before = time.monotonic() + min(10.0, 0.25 * 2**child.deaths)
                log.warning("supervisor.died", child=child.name, status=child.process.returncode)
            if time.monotonic() >= child.not_before:
                self._spawn(child)

    def stop(self) -> None:
        """Stop every child: SIGTERM, and SIGKILL for one that has not finished in time."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        self.children.clear()
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()

    def _spawn(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            env={**os.environ, **self.environment, SUPERVISED: "1", "PYTHONWARNINGS": "ignore:::celery.platforms"},
            # Ctrl-C reaches the supervisor alone, which then stops them in turn. Not a session of its own: Linux groups
            # processes by session, and between such groups the niceness of the documents' worker means nothing.
            process_group=0,
        )
        child.started = time.monotonic()

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
