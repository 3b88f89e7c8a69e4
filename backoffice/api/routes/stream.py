"""How does somebody follow one order? By server-sent events: how it stands, and each time that it has moved.

A stream looks at the order's row now and then, ends with the order or after a while (the browser comes again by
itself and says what it saw last), and there are so many at most. Next: workflows/order_news.py.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from backoffice.api.declared import problems
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.one_order import Asked, Reference
from backoffice.api.problems import Problem
from backoffice.api.who import Who
from workflows.order_news import News, news_of
from workflows.permissions import Actor, Permission, demand

router = APIRouter(prefix="/api/v1", tags=["Ordrar (orders)"])

AT_ONCE = 50
"""Streams of one web process: each asks for a row every LOOK seconds."""
LOOK = 0.5
LONGEST = 60.0
"""Seconds of one stream: who may no longer see the order is told so when they come again."""

_open: set[object] = set()


@router.get(
    "/orders/{id}/stream",
    response_class=StreamingResponse,
    responses=problems(404) | {200: {"description": "Händelser (events)", "content": {"text/event-stream": {}}}},
)
async def follow(
    reference: Reference,
    request: Request,
    desk: DeskOf,
    who: Who,
    last_event_id: Annotated[str | None, Header(description="Version som redan är känd (already known)")] = None,
) -> StreamingResponse:
    """Följ en order (follow an order): one event `order` now and at each move, its version as the event's id."""
    demand(who, Permission.READ_ORDERS)
    order_id = await run_in_threadpool(Asked(who, desk, request).order, reference)
    if len(_open) >= AT_ONCE:
        raise Problem(
            503, "busy", "För många följer ordrar just nu (too many follow orders just now)",
            headers={"Retry-After": "10"},
        )  # fmt: skip
    known = int(last_event_id or 0) if re.fullmatch("[0-9]{1,18}", last_event_id or "") else None
    return StreamingResponse(
        _events(desk, who, order_id, known, request),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(desk: Desk, who: Actor, order_id: int, known: int | None, request: Request) -> AsyncIterator[str]:
    place = object()
    _open.add(place)
    try:
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            news = await run_in_threadpool(_look, desk, who, order_id)
            if news is None:
                return
            if news.version != known:
                known = news.version
                yield _event(news)
            if news.ended or await request.is_disconnected():
                return
            await asyncio.sleep(LOOK)
    finally:
        _open.discard(place)


def _look(desk: Desk, who: Actor, order_id: int) -> News | None:
    with desk.seen_by(who) as tx:
        return news_of(tx, order_id, who.kommun)


def _event(news: News) -> str:
    told = {"id": news.id, "version": news.version, "state": news.state, "held": news.held}
    return f"id: {news.version}\nevent: order\ndata: {json.dumps(told)}\n\n"
