"""How is the naive Celery version configured here? As its documentation says for whoever may lose a process.

The tasks are those of benchmarks/peers/naive_celery. With PEER_ACKS_LATE a message is acknowledged when its task has
ended, and goes back to its queue when the process that had it is lost. Next: clients.py, who sends the first message.
"""

import os

from celery.signals import worker_init
from sqlalchemy import create_engine

from benchmarks.peers.naive_celery.tasks import app, engine, new_session, validate
from config.lifeline import follow_parent
from drill.peers.engines import ACKS_LATE, LOOK_SECONDS, VISIBILITY_SECONDS

__all__ = ["app", "validate"]

app.conf.broker_transport_options = {
    "visibility_timeout": VISIBILITY_SECONDS,
    "unacked_restore_interval": LOOK_SECONDS,
    "unacked_restore_throttle": 1,
}
if os.environ.get(ACKS_LATE):
    app.conf.task_acks_late = True
    app.conf.task_reject_on_worker_lost = True

# A session that was lost while nobody used it is noticed, and opened anew: without this, each cut would cost a task.
new_session.configure(bind=create_engine(engine.url, pool_pre_ping=True))


@worker_init.connect
def _end_with_the_drill(**_: object) -> None:
    follow_parent()
