"""What would a worker of another release be? A Celery application with our settings and other tasks.

Run by upgrade.py.
"""

from celery import Celery

from config.celery_settings import celery_settings
from config.lifeline import follow_parent
from config.settings import settings
from workflows.steps.main_line import EVENTS

app = Celery("other")
app.conf.update(celery_settings(settings().redis_url or "", settings().key_prefix, EVENTS))


@app.task(name="orders.of_another_release")
def of_another_release() -> None:
    """A task that nobody hints at."""


follow_parent()
