"""What does an answer look like? One JSON document that nobody keeps a copy of, with its version where it has one."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from backoffice.json_text import json_text


def document(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as JSON."""
    return Response(
        json_text(content),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def order_document(order: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The order, with its version as ETag, which `If-Match` asks for."""
    return document(order, status, {"ETag": f'"{order["version"]}"', **(headers or {})})
