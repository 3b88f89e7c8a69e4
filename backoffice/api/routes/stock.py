"""What lies in a store? Its balances, article by article."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from backoffice.api.answers import document
from backoffice.api.declared import problems
from backoffice.api.desk import DeskOf
from backoffice.api.problems import Problem
from backoffice.api.texts import TEXT, in_path, in_query
from backoffice.api.who import Who
from workflows.kommun_places import is_store_of
from workflows.permissions import Permission, demand
from workflows.queries import page_of_stock

router = APIRouter(prefix="/api/v1", tags=["Lager (stock)"])


class Balance(BaseModel):
    """Units of an article in a store: on its shelves, of those promised to orders, and picked but not delivered."""

    store: str
    article: str
    on_hand: int
    reserved: int
    outbound: int


class StockPage(BaseModel):
    """Balances by article; `next` is `after` of the next page, null on the last."""

    store: str
    stock: list[Balance]
    next: str | None


@router.get("/stores/{code}/stock", response_model=StockPage, responses=problems(404))
def stock_of_store(
    code: Annotated[str, in_path(64, description=TEXT)],
    desk: DeskOf,
    who: Who,
    article: Annotated[str | None, in_query(64, "Bara artikeln (the article alone)")] = None,
    after: Annotated[str | None, in_query(64, "`next` från sidan före (of the page before)")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
) -> Response:
    """Ett lagers saldon (a store's balances). Another kommun's store is not there."""
    demand(who, Permission.READ_STOCK)
    with desk.seen_by(who) as tx:
        if not is_store_of(tx, code, who.kommun):
            raise Problem(404, "not-found", "Lagret finns inte (there is no such store)")
        page = page_of_stock(tx, code, article, after, limit)
    shown = StockPage(
        store=code,
        stock=[Balance(**each) for each in page],
        next=page[-1]["article"] if len(page) == limit else None,
    )
    return document(shown.model_dump())
