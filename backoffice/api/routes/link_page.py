"""Where does a one-time link lead? To a page that asks for a password; the link's secret never reaches a log.

It stands behind the #, which the browser keeps to itself; the page's script sends it in the body of POST /api/v1/link.
"""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

import backoffice.pages

router = APIRouter(include_in_schema=False)

_FOLDER = Path(backoffice.pages.__file__).parent


@router.get("/link")
def page() -> Response:
    """The page."""
    return Response(_read("link.html"), media_type="text/html; charset=utf-8")


@router.get("/link.js")
def script() -> Response:
    """Its script."""
    return Response(_read("link.js"), media_type="text/javascript; charset=utf-8")


@router.get("/link.css")
def style() -> Response:
    """Its style."""
    return Response(_read("link.css"), media_type="text/css; charset=utf-8")


@cache
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
