"""What happens to Redis itself? Killed, frozen, paused, emptied, replaced by an empty one: it is disposable."""

import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import redis

from drill.fault import Evidence, Fault
from drill.faults.processes import came_true, is_gone
from drill.faults.turns import turn_at
from drill.world import World

RESTART_SECONDS = 60.0
MARK = "drill-was-here"
"""A key that is there until Redis forgets."""


@dataclass(frozen=True, slots=True)
class KillRedis:
    """SIGKILL; the keeper starts it again, on what it kept or, `empty`, on nothing."""

    name: str
    tells: str
    empty: bool = False

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Kill it, see that it is gone, and wait until another one answers, which remembers or not."""
        with turn_at("redis"):
            before = world.valkey()
            with world.redis() as client:
                client.set(MARK, 1)
            with _keeper_stands_still(world):
                before.send_signal(signal.SIGKILL)
                gone = came_true(lambda: is_gone(before), 10)
                if self.empty:
                    shutil.rmtree(world.valkey_data, ignore_errors=True)
            again = came_true(lambda: redis_answers(world) and world.valkey().pid != before.pid, RESTART_SECONDS)
            with world.redis() as client:
                forgot = client.get(MARK) is None
        what = f"Valkey {before.pid}: SIGKILL, gone; another answers{' and knows nothing' if forgot else ''}"
        return Evidence(gone and again and (forgot or not self.empty), what)


@dataclass(frozen=True, slots=True)
class FreezeRedis:
    """SIGSTOP: connections are taken and nothing is answered."""

    name: str = "redis-freeze"
    tells: str = "Redis stands still: publishing and taking time out, the dispatcher works itself."
    seconds: tuple[float, float] = (3.0, 14.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Freeze it, see that it does not answer, and let it go on."""
        with turn_at("redis"):
            frozen = world.valkey()
            frozen.send_signal(signal.SIGSTOP)
            try:
                stood = came_true(lambda: frozen.status() == psutil.STATUS_STOPPED, 5)
                seconds = rng.uniform(*self.seconds)
                time.sleep(seconds)
                stood = stood and frozen.status() == psutil.STATUS_STOPPED
            finally:
                frozen.send_signal(signal.SIGCONT)
            again = came_true(lambda: redis_answers(world), RESTART_SECONDS)
        return Evidence(stood and again, f"Valkey {frozen.pid} stood still for {seconds:.1f} s")


@dataclass(frozen=True, slots=True)
class PauseRedis:
    """CLIENT PAUSE: every client's commands wait."""

    name: str = "redis-pause"
    tells: str = "Redis lets every command wait for some seconds."
    seconds: tuple[float, float] = (2.0, 8.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Pause it, and see that a PING waits for the end of the pause."""
        seconds = rng.uniform(*self.seconds)
        with turn_at("redis"), redis.Redis.from_url(world.redis_url, socket_timeout=30) as client:
            client.execute_command("CLIENT", "PAUSE", int(1_000 * seconds), "ALL")
            began = time.monotonic()
            client.ping()
            waited = time.monotonic() - began
        return Evidence(waited > seconds / 2, f"a PING waited for {waited:.1f} s")


@dataclass(frozen=True, slots=True)
class FlushRedis:
    """FLUSHALL, several times: every queue, and what is under way in them, is forgotten."""

    name: str = "redis-flush"
    tells: str = "Redis forgets everything, several times: the dispatcher hints again."
    times: tuple[int, int] = (1, 5)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Empty it, and see what we wrote gone each time."""
        forgotten = 0
        rounds = rng.randint(*self.times)
        with turn_at("redis"), world.redis() as client:
            for _ in range(rounds):
                client.set(MARK, 1)
                client.flushall()
                forgotten += client.get(MARK) is None
                time.sleep(0.3)
        return Evidence(forgotten == rounds, f"emptied {forgotten} times")


def redis_answers(world: World) -> bool:
    """Whether it answers PING."""
    with suppress(redis.RedisError, OSError, LookupError), world.redis() as client:
        return bool(client.ping())
    return False


@contextmanager
def _keeper_stands_still(world: World) -> Iterator[None]:
    """While the block lasts, what dies stays dead."""
    keeper = world.keeper()
    keeper.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        keeper.send_signal(signal.SIGCONT)


REDIS_FAULTS: tuple[Fault, ...] = (
    KillRedis("redis-kill", "Redis is killed, and comes back with what it kept: nothing is lost or done twice."),
    KillRedis("redis-empty", "Redis is killed, and an empty one comes in its place: nothing is lost.", empty=True),
    FreezeRedis(),
    PauseRedis(),
    FlushRedis(),
)
