"""Webhookar: who is told of what happens, and what did they not hear? Paused, let go on, and tried again.

They are added by `orderflode webhook add` or the API, which tell the secret once. Next: ../../api/managed_webhooks.py.
"""

from fastapi import APIRouter, Response

from backoffice.api.managed_webhooks import managed_webhook, paused, retried
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import PEOPLE, parts_for
from backoffice.pages.visit import Visiting
from workflows.permissions import Permission
from workflows.webhooks.deliveries import list_deliveries
from workflows.webhooks.subscribers import list_webhooks

router = APIRouter(prefix="/konton/webhookar", route_class=PageRoute, include_in_schema=False)

WEBHOOKS = "/konton/webhookar"
FAILED_SHOWN = 50


@router.get("")
def webhooks(visit: Visiting) -> Response:
    """The receivers, by name."""
    visit.demand(Permission.MANAGE_WEBHOOKS)
    with visit.seeing() as tx:
        found = list_webhooks(tx)
    return visit.show("webhooks.html", parts_of=parts_for(visit, PEOPLE), webhooks=found)


@router.get("/{name}")
def webhook(visit: Visiting, name: str) -> Response:
    """One receiver, and the last messages that were given up."""
    found = managed_webhook(visit.desk, visit.actor, name)
    with visit.seeing() as tx:
        failed = list_deliveries(tx, name, "failed", None, FAILED_SHOWN)
    return visit.show("webhook.html", parts_of=parts_for(visit, PEOPLE), webhook=found, failed=failed)


@router.post("/{name}/pausa")
def pause(visit: Visiting, name: str) -> Response:
    """Send it nothing until it goes on."""
    paused(visit.desk, visit.actor, name, pause=True)
    return visit.go(WEBHOOKS, visit.t(f"{name} är pausad", f"{name} is paused"))


@router.post("/{name}/fortsatt")
def go_on(visit: Visiting, name: str) -> Response:
    """Send again, also what has waited."""
    paused(visit.desk, visit.actor, name, pause=False)
    return visit.go(WEBHOOKS, visit.t(f"{name} fortsätter", f"{name} goes on"))


@router.post("/{name}/igen")
def retry(visit: Visiting, name: str) -> Response:
    """Try every message again that was given up."""
    number = retried(visit.desk, visit.actor, name)
    return visit.go(WEBHOOKS, visit.t(f"Meddelanden som försöks igen: {number}", f"Messages tried again: {number}"))
