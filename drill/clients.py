"""Who uses the product while it breaks? Client processes that keep a history of what they were answered.

`python -m drill.clients NAME SHARE SEED HISTORY LOAD` does its share of the load until SIGTERM, then what it has begun.
What was to be stored and whose answer was lost is mostly sent again, as any sender would. Next: history.py, judge/.
"""

import heapq
import json
import random
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from config.database import Database
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings
from drill.deeds import Client, NotThereYet
from drill.history import Answer, HistoryFile
from drill.load import Deed, Load, arrivals, what_follows
from workflows.cohort import OrderNotFound
from workflows.machines import StepNotAllowed
from workflows.patients import load_keys
from workflows.returns.refusals import ReturnRefused
from workflows.steps.short import ShortTooMuch

log = structlog.get_logger(__name__)

AT_ONCE = 6
"""Deeds that one client process does at the same time."""
REFUSALS = (StepNotAllowed, OrderNotFound, ReturnRefused, ShortTooMuch, NotThereYet)
"""What the product says no with: nothing has happened."""
TOLD_AGAIN = ("order", "receive")
"""What has a name of the sender's, and may be told twice: it is done once."""
SENT_AGAIN = 0.8
"""The share of those with a lost answer that are told again."""
CONFIRMATIONS = 8
"""How often somebody tries to confirm what is not there yet."""


class Doer(Protocol):
    """Who does the deeds."""

    def do(self, op: str, deed: Deed) -> dict[str, Any]:
        """Do it, and return what was acknowledged. Raises whatever keeps it from being done."""


class ClientProcess:
    """One client: a queue of deeds by their time, and threads that do them."""

    def __init__(self, name: str, client: Doer, history: HistoryFile, load: Load, seed: int, share: int) -> None:
        self._name = name
        self._client = client
        self._history = history
        self._load = load
        self._random = random.Random(f"{seed} {name}")  # noqa: S311
        self._arrivals = arrivals(load, name, share, random.Random(f"{seed} load {name}"))  # noqa: S311
        self._numbers = count(1)
        self._ahead: list[tuple[float, int, Deed, int]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def run(self) -> None:
        """Do what arrives until it is stopped; what has begun is ended."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for arrival in self._arrivals:
                while not self._stop.is_set() and time.monotonic() < began + arrival.at:
                    self._begin_what_follows(threads)
                    self._stop.wait(max(0.0, min(0.05, began + arrival.at - time.monotonic())))
                if self._stop.is_set():
                    return
                threads.submit(self._do, arrival.deed, 1)

    def _begin_what_follows(self, threads: ThreadPoolExecutor) -> None:
        with self._lock:
            while self._ahead and self._ahead[0][0] <= time.monotonic():
                _, _, deed, attempt = heapq.heappop(self._ahead)
                threads.submit(self._do, deed, attempt)

    def _do(self, deed: Deed, attempt: int) -> None:
        op = f"{self._name}.{next(self._numbers)}"
        self._history.invoke(op, deed.kind, _shown(deed))
        result: Any = None
        answer: Answer = "ok"
        error = ""
        try:
            result = self._client.do(op, deed)
        except Exception as raised:
            answer, error = answer_to(raised, deed), type(raised).__name__
            if not isinstance(raised, REFUSALS):
                log.info("client.answered", op=op, kind=deed.kind, exc_info=raised)
        self._history.answer(op, answer, error=error, result=result)
        self._go_on(deed, answer, attempt)

    def _go_on(self, deed: Deed, answer: Answer, attempt: int) -> None:
        chance = self._random
        with self._lock:
            if deed.kind in TOLD_AGAIN and answer == "ok" and attempt == 1:
                for seconds, following in what_follows(deed, self._load, chance):
                    self._push(seconds, following, 2 if following.kind in TOLD_AGAIN else 1)
            elif deed.kind in TOLD_AGAIN and answer == "unknown" and chance.random() < SENT_AGAIN:
                self._push(chance.uniform(0.5, 3), deed, 1)
            elif deed.kind.startswith("confirm") and answer != "ok" and attempt < CONFIRMATIONS:
                self._push(2.0, deed, attempt + 1)

    def _push(self, seconds: float, deed: Deed, attempt: int) -> None:
        heapq.heappush(self._ahead, (time.monotonic() + seconds, next(self._numbers), deed, attempt))


def answer_to(error: Exception, deed: Deed) -> Answer:
    """What a client knows when this was raised: `fail` only when it certainly left nothing behind.

    A lost connection is unknown: the server may have committed, and only the answer been lost.
    """
    if isinstance(error, (*REFUSALS, psycopg.errors.UniqueViolation, PoolTimeout)):
        return "fail" if not (isinstance(error, PoolTimeout) and deed.kind == "refill") else "unknown"
    if isinstance(error, psycopg.Error) and error.sqlstate and error.sqlstate[:2] != "08":
        return "unknown" if error.sqlstate.startswith("57P") else "fail"
    return "unknown"


def _shown(deed: Deed) -> dict[str, Any]:
    """What the history keeps of a deed: nothing of a patient."""
    if deed.kind != "order":
        return {**deed.told, "of": deed.of}
    body = deed.told["body"]
    return {"key": body["external_id"], **{name: body[name] for name in ("order_type", "sender", "lines", "partial")}}


def main() -> None:
    """One client process."""
    name, share, seed, history, load = sys.argv[1:]
    set_up_logging(settings().log_level)
    assert settings().database_url is not None
    database = Database(settings().database_url or "")
    client = Client(database, load_keys(settings().key_file, make=False))
    mine = ClientProcess(
        name, client, HistoryFile(Path(history)), Load(**json.loads(load)), int(seed), int(share)
    )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: mine.stop())
    follow_parent()
    mine.run()
    with suppress(psycopg.Error):
        database.close()


if __name__ == "__main__":
    main()
