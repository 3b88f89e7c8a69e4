"""Import: a file of orders is tried, then taken in, each order with its verdict. As by POST /api/v1/imports.

The file stays with the person between the trial and the import: nothing of it lies here meanwhile, so that it is sent
twice. Next: one_import.py, the receipt; ../mapping_form.py, a file whose columns have other names.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from backoffice.api.problems import Problem
from backoffice.api.taking_files import OWN_LIMIT, few_at_once, taken_in
from backoffice.api.uploads import Upload, received
from backoffice.pages.forms import Fields, Form
from backoffice.pages.mapping_form import CHOICES, DATES, NAMES, Building, building_for, built, is_required
from backoffice.pages.page_route import PageRoute
from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit, Visiting
from exchange.import_file import ImportResult
from exchange.incoming.columns_seen import columns_seen
from exchange.incoming.raw_row import UnusableFile
from workflows.imports import list_imports
from workflows.permissions import Permission

router = APIRouter(prefix="/import", route_class=PageRoute, include_in_schema=False)

RECENT = 20
SHOWN = 100
"""Orders that a trial names; the receipt of an import pages through all."""

_OF_THE_FILE = frozenset({400, 408, 413, 415, 503})
"""What is refused of how the file comes: too large, too slow, while others are read."""


@router.get("")
def page(visit: Visiting, fore: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None) -> Response:
    """The form, and the imports that were made, newest first; `fore` is where the next page of them begins."""
    visit.demand(Permission.IMPORT)
    return _page(visit, before=fore)


@router.post("/prova", max_body_size=OWN_LIMIT)
async def try_it(request: Request, visit: Visiting) -> Response:
    """What would become of the file's orders, rules included; nothing is stored."""

    async def tried(upload: Upload, building: Building | None) -> Response:
        result, sheet = await _taken(visit, upload, building, dry_run=True)
        return await run_in_threadpool(_page, visit, building, tried=result, sheet=sheet)

    return await _with_the_file(request, visit, tried)


@router.post("", max_body_size=OWN_LIMIT)
async def take(request: Request, visit: Visiting) -> Response:
    """Take the file in, and show its receipt."""

    async def taken(upload: Upload, building: Building | None) -> Response:
        result, _ = await _taken(visit, upload, building, dry_run=False)
        said = visit.t(f"Import {result.batch} är klar", f"Import {result.batch} is done")
        if before := result.seen_before:
            said += visit.t(f"; samma fil togs in i import {before}", f"; the same file was taken in import {before}")
        return visit.go(f"/import/{result.batch}", said)

    return await _with_the_file(request, visit, taken)


@router.post("/kolumner", max_body_size=OWN_LIMIT)
async def show_columns(request: Request, visit: Visiting) -> Response:
    """The file's columns, to choose which of ours each is."""

    async def seen(upload: Upload, _: Building | None) -> Response:
        sheet = Fields(upload.texts).text("blad_valt", 31) or None
        async with few_at_once():
            columns = await run_in_threadpool(columns_seen, upload.path, sheet)
        return await run_in_threadpool(_page, visit, building_for(columns, visit.language))

    return await _with_the_file(request, visit, seen)


@router.post("/mappning")
def mapping_as_file(visit: Visiting, form: Form) -> Response:
    """The mapping that was built, as a file for the next time."""
    visit.demand(Permission.IMPORT)
    building = built(form)
    text = building.toml() if building else ""
    headers = {"Content-Disposition": 'attachment; filename="mappning.toml"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/toml", headers=headers)


async def _with_the_file(
    request: Request, visit: Visit, work: Callable[[Upload, Building | None], Awaitable[Response]]
) -> Response:
    """What `work` makes of the file that was sent, and of the mapping that is built; refused, the form says why."""
    visit.demand(Permission.IMPORT)
    building = None
    try:
        async with received(request, visit.desk.settings.upload_bytes) as upload:
            building = built(Fields(upload.texts))
            if upload.path.stat().st_size == 0:
                raise UnusableFile("Välj en fil.", "Choose a file.")
            return await work(upload, building)
    except UnusableFile as unusable:
        return await run_in_threadpool(_page, visit, building, 422, unusable=unusable)
    except Problem as problem:
        if problem.status not in _OF_THE_FILE:
            raise
        told = UnusableFile(*(spoken(str(problem), language) for language in ("sv", "en")))
        # A part of a page is put in for no other refusal (page.html).
        status = 422 if "hx-request" in request.headers else problem.status
        answer = await run_in_threadpool(_page, visit, building, status, unusable=told)
        answer.headers.update(problem.headers)
        return answer


async def _taken(
    visit: Visit, upload: Upload, building: Building | None, *, dry_run: bool
) -> tuple[ImportResult, str | None]:
    """A mapping that is built goes before one that is a file. Raises UnusableFile, Problem 503."""
    mapping = building.toml().encode() if building else upload.mapping
    sheet = Fields(upload.texts).text("blad_valt", 31) or None
    return await taken_in(visit.desk, visit.actor, upload.path, mapping, sheet, dry_run=dry_run)


def _page(
    visit: Visit,
    building: Building | None = None,
    status: int = 200,
    *,
    before: int | None = None,
    tried: ImportResult | None = None,
    sheet: str | None = None,
    unusable: UnusableFile | None = None,
) -> Response:
    with visit.seeing() as tx:
        recent = list_imports(tx, before, RECENT + 1)
    return visit.show(
        "import.html", status,
        building=building, tried=tried, sheet=sheet, unusable=unusable, recent=recent[:RECENT],
        more=f"/import?fore={recent[RECENT - 1]['batch']}" if len(recent) > RECENT else "",
        shown=SHOWN, names=NAMES, choices=CHOICES, dates=DATES, is_required=is_required,
        most_bytes=visit.desk.settings.upload_bytes,
    )  # fmt: skip
