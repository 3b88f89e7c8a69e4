"""Who is told of what happens? Webhooks: added, paused, resumed, removed, and what each has heard.

Somebody who works for one kommun sees and makes webhooks of that kommun alone. Requests change rows; messages are sent
from the database by a process of their own (tasks/webhooks.py). Next: workflows/webhooks/.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backoffice.api.declared import problems
from backoffice.api.desk import DeskOf
from backoffice.api.managed_webhooks import managed_webhook, paused, retried
from backoffice.api.problems import Problem
from backoffice.api.typed_bodies import NAMED_AGAIN, Body, StrictRoute, Words
from backoffice.api.who import Who
from workflows.exports import is_known_kommun
from workflows.permissions import Permission, demand
from workflows.webhooks.deliveries import State, list_deliveries
from workflows.webhooks.subscribers import (
    NAME,
    Event,
    NewWebhook,
    add_webhook,
    list_webhooks,
    remove_webhook,
)

router = APIRouter(prefix="/api/v1/webhooks", tags=["Webhookar (webhooks)"], route_class=StrictRoute)


class NewWebhookBody(Body):
    """A receiver to tell. `kommun` left out is the caller's own, the whole region for who works for that."""

    name: str = Field(pattern=f"^{NAME}$", examples=["verksamhetssystemet"])
    url: str = Field(max_length=2000, examples=["https://mottagare.example/orderflode"])
    events: Annotated[set[Event], NAMED_AGAIN] = Field(min_length=1)
    kommun: Words | None = None


class WebhookShown(BaseModel):
    """A receiver. `kommun` null is the whole region; `waiting` and `failed` count messages."""

    name: str
    url: str
    events: list[Event]
    kommun: str | None
    paused_at: datetime | None
    created_at: datetime
    created_by: str
    waiting: int
    failed: int


class WebhookMade(WebhookShown):
    """A new receiver with the secret that its messages are signed with, which is told this once."""

    secret: str


class Webhooks(BaseModel):
    """The receivers by name."""

    webhooks: list[WebhookShown]


class DeliveryShown(BaseModel):
    """A message. `answer` is what came of the last try."""

    id: int
    message: UUID
    event: Event
    order_id: int | None
    state: State
    attempts: int
    made_at: datetime
    first_tried_at: datetime | None
    next_try_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    answer: str | None


class Deliveries(BaseModel):
    """A page of messages, newest first; `next` is the `before` of the next page."""

    deliveries: list[DeliveryShown]
    next: int | None


class Retried(BaseModel):
    """How many messages are tried again."""

    retried: int


@router.get("")
def webhooks(actor: Who, desk: DeskOf) -> Webhooks:
    """The receivers, by name."""
    demand(actor, Permission.MANAGE_WEBHOOKS)
    with desk.seen_by(actor) as tx:
        return Webhooks.model_validate({"webhooks": list_webhooks(tx)})


@router.post("", status_code=201, responses=problems(400, 409, 413, 415))
def add(body: NewWebhookBody, actor: Who, desk: DeskOf) -> WebhookMade:
    """Add a receiver. It is told of what happens from now on."""
    demand(actor, Permission.MANAGE_WEBHOOKS)
    kommun = body.kommun or actor.kommun
    if actor.kommun is not None and kommun != actor.kommun:
        raise Problem(403, "other-kommun", "Det är en annan kommun än din (it is another kommun than yours)")
    keys = desk.keys
    with desk.database.transaction() as tx:
        if kommun is not None and not is_known_kommun(tx, kommun):
            raise Problem(
                422, "kommun-unknown", "Ingen enhet och inget lager hör till kommunen (no unit or store is of it)"
            )
        secret = add_webhook(tx, keys, NewWebhook(body.name, body.url, body.events, kommun), by=actor.name)
        (made,) = list_webhooks(tx, body.name)
    return WebhookMade.model_validate(made | {"secret": secret})


@router.get("/{name}", responses=problems(404))
def webhook(name: str, actor: Who, desk: DeskOf) -> WebhookShown:
    """One receiver."""
    return WebhookShown.model_validate(managed_webhook(desk, actor, name))


@router.post("/{name}/pause", responses=problems(404))
def pause(name: str, actor: Who, desk: DeskOf) -> WebhookShown:
    """Send it nothing until it is resumed; what happens meanwhile waits."""
    return WebhookShown.model_validate(paused(desk, actor, name, pause=True))


@router.post("/{name}/resume", responses=problems(404))
def resume(name: str, actor: Who, desk: DeskOf) -> WebhookShown:
    """Send again, also what has waited."""
    return WebhookShown.model_validate(paused(desk, actor, name, pause=False))


@router.delete("/{name}", status_code=204, responses=problems(404))
def remove(name: str, actor: Who, desk: DeskOf) -> None:
    """Remove the receiver, and what waits for it."""
    managed_webhook(desk, actor, name)
    with desk.database.transaction() as tx:
        remove_webhook(tx, name)


@router.get("/{name}/deliveries", responses=problems(404))
def deliveries(
    name: str,
    actor: Who,
    desk: DeskOf,
    state: State | None = None,
    before: Annotated[int | None, Query(ge=1, le=(1 << 63) - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Deliveries:
    """What the receiver has been told and is to be told, newest first."""
    managed_webhook(desk, actor, name)
    with desk.seen_by(actor) as tx:
        found = list_deliveries(tx, name, state, before, limit)
    return Deliveries.model_validate({"deliveries": found, "next": found[-1]["id"] if len(found) == limit else None})


@router.post("/{name}/retry", responses=problems(404))
def retry_all(name: str, actor: Who, desk: DeskOf) -> Retried:
    """Try every failed message again."""
    return Retried(retried=retried(desk, actor, name))


@router.post("/{name}/deliveries/{message}/retry", responses=problems(404))
def retry_one(name: str, message: UUID, actor: Who, desk: DeskOf) -> Retried:
    """Try a failed message again; `retried` 0: it has not failed."""
    return Retried(retried=retried(desk, actor, name, message))
