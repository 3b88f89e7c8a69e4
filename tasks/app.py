"""Which Celery application is it? The instance, its tasks and what a worker process keeps: `celery -A tasks.app`.

Next: orders.py, a task per event in life order.
"""

from celery import Celery
from celery.signals import setup_logging, worker_init

from config.celery_settings import celery_settings
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings
from workflows.steps.main_line import EVENTS

celery_app = Celery("orderflode", include=["tasks.orders", "tasks.documents", "tasks.daily"])
celery_app.conf.update(
    celery_settings(settings().redis_url or "redis://127.0.0.1:6379/0", settings().key_prefix, EVENTS)
)


@setup_logging.connect
def _log_as_we_do(**_: object) -> None:
    """Celery leaves logging to us when somebody answers this signal."""
    set_up_logging(settings().log_level)


@worker_init.connect
def _end_with_the_supervisor(**_: object) -> None:
    """From the start: a worker that waits for its broker ends with its supervisor too."""
    follow_parent()
