"""How does a file come in over HTTP? As the whole body, or as the part `file` of a form; counted while it comes.

Nobody believes what the sender says of it: neither its length, nor its name, nor its type. It lies in a file without a
name, which is gone with the process: an order file tells of patients. Next: routes/imports.py, which reads it.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, NamedTuple

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from backoffice.api.problems import Problem

MOST_FILES, MOST_FIELDS = 2, 500
"""A form with a mapping that is built has three fields a column."""
LONGEST_FIELD = 64 << 10
"""Bytes of a field that is no file; a mapping is one."""
LONGEST_WAIT = 600.0
"""Seconds until the whole file must have come."""

_FORM = "multipart/form-data"


class Upload(NamedTuple):
    """What came: the file, the mapping (TOML) where the form has one, and the form's texts by name."""

    path: Path
    mapping: bytes | None
    texts: Mapping[str, list[str]]


@asynccontextmanager
async def received(request: Request, most_bytes: int) -> AsyncIterator[Upload]:
    """The file of the request, as long as the block lasts. Raises Problem: 400, 408, 413, 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        raise Problem(
            415, "no-file", "Skicka filen som sig själv eller som multipart/form-data (send the file itself, or a form "
            "of multipart/form-data)", headers=_CLOSE,
        )  # fmt: skip
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told[:20]) > most_bytes:
        raise _too_large(most_bytes)
    body = _counted(request, most_bytes)
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            read, close = await (_form(request, body) if kind == _FORM else _whole(body))
    except TimeoutError:
        raise Problem(408, "too-slow", "Filen kom för långsamt (the file came too slowly)", headers=_CLOSE) from None
    except ClientDisconnect:
        raise Problem(400, "cut-off", "Filen kom inte hel (the file did not come whole)") from None
    try:
        yield read
    finally:
        await close()


# What is left of a body that is refused need not come: the connection ends.
_CLOSE = {"Connection": "close"}


def _too_large(most_bytes: int) -> Problem:
    return Problem(
        413, "too-large", f"Filen är större än {most_bytes} byte; dela upp den (the file is larger than {most_bytes} "
        "bytes; split it)", headers=_CLOSE,
    )  # fmt: skip


async def _counted(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > most_bytes:
            raise _too_large(most_bytes)
        yield chunk


_Close = Callable[[], Awaitable[None]]


async def _whole(body: AsyncIterator[bytes]) -> tuple[Upload, _Close]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the upload

    async def close() -> None:
        file.close()

    try:
        async for chunk in body:
            file.write(chunk)
        file.flush()
    except BaseException:
        file.close()
        raise
    return Upload(_path_of(file), None, {}), close


async def _form(request: Request, body: AsyncIterator[bytes]) -> tuple[Upload, _Close]:
    parser = MultiPartParser(
        request.headers,
        body,  # type: ignore[arg-type]  # it is only iterated over
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=LONGEST_FIELD,
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise Problem(
            400, "form-unreadable", "Formuläret går inte att läsa (the form cannot be read)", headers=_CLOSE
        ) from None
    file = form.get("file")
    if not isinstance(file, UploadFile):
        await form.close()
        raise Problem(400, "file-missing", "Formuläret saknar filen: file (the form has no part named file)")
    spooled: IO[bytes] = file.file
    spooled.rollover()  # type: ignore[attr-defined]  # a small one lies in memory until now
    spooled.flush()
    texts: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
    return Upload(_path_of(spooled), await _mapping(form), texts), form.close


async def _mapping(form: FormData) -> bytes | None:
    given = form.get("mapping")
    if isinstance(given, UploadFile):
        return await given.read(LONGEST_FIELD)
    return given.encode() if given else None


def _path_of(file: IO[bytes]) -> Path:
    """A path to the file without a name; each opening begins at its start (Linux)."""
    return Path(f"/proc/self/fd/{file.fileno()}")
