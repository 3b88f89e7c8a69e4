"""Import 7: what became of each order of a file, and may it be undone? Next: workflows/imports.py, undoing.py."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from backoffice.api.problems import Problem
from backoffice.api.taking_files import sender_named
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visit, Visiting
from exchange.outgoing.receipt import write_receipt
from workflows.free_text import PersonalNumberInText
from workflows.imports import find_import, verdicts_after
from workflows.permissions import Permission
from workflows.steps.cancel import ReasonMissing
from workflows.undoing import AlreadyUndone, BatchNotFound, OrdersGoneOn, undo_import

router = APIRouter(prefix="/import/{batch}", route_class=PageRoute, include_in_schema=False)

PAGE = 100
MOST_STANDING = 50
"""Orders named that keep an import from being undone."""

Shown = Literal["nekade", "alla"]


@router.get("")
def receipt(
    batch: int, visit: Visiting, visa: Shown | None = None, efter: Annotated[int, Query(ge=0, lt=1 << 31)] = 0
) -> Response:
    """The import with its orders in the order of the file: those refused, where there are any, or all."""
    return _page(visit, batch, visa, efter)


@router.get("/kvitto.csv")
def receipt_as_file(batch: int, visit: Visiting) -> Response:
    """The receipt for whoever sent the file."""
    _found(visit, batch)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kvitto.csv"
        write_receipt(visit.desk.database, visit.desk.keys, batch, path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="kvitto-{batch}.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/angra")
def undo(batch: int, visit: Visiting, form: Form) -> Response:
    """Undo it: every order of it is cancelled, or none; or with `prova`, say what would be."""
    _found(visit, batch)
    visit.demand(Permission.CANCEL)
    tries, reason = form.has("prova"), form.text("reason", 500)
    try:
        undone = undo_import(visit.desk.database, batch, actor=visit.actor.name, reason=reason, dry_run=tries)
    except OrdersGoneOn as refusal:
        return _page(visit, batch, status=409, refused=str(refusal), standing=refusal.orders, reason=reason)
    except AlreadyUndone as refusal:
        return _page(visit, batch, status=409, refused=str(refusal), reason=reason)
    except (ReasonMissing, PersonalNumberInText) as refusal:
        kept = "" if isinstance(refusal, PersonalNumberInText) else reason
        return _page(visit, batch, status=422, refused=str(refusal), reason=kept)
    if tries:
        return _page(visit, batch, would=undone, reason=reason)
    sv = f"Importen är ångrad: {undone.cancelled} ordrar makulerades, {undone.left} var det redan"
    en = f"The import is undone: {undone.cancelled} orders were cancelled, {undone.left} were so already"
    return visit.go(f"/import/{batch}", visit.t(sv, en))


def _found(visit: Visit, batch: int) -> dict[str, Any]:
    """The import, if it is there for the visitor. Raises Problem 404."""
    visit.demand(Permission.IMPORT)
    with visit.seeing() as tx:
        found = find_import(tx, batch, visit.actor.kommun) if 0 < batch < 1 << 63 else None
    if found is None:
        raise Problem(404, "not-found", str(BatchNotFound.__doc__).rstrip("."))
    return found


def _page(
    visit: Visit, batch: int, shown: Shown | None = None, after: int = 0, status: int = 200, **undoing: Any
) -> Response:
    found = _found(visit, batch)
    chosen: Shown = shown or ("nekade" if found["refused"] else "alla")
    with visit.desk.database.transaction(snapshot=True) as tx:
        page = verdicts_after(tx, batch, after, PAGE + 1, refused_only=chosen == "nekade")
    rows = [(each, sender_named(each, batch, visit.desk.keys)) for each in page[:PAGE]]
    more = f"/import/{batch}?visa={chosen}&efter={page[PAGE - 1].first_row}" if len(page) > PAGE else ""
    asked = {"refused": "", "standing": (), "would": None, "reason": ""} | undoing
    return visit.show(
        "one_import.html", status,
        found=found, rows=rows, chosen=chosen, more=more, most_standing=MOST_STANDING, **asked,
    )  # fmt: skip
