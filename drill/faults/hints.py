"""What happens to the messages? Sent 1-5 times, shuffled, replayed late, forged and malformed: they are only hints.

Each strike sees its own messages taken from the queues: then they were delivered.
"""

import codecs
import random
import re
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import redis
from celery import Celery

from config.celery_settings import CANARY_QUEUE
from drill.fault import Evidence, Fault
from drill.faults.processes import came_true
from drill.faults.turns import turn_at
from drill.world import KEY_PREFIX, World
from workflows.order_types import OrderType
from workflows.steps import resume
from workflows.steps.main_line import EVENTS, STEPS

TAKEN_SECONDS = 60.0
"""How soon every message is taken: a worker that garbage ended is started again first, and a queue waits for its turn
behind others' tasks of 2 s each."""
HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((event, (str(order_type),)) for event in STEPS for order_type in OrderType),
    (resume.EVENT, ()),
)
"""Every hint there is: its event, and its argument."""
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class DoubledHints:
    """Every hint 1-5 times, in no order, as a broker that redelivers sends them."""

    name: str = "hints-doubled"
    tells: str = "Every hint is delivered 1-5 times, shuffled: what is done is not done again."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Send them, and see that all are taken."""
        hints = [(f"drill-{uuid.uuid4()}", *hint) for hint in HINTS]
        copies = [hint for hint in hints for _ in range(rng.randint(1, 5))]
        rng.shuffle(copies)
        with turn_at("redis"), forger(world) as app:
            for tag, event, arguments in copies:
                app.send_task(f"orders.{event}", args=arguments, queue=event, task_id=tag)
            taken = came_true(lambda: not still_waiting(world, [tag for tag, _, _ in hints]), TAKEN_SECONDS)
        return Evidence(taken, f"{len(copies)} copies of {len(hints)} hints taken")


@dataclass(frozen=True, slots=True)
class ReplayedHints:
    """The dispatcher's own messages, sent again when they are long done, 1-5 times each and shuffled."""

    name: str = "hints-replayed"
    tells: str = "Hints of a while ago are delivered again, as they were: they find nothing to do."
    seconds: tuple[float, float] = (2.0, 5.0)

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Listen to what the dispatcher sends, wait, send it again, and see that all is taken."""
        with turn_at("redis"), world.redis() as client:
            heard = _heard(client, seconds=6.0, enough=8)
            time.sleep(rng.uniform(*self.seconds))
            copies = [each for each in heard for _ in range(rng.randint(1, 5))]
            rng.shuffle(copies)
            for queue, message in copies:
                client.lpush(queue, message)
            taken = came_true(lambda: not _are_in(client, {message for _, message in heard}), TAKEN_SECONDS)
        return Evidence(bool(heard) and taken, f"{len(copies)} copies of {len(heard)} old messages taken")


@dataclass(frozen=True, slots=True)
class ForgedHints:
    """Messages that nobody of us would send, by somebody who can write to Redis."""

    name: str = "hints-forged"
    tells: str = "Forged messages (unknown task, foreign type, pickle, shutdown) change nothing and end no worker."

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Send them, see that they are taken, and that a message after them is."""
        tags = [f"drill-{uuid.uuid4()}" for _ in range(6)]
        with turn_at("redis"), forger(world) as app:
            queue = rng.choice(EVENTS)
            app.send_task("orders.obliterate", args=["bestallning"], queue=queue, task_id=tags[0])
            app.send_task(f"orders.{queue}", args=["'; DROP TABLE orders; --"], queue=queue, task_id=tags[1])
            app.send_task(f"orders.{queue}", args=["bestallning", {"state": "delivered"}], queue=queue, task_id=tags[2])
            app.send_task(f"orders.{queue}", args=["bestallning"], queue=queue, task_id=tags[3], serializer="pickle")
            app.send_task("daily.run", args=["obliterate"], queue=queue, task_id=tags[4])
            app.control.broadcast("shutdown")
            app.send_task(f"orders.{queue}", args=_arguments(queue), queue=queue, task_id=tags[5])
            taken = came_true(lambda: not still_waiting(world, tags), TAKEN_SECONDS)
        return Evidence(taken, f"5 forged messages and a shutdown in the queue {queue}, and all after them taken")


@dataclass(frozen=True, slots=True)
class MalformedMessages:
    """Bytes that are no message, and messages that are far too long."""

    name: str = "messages-malformed"
    tells: str = "Garbage and 10 MB in a queue: who takes it may end, and is back within seconds."
    megabytes: int = 10

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Push them, see that they are gone, and that a message after them is taken."""
        queue, tag = rng.choice(EVENTS), f"drill-{uuid.uuid4()}"
        garbage = rng.sample([b"\x80\x04not json", rng.randbytes(2_000), b"{}", b'{"body": 7}', b"[" * 50_000], 2)
        with turn_at("redis"), world.redis() as client, forger(world) as app:
            app.send_task(f"orders.{queue}", args=["x" * self.megabytes * 1_000_000], queue=queue, task_id=tag)
            client.lpush(f"{KEY_PREFIX}{queue}", *garbage)
            app.send_task(f"orders.{queue}", args=_arguments(queue), queue=queue, task_id=tag)
            gone = came_true(
                lambda: not still_waiting(world, [tag]) and not _are_in(client, set(garbage)), TAKEN_SECONDS
            )
        return Evidence(gone, f"garbage and {self.megabytes} MB in the queue {queue}, and a hint after them: all taken")


def forger(world: World) -> Celery:
    """Somebody else's Celery application on the same Redis, straight."""
    app = Celery("forger", broker=world.redis_url, set_as_current=False)
    app.conf.update(broker_transport_options={"global_keyprefix": KEY_PREFIX}, task_ignore_result=True)
    return app


def still_waiting(world: World, tags: Collection[str]) -> bool:
    """Whether a message with one of these ids lies in a queue."""
    with world.redis() as client:
        return any(tag.encode() in message for message in _waiting(client) for tag in tags)


def _are_in(client: "redis.Redis", messages: Collection[bytes]) -> bool:
    return not set(messages).isdisjoint(_waiting(client))


def _waiting(client: "redis.Redis") -> Sequence[bytes]:
    found: list[bytes] = []
    for queue in (*EVENTS, CANARY_QUEUE):
        messages: list[bytes] = client.lrange(f"{KEY_PREFIX}{queue}", 0, -1)  # type: ignore[assignment]
        found += messages
    return found


def _heard(client: "redis.Redis", seconds: float, enough: int) -> list[tuple[str, bytes]]:
    """(queue, message) of what is pushed meanwhile, word for word."""
    heard: list[tuple[str, bytes]] = []
    deadline = time.monotonic() + seconds
    with client.monitor() as monitor:  # type: ignore[no-untyped-call]
        while len(heard) < enough and time.monotonic() < deadline:
            try:
                line = monitor.connection.read_response(disable_decoding=True)
            except redis.TimeoutError:
                break
            words = [bytes(codecs.escape_decode(word)[0]) for word in _WORD.findall(line)]
            if words[0].upper() == b"LPUSH" and words[1].startswith(KEY_PREFIX.encode()):
                heard.append((words[1].decode(), words[2]))
    return heard


def _arguments(event: str) -> list[str]:
    return [] if event == resume.EVENT else ["bestallning"]


HINT_FAULTS: tuple[Fault, ...] = (DoubledHints(), ReplayedHints(), ForgedHints(), MalformedMessages())
