"""What do the pages look like and do in the browser? Files of ours, at addresses that change with their contents.

A browser keeps each for a year and asks for none again. Next: static/orderflode.css, static/orderflode.js.
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from backoffice.api.problems import Problem

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_MADE_OF = {
    "orderflode.css": ("vendor/modern-normalize.css", "orderflode.css"),
    "orderflode.js": ("orderflode.js",),
    "link.js": ("link.js",),
    "htmx.js": ("vendor/htmx.min.js",),
    "mark.svg": ("mark.svg",),
}
"""Each file that is served, and the files it consists of."""


@router.get("/static/{version}/{name}")
def static_file(version: str, name: str) -> Response:
    """One of them. 404 for what there is not, and for another version than the present one."""
    if name not in _MADE_OF or version != _version(name):
        raise Problem(404, "not-found", "Adressen finns inte (there is no such address)")
    return Response(
        _content(name),
        media_type=_KINDS[Path(name).suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def address_of_static(name: str) -> str:
    """Where the file is: the address names its contents."""
    return f"/static/{_version(name)}/{name}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]


@cache
def _content(name: str) -> bytes:
    return b"\n".join((_FOLDER / part).read_bytes() for part in _MADE_OF[name])
