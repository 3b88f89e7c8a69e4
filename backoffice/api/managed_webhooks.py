"""Which webhooks may somebody manage? Their kommun's, or all; asked by the API and by the pages alike.

Next: workflows/webhooks/subscribers.py.
"""

from typing import Any
from uuid import UUID

from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from workflows.permissions import Actor, Permission, demand
from workflows.webhooks.deliveries import try_again
from workflows.webhooks.subscribers import list_webhooks, pause_webhook, resume_webhook


def managed_webhook(desk: Desk, actor: Actor, name: str) -> dict[str, Any]:
    """The webhook as lists show it. Raises NotPermitted, and Problem 404 for another kommun's."""
    demand(actor, Permission.MANAGE_WEBHOOKS)
    with desk.seen_by(actor) as tx:
        found = list_webhooks(tx, name) if "\x00" not in name else []
    if not found:
        raise Problem(404, "not-found", "Det finns ingen sådan webhook (there is no such webhook)")
    return found[0]


def paused(desk: Desk, actor: Actor, name: str, *, pause: bool) -> dict[str, Any]:
    """The webhook, which is now paused or goes on. Raises NotPermitted, Problem 404."""
    managed_webhook(desk, actor, name)
    with desk.database.transaction() as tx:
        (pause_webhook if pause else resume_webhook)(tx, name)
    return managed_webhook(desk, actor, name)


def retried(desk: Desk, actor: Actor, name: str, message: UUID | None = None) -> int:
    """How many of its failed messages, or of that one, are tried again. Raises NotPermitted, Problem 404."""
    managed_webhook(desk, actor, name)
    with desk.database.transaction() as tx:
        return try_again(tx, name, message)
