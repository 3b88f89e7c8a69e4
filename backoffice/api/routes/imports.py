"""How are files of orders taken in over HTTP? As by `orderflode import`: each order with its verdict.

An order that may not come from its sender is refused as one that is malformed is; the others are taken. Next:
../uploads.py (how the file comes), ../taking_files.py, exchange/import_file.py (what an import is).
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from backoffice.api.answers import document
from backoffice.api.declared import problems
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.order_answers import ViolationShown
from backoffice.api.problems import Problem
from backoffice.api.taking_files import OWN_LIMIT, file_refused, sender_named, taken_in
from backoffice.api.uploads import received
from backoffice.api.who import Who
from exchange.import_file import ImportResult, OrderVerdict
from exchange.incoming.raw_row import UnusableFile
from exchange.shape_check import shown_name
from workflows.imports import Verdict, find_import, verdicts_after
from workflows.permissions import Permission, demand

router = APIRouter(prefix="/api/v1", tags=["Importer (imports)"])

MOST_NAMED = 1_000
"""Orders that the answer to an import names at most; GET /imports/{id} pages through all of them."""


class RefusedOrder(BaseModel):
    """An order that was not taken: its rows, first and last, and every reason."""

    external_id: str | None
    rows: tuple[int, int]
    violations: list[ViolationShown]


class ImportAnswer(BaseModel):
    """What became of a file, in orders. `orders` are those refused; `more`: there are more than are named."""

    batch: int | None
    dry_run: bool
    seen_before: int | None
    """The import that took the same file before."""
    seen_is_undone: bool
    sheet: str | None
    accepted: int
    refused: int
    unchanged: int
    orders: list[RefusedOrder]
    would_reject: int = 0
    """A dry run judges the rules as well: accepted orders that would be rejected."""
    rejections: list[RefusedOrder] = []
    more: bool


class ImportedOrder(BaseModel):
    """One order of an import; `order` and `state` where it was taken."""

    external_id: str | None
    rows: tuple[int, int]
    verdict: str = Field(json_schema_extra={"enum": ["accepted", "refused", "unchanged"]})
    order: int | None
    state: str | None
    violations: list[ViolationShown]


class ImportShape(BaseModel):
    """An import as it is known, with a page of its orders in the order of the file. `next`: `after` of the next."""

    batch: int
    source: str
    received_at: datetime
    finished_at: datetime | None
    accepted: int
    refused: int
    unchanged: int
    undone: bool
    orders: list[ImportedOrder]
    next: int | None


_A_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Filen själv, eller ett formulär med den (the file itself, or a form with it). Vad den är syns "
        "på innehållet: NDJSON, CSV eller XLSX (its kind is told by its content).",
        "content": {
            "application/x-ndjson": {"schema": _A_FILE},
            "text/csv": {"schema": _A_FILE},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": _A_FILE},
            "application/octet-stream": {"schema": _A_FILE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _A_FILE, "mapping": {"type": "string"}},
                }
            },
        },
    }
}


@router.post(
    "/imports",
    status_code=201,
    max_body_size=OWN_LIMIT,
    response_model=ImportAnswer,
    responses=problems(400, 408, 413, 415) | {200: {"model": ImportAnswer, "description": "dry_run"}},
    openapi_extra=_BODY,
)
async def take_file(
    request: Request,
    desk: DeskOf,
    who: Who,
    dry_run: Annotated[bool, Query(description="Pröva, och lagra inget (store nothing)")] = False,  # noqa: FBT002
    sheet: Annotated[str | None, Query(max_length=31, description="Blad i en arbetsbok (sheet of a workbook)")] = None,
) -> Response:
    """Importera en fil av ordrar (import a file of orders): every order has a verdict of its own."""
    demand(who, Permission.IMPORT)
    async with received(request, desk.settings.upload_bytes) as upload:
        try:
            result, read_sheet = await taken_in(desk, who, upload.path, upload.mapping, sheet, dry_run=dry_run)
        except UnusableFile as unusable:
            raise file_refused(unusable) from None
    answer = _answer(result, read_sheet, dry_run=dry_run)
    if dry_run:
        return document(answer.model_dump())
    return document(answer.model_dump(), 201, {"Location": f"/api/v1/imports/{answer.batch}"})


def _answer(result: ImportResult, sheet: str | None, *, dry_run: bool) -> ImportAnswer:
    return ImportAnswer(
        batch=None if dry_run else result.batch,
        dry_run=dry_run,
        seen_before=result.seen_before,
        seen_is_undone=result.seen_is_undone,
        sheet=sheet and shown_name(sheet),
        accepted=result.accepted,
        refused=result.refused,
        unchanged=result.unchanged,
        orders=[_refused(each) for each in result.orders[:MOST_NAMED]],
        would_reject=result.would_reject,
        rejections=[_refused(each) for each in result.rejections[:MOST_NAMED]],
        more=max(len(result.orders), len(result.rejections)) > MOST_NAMED,
    )


def _refused(verdict: OrderVerdict) -> RefusedOrder:
    violations = [ViolationShown(**each.as_json()) for each in verdict.violations]
    return RefusedOrder(external_id=verdict.external_id, rows=verdict.rows, violations=violations)


@router.get("/imports/{batch}", response_model=ImportShape, responses=problems(404))
def show_import(
    batch: int,
    desk: DeskOf,
    who: Who,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Sista raden på sidan före (row)")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_NAMED)] = 100,
) -> Response:
    """En import, med vad som blev av dess ordrar (an import, and what became of its orders).

    Somebody of a kommun sees the imports that were made for it.
    """
    demand(who, Permission.IMPORT)
    with desk.seen_by(who) as tx:
        found = find_import(tx, batch, who.kommun) if 0 < batch < 1 << 63 else None
    if found is None:
        raise Problem(404, "not-found", "Importen finns inte (there is no such import)")
    with desk.database.transaction(snapshot=True) as tx:
        page = verdicts_after(tx, batch, after, limit)
    shown = ImportShape(
        **found,
        orders=[_imported(each, batch, desk) for each in page],
        next=page[-1].first_row if len(page) == limit else None,
    )
    return document(shown.model_dump())


def _imported(verdict: Verdict, batch: int, desk: Desk) -> ImportedOrder:
    return ImportedOrder(
        external_id=sender_named(verdict, batch, desk.keys),
        rows=(verdict.first_row, verdict.last_row),
        verdict=verdict.verdict,
        order=verdict.order_id,
        state=verdict.state,
        violations=[ViolationShown(**each) for each in verdict.violations or ()],
    )
