"""Lager: one article in a store. Its balance, what changed it, its devices there; and setting it to what was counted.

Next: receiving.py (goods that come in), workflows/counting.py (how they are booked).
"""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from backoffice.api.problems import Problem
from backoffice.pages.device_address import device_address
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.store_seen import article_seen, store_seen, store_to_change
from backoffice.pages.visit import Visit, Visiting
from workflows.allocation import Goods
from workflows.correcting import StockMovedMeanwhile
from workflows.counting import BeingCounted, CountedByNumber, UnknownGoods, adjust_stock
from workflows.free_text import PersonalNumberInText
from workflows.permissions import Permission
from workflows.shelves import devices_on_shelf, is_kept, movements_of_shelf, read_shelves
from workflows.steps.cancel import ReasonMissing

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

PAGE = 50
"""Movements, and devices, on a page."""

MOST_UNITS = 1_000_000

_REFUSALS = (UnknownGoods, BeingCounted, CountedByNumber, StockMovedMeanwhile, PersonalNumberInText, ReasonMissing)


@router.get("/{code}/artikel/{article:path}")
def shelf(
    visit: Visiting,
    code: str,
    article: str,
    fore: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    individ: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")] = "",
) -> Response:
    """The article in the store; `fore` and `individ` are where the next page of movements or devices begins."""
    visit.demand(Permission.READ_STOCK)
    return _shelf(visit, code, article, before=fore, after=individ)


@router.post("/{code}/justera")
def adjust(visit: Visiting, code: str, form: Form) -> Response:
    """Set the balance to what was counted; the difference is booked with its reason."""
    store_to_change(visit, code)
    article, reason, counted = form.text("artikel"), form.text("orsak"), form.number("raknat", most=MOST_UNITS)
    try:
        if not reason:
            raise ReasonMissing(ReasonMissing.__doc__)
        if counted is None:
            raise UnknownGoods("Skriv hur många som räknades (write how many were counted)")
        goods = Goods(code, article)
        missing = adjust_stock(visit.desk.database, goods, counted, reason=reason, actor=visit.actor.name)
    except _REFUSALS as refusal:
        return _shelf(visit, code, article, refused=str(refusal), typed={"raknat": counted, "orsak": reason})
    said = (f"Saldot är {counted}, differens {missing:+d}", f"On hand {counted}, difference {missing:+d}")
    return visit.go(f"/lager/{quote(code)}/artikel/{quote(article)}", visit.t(*said))


def _shelf(
    visit: Visit,
    code: str,
    article: str,
    *,
    before: int | None = None,
    after: str = "",
    refused: str = "",
    typed: dict[str, Any] | None = None,
) -> Response:
    with visit.seeing() as tx:
        store = store_seen(visit, tx, code)
        article_seen(tx, article)
        (balance,) = read_shelves(tx, code, [article])
        moved = movements_of_shelf(tx, code, article, before, PAGE)
        devices = devices_on_shelf(tx, code, article, after, PAGE) if balance["individual"] else []
        if not (moved or is_kept(tx, code, article)):
            raise Problem(404, "not-found", "Lagret har inte artikeln (the store does not have the article)")
    for each in devices:
        each["address"] = device_address(article, each["serial_number"])
    return visit.show(
        "shelf.html", 422 if refused else 200,
        store=store, balance=balance, movements=moved, devices=devices, refused=refused,
        typed=typed or {"raknat": None, "orsak": ""},
        older=f"?fore={moved[-1]['id']}" if len(moved) == PAGE else None,
        next_devices=devices[-1]["serial_number"] if len(devices) == PAGE else None,
    )  # fmt: skip
