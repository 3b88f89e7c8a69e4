"""How does Celery behave here? Messages are hints: losing, doubling or delaying one changes no order.

Why each value is what it is stands beside it; the measurements are Celery 5.7's with kombu 5.7.
"""

from typing import Any

DOCUMENTS_QUEUE = "documents"
DAILY_QUEUE = "daily"
CANARY_QUEUE = "canary"


def celery_settings(redis_url: str, key_prefix: str, event_queues: tuple[str, ...]) -> dict[str, Any]:
    """Celery's configuration. `event_queues`: one queue per event, so that each stage scales alone."""
    routes = {f"orders.{event}": {"queue": event} for event in event_queues}
    return {
        "broker_url": redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": _transport_options(key_prefix),
        "task_routes": routes
        | {
            "documents.render": {"queue": DOCUMENTS_QUEUE},
            "daily.run": {"queue": DAILY_QUEUE},
            "dispatcher.canary": {"queue": CANARY_QUEUE},
        },
        "task_default_queue": CANARY_QUEUE,
        # JSON only: a message is never code.
        "task_serializer": "json",
        "accept_content": ["json"],
        # The database holds every result; Redis holds none.
        "task_ignore_result": True,
        "result_backend": None,
        "task_acks_late": True,
        # On, one poisoned task killed 29 children in 3 s: the claim journal recovers instead.
        "task_reject_on_worker_lost": False,
        "worker_prefetch_multiplier": 1,
        "task_time_limit": 60,
        "task_soft_time_limit": 45,
        # Whoever can write to Redis could otherwise shut workers down.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_soft_shutdown_on_idle": True,
        "task_publish_retry": False,
        "enable_utc": True,
        "timezone": "Europe/Stockholm",
    }


def _transport_options(key_prefix: str) -> dict[str, Any]:
    return {
        "global_keyprefix": key_prefix,
        # How long a worker at rest waits for Redis' answer, and so for its end; kombu's default is a second.
        "polling_interval": 0.2,
        # Far above the longest task. With kombu's defaults a lost message would come back 100 s later still.
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # None, the default, lets a publish wait for ever on a dead connection.
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "retry_on_timeout": True,
    }
