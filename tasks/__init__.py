"""When it happens: the Celery app, one short task per event, the dispatcher and the supervisor."""
