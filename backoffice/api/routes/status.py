"""How does the whole stand? As `orderflode status` tells it; for somebody of a kommun, its own orders."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from backoffice.api.answers import document
from backoffice.api.declared import problems
from backoffice.api.desk import DeskOf
from backoffice.api.who import Who
from workflows.kommun_status import kommun_status
from workflows.overview import status
from workflows.permissions import Permission, demand

router = APIRouter(prefix="/api/v1", tags=["Läge (status)"])


class OrdersInState(BaseModel):
    """How many orders of a type stand in a state, and when the one with the lowest number was received."""

    order_type: str
    state: str
    count: int
    oldest: datetime | None


class Process(BaseModel):
    """A process, and when it was last seen."""

    model_config = ConfigDict(extra="allow")

    name: str
    seen_at: datetime
    seconds_ago: float | None


class Status(BaseModel):
    """Orders by type and state, and how many are due, held and standing; `at_least` names where counting ended."""

    orders: list[OrdersInState]
    due: int
    due_later: int
    held: int
    retrying: int
    backordered: int
    documents_due: int
    standing: dict[str, int]
    at_least: list[str]
    notices: dict[str, int] | None = None
    """The region's alone."""
    webhooks: dict[str, int] | None = None
    """Messages that wait to be heard, and that were given up; the region's alone."""
    processes: list[Process]


@router.get("/status", response_model=Status, responses=problems())
def show_status(desk: DeskOf, who: Who) -> Response:
    """Läget (how the whole stands). Of a kommun, its open orders are counted."""
    demand(who, Permission.READ_STATUS)
    if who.kommun is None:
        # Read as the command line reads it: the kept counts and the notices belong to no kommun.
        with desk.database.transaction(snapshot=True) as tx:
            return document(Status.model_validate(status(tx)).model_dump())
    with desk.seen_by(who, snapshot=True) as tx:
        return document(Status.model_validate(kommun_status(tx, who.kommun)).model_dump(exclude_none=True))
