"""What does who writes a client read? The OpenAPI document, and a page made of it: no script, no other host."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backoffice.api.answers import document
from backoffice.api.documented import operations, schemas_shown
from backoffice.json_text import json_text

router = APIRouter(prefix="/api/v1", include_in_schema=False)

_FOLDER = Path(__file__).parent.parent / "documentation"
_PAGES = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_PAGES.filters["json"] = lambda value: json_text(value, indent=2)


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return document(request.app.openapi())


@router.get("/docs")
def page(request: Request) -> Response:
    """The page of the document."""
    told: dict[str, Any] = request.app.openapi()
    html = _PAGES.get_template("page.html").render(
        info=told["info"], operations=operations(told), schemas=schemas_shown(told)
    )
    return Response(html, media_type="text/html")


@router.get("/docs.css")
def style() -> Response:
    """The page's stylesheet."""
    return Response((_FOLDER / "page.css").read_bytes(), media_type="text/css")
