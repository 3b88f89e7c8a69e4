"""What lies in Redis? Everything, looked at every other second of the drill, and its log of commands at the end.

Messages lie there for milliseconds: the log of commands holds what no look has met. Next: judge/privacy.py.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from drill.world import World

EVERY = 2.0


class RedisLooks:
    """What has been seen so far, one text a look."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = threading.Event()
        self.seen: list[str] = []

    def stop(self) -> None:
        """Look no more, but at the log of commands."""
        self._stop.set()
        files = [path for path in self._world.valkey_data.rglob("*") if path.is_file()]
        self.seen += [path.read_bytes().decode("utf-8", "replace") for path in files]

    def run(self) -> None:
        """Look until stopped; a Redis that does not answer is looked at later."""
        while not self._stop.wait(EVERY):
            with suppress(redis.RedisError, OSError):
                self._look()

    def _look(self) -> None:
        with self._world.redis() as client:
            texts = [f"{key!r} {_value(client, key)!r}" for key in client.scan_iter()]
        if texts:
            self.seen.append("\n".join(texts))


def _value(client: "redis.Redis", key: bytes) -> object:
    kind = client.type(key)
    if kind == b"list":
        return client.lrange(key, 0, -1)
    if kind == b"hash":
        return client.hgetall(key)
    if kind == b"zset":
        return client.zrange(key, 0, -1)
    return client.smembers(key) if kind == b"set" else client.get(key)


@contextmanager
def redis_watched(world: World) -> Iterator[RedisLooks]:
    """Look at Redis while the block lasts."""
    looks = RedisLooks(world)
    thread = threading.Thread(target=looks.run, name="redis looks", daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        looks.stop()
        thread.join()
