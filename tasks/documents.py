"""Which documents are rendered before anybody asks? Delivery notes, by a niced process with a queue of its own."""

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from config.settings import settings
from tasks.app import celery_app
from tasks.working import process
from workflows.keyring import keys_of

if TYPE_CHECKING:
    from exchange.outgoing.document_store import DocumentStore

LONGEST = 20.0
"""Seconds that a hint is worked for: the process has nothing else to do but the jobs of the day, and hints are rare."""

AT_A_TIME = 20
"""Notes between two transactions: about half a second's work."""


@lru_cache(maxsize=1)
def _document_store() -> "DocumentStore":
    # Not above: the workers of orders load this file too, and draw no page.
    from exchange.outgoing.document_store import DocumentStore

    return DocumentStore(
        process().database, keys_of(process().database, settings().key_file), settings().document_folder
    )


@celery_app.task(name="documents.render")
def render() -> None:
    """Render delivery notes ahead of their first request, for a bounded time."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until and _document_store().render_ahead(AT_A_TIME) == AT_A_TIME:
        pass
