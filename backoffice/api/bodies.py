"""How is the body of a request read? Whole, within its limit, as one JSON object beyond doubt; or it is refused.

The limit is the application's (app.py) or the route's, and holds while the body streams in, whatever its length is said
to be. Next: exchange/strict_json.py, what an object may be; exchange/order_shape.py, what an order may hold.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from backoffice.api.problems import Problem
from exchange.shape_check import Expected, Field, Findings, read_fields
from exchange.strict_json import parse_object

LARGEST = 256 * 1024
"""Bytes of a body. An order of 1,000 lines has 60,000 or so."""


async def _raw_body(request: Request) -> bytes:
    raw = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and media_type != "application/json":
        # A form of another site can send any other type without being asked.
        raise Problem(415, "media-type", "Innehållet ska vara application/json (the content must be application/json)")
    return raw


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The bytes of a JSON body; empty where there is none."""


def the_object(raw: bytes) -> dict[str, object]:
    """The one JSON object of the body. Raises Problem 400."""
    body = parse_object(raw)
    if isinstance(body, Expected):
        raise Problem(400, "malformed-json", f"Innehållet {body.sv} (the content {body.en})")
    return body


def the_fields(raw: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The object's fields, clean; no body at all is an object without fields. Raises Problem 400 and 422."""
    found = Findings()
    clean = read_fields(the_object(raw) if raw else {}, fields, "", found)
    if found:
        raise malformed(found)
    return clean


def malformed(found: Findings) -> Problem:
    """422: the body has the wrong shape, with every violation."""
    return Problem(
        422, "malformed-content", "Innehållet har fel form (the content has the wrong form)",
        violations=[each.as_json() for each in found],
    )  # fmt: skip
