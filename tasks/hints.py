"""How does a hint get to a worker? Through Celery, bounded: a queue holds a few, whatever the backlog.

A hint that is lost is sent again as long as something is due; one that is doubled finds nothing to do.
"""

import time

import redis
from kombu.exceptions import OperationalError as BrokerError

from config.celery_settings import CANARY_QUEUE, DAILY_QUEUE, DOCUMENTS_QUEUE
from config.fault_points import fault_point
from config.settings import settings
from tasks.app import celery_app
from workflows.due import Due

MOST_WAITING = 4
"""Hints in a queue at most; more would only find nothing to do."""

AGAIN_AFTER = 0.5
"""Seconds before the same hint is sent again while its queue is not empty."""

BROKER_ERRORS = (redis.RedisError, BrokerError, OSError)
"""What a broker that is down, frozen or full raises."""


class Hints:
    """The dispatcher's way to the queues."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=2)
        self._sent: dict[Due, float] = {}

    def send(self, due: list[Due]) -> int:
        """Hint at everything `due`, within the bounds; returns how many messages were sent. Raises BROKER_ERRORS."""
        waiting = self._waiting({each.event for each in due})
        sent = 0
        for each in due:
            again = time.monotonic() - self._sent.get(each, 0.0) > AGAIN_AFTER
            if waiting[each.event] >= MOST_WAITING or (waiting[each.event] and not again):
                continue
            arguments = [] if each.order_type is None else [each.order_type]
            fault_point("hint.before_publish")
            celery_app.send_task(f"orders.{each.event}", args=arguments, queue=each.event, retry=False)
            fault_point("hint.after_publish")
            self._sent[each] = time.monotonic()
            waiting[each.event] += 1
            sent += 1
        return sent

    def send_documents(self) -> None:
        """Hint at delivery notes to render ahead; one hint is enough."""
        if not self._waiting({DOCUMENTS_QUEUE})[DOCUMENTS_QUEUE]:
            celery_app.send_task("documents.render", queue=DOCUMENTS_QUEUE, retry=False)

    def send_daily(self, jobs: list[str]) -> None:
        """Hint at jobs of the day whose time has come; one hint each is enough."""
        if jobs and not self._waiting({DAILY_QUEUE})[DAILY_QUEUE]:
            for name in jobs:
                celery_app.send_task("daily.run", args=[name], queue=DAILY_QUEUE, retry=False)

    def send_canary(self) -> None:
        """Send a canary, unless one sits in the queue already."""
        if not self._waiting({CANARY_QUEUE})[CANARY_QUEUE]:
            celery_app.send_task("dispatcher.canary", queue=CANARY_QUEUE, retry=False)

    def _waiting(self, queues: set[str]) -> dict[str, int]:
        names = sorted(queues)
        pipeline = self._redis.pipeline(transaction=False)
        for name in names:
            pipeline.llen(settings().key_prefix + name)
        return dict(zip(names, pipeline.execute(), strict=True))
