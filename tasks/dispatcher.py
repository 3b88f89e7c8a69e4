"""Who tells the workers? The dispatcher, the only sender of messages: it listens for commits and polls every second.

It also gives back what crashed workers had claimed, and when its canary does not come through for 30 seconds it
runs the steps itself, without Celery, and says so. Any number may run; an advisory lock makes one active.
"""

import os
import select
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog

from config.database import Connection, Database, is_transient
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings
from tasks.daily import REGISTER, run_job
from tasks.hints import BROKER_ERRORS, Hints
from workflows.cohort import DUE
from workflows.due import Due, documents_due, what_is_due
from workflows.heartbeats import CANARY, DISPATCHER, beat, seconds_since
from workflows.journal import Worker, recover_crashed
from workflows.keyring import keys_of
from workflows.log_chain import seal_looks
from workflows.order_counts import roll_up
from workflows.patients import KeysUnusable
from workflows.schedule import jobs_due, keep_times, times_of
from workflows.steps.main_line import work_once

log = structlog.get_logger(__name__)

LEADER_LOCK = 20260
POLL = 1.0
"""Seconds between looks when nobody notifies: the safety net under LISTEN."""
CANARIES_BEFORE_LATE = 6
"""Canaries sent in the time after which one is late."""
SEALING = 60.0
"""Seconds between sealings of the access log."""
BROKER_PAUSE = 1.0
"""Seconds before a broker that failed is tried again."""


class Dispatcher:
    """One dispatcher. `run` returns soon after `stop` is set."""

    def __init__(self, database: Database, redis_url: str, canary_late: float, key_file: Path | None = None) -> None:
        self._database = database
        self._hints = Hints(redis_url)
        self._canary_late = canary_late
        self._worker = Worker(database)
        self._stop = threading.Event()
        self._woken, self._waker = os.pipe()
        self._leading_since = 0.0
        self._broker_down_until = 0.0
        self._last_canary = 0.0
        self._last_rounds = 0.0
        self._key_file = key_file
        self._last_sealing = 0.0
        self._degraded = False

    def stop(self) -> None:
        """Let `run` return."""
        self._stop.set()
        os.write(self._waker, b"!")

    def run(self) -> None:
        """Lead, or stand by until the leader is gone. A lost database is waited for."""
        while not self._stop.is_set():
            try:
                with self._database.session() as session:
                    self._lead(session)
            except psycopg.Error as error:
                log.warning("dispatcher.database_lost", exc_info=error)
                self._stop.wait(POLL)
        self._worker.close()

    def _lead(self, session: Connection) -> None:
        while not self._stop.is_set():
            row = session.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
            if row is not None and row[0]:
                break
            self._stop.wait(POLL)
        session.execute(f"LISTEN {DUE}")
        self._leading_since = time.monotonic()
        times = times_of(settings())
        keep_times(self._database, {name: times[name] for name in REGISTER}, datetime.now(UTC))
        while not self._stop.is_set():
            due = what_is_due(session)
            self._make_rounds(session)
            worked = self._work(due, jobs_due(session)) if self._degraded else 0
            self._hint(session, due)
            if not self._heard(session) and not worked:
                select.select([session.fileno(), self._woken], [], [], POLL)
                self._heard(session)

    @staticmethod
    def _heard(session: Connection) -> bool:
        """Whether somebody has notified since the last time."""
        return bool(list(session.notifies(timeout=0, stop_after=1)))

    def _make_rounds(self, session: Connection) -> None:
        """Once a second: recover what crashed, roll up the counts, look after the canary, and leave a heartbeat."""
        if time.monotonic() - self._last_rounds < POLL:
            return
        self._last_rounds = time.monotonic()
        self._recover()
        roll_up(session)
        unseen = min(seconds_since(session, CANARY) or 1e9, time.monotonic() - self._leading_since)
        degraded = unseen > self._canary_late
        if degraded != self._degraded:
            log.warning(
                "dispatcher.degraded" if degraded else "dispatcher.recovered_queue", canary_seconds=round(unseen)
            )
        self._degraded = degraded
        beat(session, DISPATCHER, {"degraded": degraded})
        self._seal()

    def _seal(self) -> None:
        """Once a minute: seal new rows of the access log, and tell the chain's end where the database is not."""
        if self._key_file is None or time.monotonic() - self._last_sealing < SEALING:
            return
        self._last_sealing = time.monotonic()
        try:
            for seal in seal_looks(self._database, keys_of(self._database, self._key_file)):
                log.info("access_log.sealed", seal=seal.number, rows=seal.count, digest=seal.digest.hex())
        except KeysUnusable as error:
            log.warning("access_log.not_sealed", exc_info=error)
        except psycopg.Error as error:
            if not is_transient(error):
                raise
            log.warning("access_log.sealing_waits", exc_info=error)

    def _recover(self) -> None:
        """Give back what crashed workers held; an order that is locked meanwhile is met again in a second."""
        try:
            if recovered := recover_crashed(self._database):
                log.warning("dispatcher.recovered", orders=recovered)
        except psycopg.Error as error:
            if not is_transient(error):
                raise
            log.warning("dispatcher.recovery_waits", exc_info=error)

    def _hint(self, session: Connection, due: list[Due]) -> None:
        if time.monotonic() < self._broker_down_until:
            return
        try:
            self._hints.send(due)
            if time.monotonic() - self._last_canary > self._canary_late / CANARIES_BEFORE_LATE:
                self._last_canary = time.monotonic()
                self._hints.send_canary()
                if documents_due(session):
                    self._hints.send_documents()
                self._hints.send_daily(jobs_due(session))
        except BROKER_ERRORS as error:
            log.warning("dispatcher.broker_unreachable", exc_info=error)
            self._broker_down_until = time.monotonic() + BROKER_PAUSE

    def _work(self, due: list[Due], jobs: list[str]) -> int:
        """Degraded: run one cohort of everything due, by the same functions as the workers; how many were claimed.

        A job of the day that speaks to the network waits for a worker: here it would stop all orders.
        """
        for name in jobs:
            if name in REGISTER and not REGISTER[name].needs_network:
                run_job(self._database, name)
        claimed = 0
        for each in due:
            try:
                claimed += work_once(self._database, self._worker, each.event, each.order_type).claimed
            except psycopg.Error as error:
                if not is_transient(error):
                    raise
                log.warning("dispatcher.step_interrupted", event_name=each.event, exc_info=error)
        return claimed


def main() -> None:
    """The process `orderflode dispatcher`: run until SIGTERM or SIGINT."""
    current = settings()
    set_up_logging(current.log_level)
    assert current.database_url is not None
    assert current.redis_url is not None
    dispatcher = Dispatcher(Database(current.database_url), current.redis_url, current.canary_late, current.key_file)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: dispatcher.stop())
    follow_parent()
    dispatcher.run()


if __name__ == "__main__":
    main()
