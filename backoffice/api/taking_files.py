"""How is somebody's file of orders taken in? As theirs to send, few at a time; by the API and by the page of imports.

Next: exchange/import_file.py (what an import is), exchange/admission.py (who may send what).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from exchange.admission import admission_of
from exchange.import_file import Importer, ImportResult
from exchange.incoming.incoming_file import open_incoming
from exchange.incoming.raw_row import UnusableFile
from exchange.mapping import mapping_of
from exchange.staging import external_id_of
from workflows.imports import Verdict
from workflows.patients import Keys
from workflows.permissions import Actor

AT_ONCE = 2
"""Files that one web process reads at the same time: a workbook may fill 200 MB while it is read."""

OWN_LIMIT = 1 << 40
"""In the place of the limit of all bodies: the setting for files says how much is read (uploads.py)."""

_reading = asyncio.Semaphore(AT_ONCE)


async def taken_in(
    desk: Desk, who: Actor, path: Path, mapping: bytes | None, sheet: str | None, *, dry_run: bool
) -> tuple[ImportResult, str | None]:
    """What became of the file's orders, and the sheet that was read where it has sheets; a dry run stores nothing.

    `mapping` is TOML. Raises UnusableFile, Problem 503 where other files are being read.
    """
    async with few_at_once():
        return await run_in_threadpool(_taken_in, desk, who, path, mapping, sheet, dry_run=dry_run)


@asynccontextmanager
async def few_at_once() -> AsyncIterator[None]:
    """Within, a file may be read. Raises Problem 503 where others are."""
    if _reading.locked():
        raise Problem(
            503,
            "busy",
            "Andra filer läses just nu; försök strax igen (other files are being read; try again soon)",
            headers={"Retry-After": "5"},
        )
    async with _reading:
        yield


def _taken_in(
    desk: Desk, who: Actor, path: Path, mapping: bytes | None, sheet: str | None, *, dry_run: bool
) -> tuple[ImportResult, str | None]:
    with desk.seen_by(who) as tx:
        admission = admission_of(tx, who)
    file = open_incoming(path, mapping=mapping_of(mapping) if mapping else None, sheet=sheet)
    importer = Importer(
        desk.database, desk.keys, admission.source, who.name, desk.settings.reservnummer_patterns,
        refused=admission.violations, kommun=who.kommun,
    )  # fmt: skip
    return importer.dry_run(path, file) if dry_run else importer.run(path, file), file.sheet


def file_refused(unusable: UnusableFile) -> Problem:
    """422: the file as a whole cannot be used."""
    told = {"code": "file-unusable", "field": "file", "sv": unusable.sv, "en": unusable.en}
    return Problem(422, "file-unusable", "Filen går inte att använda (the file cannot be used)", violations=[told])


def sender_named(verdict: Verdict, batch: int, keys: Keys) -> str | None:
    """What the sender called the order; of a refused one as far as it can be read from its first row."""
    if verdict.sealed is None:
        return verdict.external_id
    return external_id_of(batch, verdict.first_row, bytes(verdict.sealed), keys)
