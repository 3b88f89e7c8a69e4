"""With what settings: the environment, the only transaction(), Celery's settings, logging, the embedded servers."""
