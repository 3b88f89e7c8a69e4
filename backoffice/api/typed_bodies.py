"""How is a body read into a model? As one JSON object beyond doubt (exchange/strict_json.py), its texts clean.

A router says `route_class=StrictRoute`, and its models use these kinds of text.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from backoffice.api.texts import CODE, REFUSED, Told
from exchange.shape_check import Check, Expected, code, text
from exchange.strict_json import parse_object


class Body(BaseModel):
    """What a request may hold: these fields, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _clean(check: Check) -> AfterValidator:
    def validate(value: str) -> object:
        clean = check(value)
        if isinstance(clean, Expected) or not clean:
            raise ValueError("not such a text")
        return clean

    return AfterValidator(validate)


Words = Annotated[str, _clean(text(200)), Told(200)]
"""A name: NFC, without control characters."""

Code = Annotated[str, _clean(code(64)), Told(64, CODE)]
"""A code of ours or of somebody's system: no personal identity number."""

Source = Annotated[str, _clean(code(32)), Told(32, CODE)]
"""Whose orders a token sends."""

Login = Annotated[
    str,
    _clean(code(128)),
    Told(128, f"{CODE}; inga blanksteg och kolon (no spaces and colons)", rf"^[^\s:{REFUSED}]+$"),
]
"""What somebody logs in by."""

NAMED_AGAIN = Field(json_schema_extra={"uniqueItems": False})
"""Of a set: what is named twice is meant once, and the description says so."""


class _StrictRequest(Request):
    async def json(self) -> Any:
        value = parse_object(await self.body())
        if isinstance(value, Expected):
            raise HTTPException(400)
        return value


class StrictRoute(APIRoute):
    """A route whose body is read so."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """As FastAPI's, on a request that reads JSON strictly."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            answer: Response = await handle(_StrictRequest(request.scope, request.receive))
            return answer

        return handle_strictly
