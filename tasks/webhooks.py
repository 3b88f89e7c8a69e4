"""When are receivers told? At once: a process of its own looks each second, and sends from what the database holds.

It needs neither Redis nor the workers, and no step knows of it. Any number may run: one looks at a time, and a message
is claimed by one. Whoever is slow has a few places at most, so that others do not wait. Next: workflows/webhooks/.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from config.database import Database
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import Settings, settings
from exchange.outgoing.webhook_post import Message, NotHeard, post
from workflows.heartbeats import beat
from workflows.keyring import keys_of
from workflows.patients import Keys, KeysUnusable
from workflows.webhooks.deliveries import Claimed, claim, forget_heard, mark_failed, mark_heard
from workflows.webhooks.happenings import look
from workflows.webhooks.subscribers import secret_of

log = structlog.get_logger(__name__)

POLL = 1.0
"""Seconds between looks."""

AT_ONCE, OF_EACH = 64, 4
"""Messages under way at most, and of one receiver: sixteen that are slow at once would be needed to delay others."""

FORGET_EVERY = 3600.0
"""Seconds between looks at what was heard long ago."""

HEARTBEAT = "webhooks"

T = TypeVar("T")


class Teller:
    """One process that tells receivers. `run` returns soon after `stop` is set; what is under way is waited for."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._keys: Keys | None = None
        self._stop = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._looked = self._forgot = float("-inf")
        # Of its own: names are looked up on the loop's threads, and one that nobody answers for holds its thread long.
        self._threads = ThreadPoolExecutor(4)

    def stop(self) -> None:
        """Let `run` return."""
        self._stop.set()

    async def run(self) -> None:
        """Look and tell until stopped. A lost database is waited for."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE))
        while not self._stop.is_set():
            try:
                await self._round()
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("webhooks.database_lost", exc_info=error)
                await self._rest(self._stop.wait())
            await self._rest(self._stop.wait(), *self._under_way)
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._threads.shutdown()

    async def _round(self) -> None:
        """Find what happened, once a second or while there is more, and begin to tell as many as there is room for."""
        if time.monotonic() - self._looked >= POLL:
            self._looked = time.monotonic()
            if await self._in_database(self._look):
                self._looked = float("-inf")
        room = AT_ONCE - len(self._under_way)
        if room > 0:
            busy = Counter(self._under_way.values())
            for each in await self._in_database(claim, self._database, room, OF_EACH, busy):
                task = asyncio.create_task(self._tell(each))
                self._under_way[task] = each.webhook
                task.add_done_callback(self._under_way.pop)

    def _look(self) -> bool:
        """Whether there is more to look at."""
        if time.monotonic() - self._forgot >= FORGET_EVERY:
            self._forgot = time.monotonic()
            forget_heard(self._database)
        with self._database.transaction() as tx:
            beat(tx, HEARTBEAT)
        return look(self._database).more

    async def _rest(self, *events: Coroutine[Any, Any, object] | asyncio.Task[None]) -> None:
        """Until one of the events, or the time of the next look."""
        waited = {asyncio.ensure_future(each) for each in events}
        left = max(0.0, self._looked + POLL - time.monotonic())
        await asyncio.wait(waited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for each in waited - self._under_way.keys():
            each.cancel()

    async def _tell(self, claimed: Claimed) -> None:
        mark, answer = mark_failed, ""
        try:
            secret = await self._in_database(self._secret, claimed)
            message = Message(claimed.message, claimed.payload)
            answer = await post(claimed.url, secret, message, self._settings.webhook_networks)
            mark = mark_heard
        except NotHeard as reason:
            answer = str(reason)
        except KeysUnusable as error:
            answer = type(error).__name__
        if mark is mark_failed:
            log.warning("webhooks.not_heard", webhook=claimed.name, attempt=claimed.attempt, reason=answer)
        try:
            await self._in_database(mark, self._database, claimed, answer)
        except (psycopg.Error, PoolTimeout) as error:
            # Its claim runs out, and it is sent again.
            log.warning("webhooks.not_marked", webhook=claimed.name, exc_info=error)

    def _secret(self, claimed: Claimed) -> str:
        if self._keys is None:
            self._keys = keys_of(self._database, self._settings.key_file)
        return self._keys.unseal(claimed.secret_sealed, secret_of(claimed.name)).decode()

    async def _in_database(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *arguments))


def main() -> None:
    """The process `orderflode webhooks`: run until SIGTERM or SIGINT."""
    current = settings()
    set_up_logging(current.log_level)
    assert current.database_url is not None
    # No order waits for what is told of it.
    os.nice(10)
    asyncio.run(_until_signal(Teller(Database(current.database_url), current)))


async def _until_signal(teller: Teller) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, teller.stop)
    follow_parent()
    await teller.run()


if __name__ == "__main__":
    main()
