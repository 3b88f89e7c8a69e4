"""Orders by HTTP: send one, try one, read one, list them. Next: order_events.py, what may be done with one."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from backoffice.api.answers import document, order_document
from backoffice.api.arriving import order_of, taken
from backoffice.api.bodies import RawBody
from backoffice.api.declared import BODY_OF_ORDER, problems
from backoffice.api.desk import DeskOf
from backoffice.api.one_order import Asking, Reference, order_now
from backoffice.api.order_answers import History, OrderPage, OrderShown, Valid
from backoffice.api.who import Who
from backoffice.order_shown import whole_history
from workflows.order_types import OrderType
from workflows.permissions import Permission, demand
from workflows.queries import OrderFilter, list_orders

ORDERS = "/api/v1/orders"
router = APIRouter(prefix=ORDERS, tags=["Ordrar (orders)"])

MOST_LISTED = 200
"""Orders of a page at most: one takes a millisecond or so to read and write."""

State = Literal["draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled"]


@router.post(
    "",
    status_code=201,
    response_model=OrderShown,
    openapi_extra=BODY_OF_ORDER,
    responses={
        200: {"model": OrderShown, "description": "Redan mottagen, med samma innehåll (received before)"},
        202: {"model": OrderShown, "description": "Mottagen; reglerna prövas strax (the rules will be asked)"},
        **problems(400, 413, 415, 422),
    },
)
def create(
    asked: Asking,
    raw: RawBody,
    prefer: Annotated[
        str | None, Header(description="`respond-async`: reglerna prövas efter svaret (the rules are asked later)")
    ] = None,
) -> Response:
    """Skicka en order (send an order).

    Samma `external_id` igen är samma order. (The same `external_id` again is the same order: 200, or 422 if its
    content is another. Every rule is asked at once, and an order that breaks one is not stored; with
    `Prefer: respond-async` it is stored, and the rules are asked by the queue.)
    """
    waits = not _prefers_async(prefer)
    desk, actor = asked.desk, asked.actor
    order = order_of(desk, actor, raw, judged=waits)
    stored = taken(desk, actor, order, judged=waits)
    order_id = stored.order_id
    assert order_id is not None
    if stored.verdict == "unchanged":
        asked.order(str(order_id))
    status = 200 if stored.verdict == "unchanged" else 201 if waits else 202
    headers = {"Location": f"{ORDERS}/{order_id}"} | ({} if waits else {"Preference-Applied": "respond-async"})
    return order_document(order_now(desk, order_id), status, headers)


@router.post(
    "/validate",
    response_model=Valid,
    openapi_extra=BODY_OF_ORDER,
    responses=problems(400, 413, 415, 422),
)
def validate(actor: Who, desk: DeskOf, raw: RawBody) -> Response:
    """Pröva en order utan att skicka den (try an order without sending it).

    Svarar som när ordern skickas, och lagrar inget. (Answers as if it were sent, and stores nothing.)
    """
    order = order_of(desk, actor, raw, judged=True)
    stored = taken(desk, actor, order, kept=False)
    return document({"valid": True, "known": stored.verdict == "unchanged"})


def _prefers_async(prefer: str | None) -> bool:
    """Whether one of the preferences (RFC 7240) is not to wait."""
    return "respond-async" in [each.partition(";")[0].strip().lower() for each in (prefer or "").split(",")]


class Wanted(BaseModel):
    """Which orders are listed. What is not here is refused: nobody sorts or filters by what identifies a patient."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = Field(None, description="Läge (state)")
    type: OrderType | None = Field(None, description="Ordertyp (order type)")
    store: str | None = Field(None, max_length=64, description="Levererande lager (sending store)")
    held: bool = Field(default=False, description="Bara hållna (held only)")
    after: int | None = Field(None, ge=1, lt=1 << 63, description="`next` från sidan före (of the page before)")
    limit: int = Field(50, ge=1, le=MOST_LISTED, description="Högst så många (at most)")


@router.get("", response_model=OrderPage, responses=problems(422))
def orders(actor: Who, desk: DeskOf, wanted: Annotated[Wanted, Query()]) -> Response:
    """Lista ordrar, nyast först (list orders, newest first).

    Nästa sida är `next`, eller länken i `Link`. (The next page is `next`, or the link in `Link`; pages are by key, so
    that orders which come meanwhile change none of them.)
    """
    demand(actor, Permission.READ_ORDERS)
    asked = OrderFilter(wanted.state, wanted.type, wanted.store, wanted.held, wanted.after, actor.kommun)
    with desk.seen_by(actor, snapshot=True) as tx:
        listed = list_orders(tx, asked, wanted.limit + 1) if "\x00" not in (wanted.store or "") else []
    page, more = listed[: wanted.limit], len(listed) > wanted.limit
    after = page[-1]["id"] if more else None
    return document({"orders": page, "next": after}, headers=_link(wanted, after) if after else {})


def _link(wanted: Wanted, after: int) -> dict[str, str]:
    query = wanted.model_dump(mode="json", exclude_unset=True) | {"after": after}
    return {"Link": f'<{ORDERS}?{urlencode(query)}>; rel="next"'}


@router.get("/{id}", response_model=OrderShown, responses=problems(404))
def order(reference: Reference, asked: Asking) -> Response:
    """Läs en order, med historik (read an order with its history)."""
    demand(asked.actor, Permission.READ_ORDERS)
    return order_document(order_now(asked.desk, asked.order(reference)))


@router.get("/{id}/history", response_model=History, responses=problems(404))
def history(reference: Reference, asked: Asking) -> Response:
    """Läs vad som har hänt med en order (read what has happened to an order)."""
    demand(asked.actor, Permission.READ_ORDERS)
    order_id = asked.order(reference)
    with asked.desk.database.transaction(snapshot=True) as tx:
        return document({"history": whole_history(tx, order_id)})
