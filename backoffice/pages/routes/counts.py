"""Inventering: which counts has a store had, and what is to be counted now? Next: count.py, the count itself."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.store_seen import store_seen, store_to_change
from backoffice.pages.visit import Visit, Visiting
from workflows.counting import UnknownGoods
from workflows.counts.opening import AlreadyBeingCounted, NothingToCount, open_count
from workflows.counts.reading import list_counts
from workflows.permissions import Permission

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

PAGE = 25

_EMPTY = {"vad": "hylla", "hylla": "", "artiklar": ""}


@router.get("/{code}/inventering")
def counts(visit: Visiting, code: str, fore: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None) -> Response:
    """The store's counts, newest first."""
    visit.demand(Permission.READ_STOCK)
    return _counts(visit, code, before=fore)


@router.post("/{code}/inventering")
def open_one(visit: Visiting, code: str, form: Form) -> Response:
    """Open a count of the store, of the shelves whose names begin so, or of the articles that are named."""
    store_to_change(visit, code)
    what, shelf, articles = form.text("vad"), form.text("hylla", 32), form.lines("artiklar")
    typed = {"vad": what, "hylla": shelf, "artiklar": "\n".join(articles)}
    try:
        if (what == "hylla" and not shelf) or (what == "artiklar" and not articles):
            raise NothingToCount("Skriv vad som ska räknas (write what is to be counted)")
        number = open_count(
            visit.desk.database, code, actor=visit.actor.name, shelf=shelf if what == "hylla" else None,
            articles=articles if what == "artiklar" else (),
        )  # fmt: skip
    except (UnknownGoods, NothingToCount, AlreadyBeingCounted) as refusal:
        return _counts(visit, code, typed=typed, refused=str(refusal))
    return visit.go(
        f"/lager/{code}/inventering/I-{number}", visit.t("Inventeringen är öppnad", "The stock count is open")
    )


def _counts(
    visit: Visit, code: str, *, before: int | None = None, typed: dict[str, str] = _EMPTY, refused: str = ""
) -> Response:
    with visit.seeing() as tx:
        store = store_seen(visit, tx, code)
        found = list_counts(tx, code, before=before, limit=PAGE)
    older = f"?fore={found[-1]['id'].removeprefix('I-')}" if len(found) == PAGE else None
    return visit.show(
        "counts.html", 422 if refused else 200, store=store, counts=found, older=older, typed=typed, refused=refused
    )
