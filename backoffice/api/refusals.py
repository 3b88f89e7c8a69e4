"""How does OpenAPI say that a route may refuse? With the shape of a problem, once for all routes."""

from typing import Any

from pydantic import BaseModel, Field

from backoffice.api.problems import MEDIA_TYPE


class ProblemShape(BaseModel):
    """A refusal (RFC 9457): `title` is Swedish and English; `violations` where there are any."""

    type: str = Field(examples=["urn:orderflode:not-found"])
    title: str
    status: int
    violations: list[dict[str, Any]] = []

    model_config = {"extra": "allow"}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of these statuses, for a route's `responses`."""
    schema = ProblemShape.model_json_schema()
    return {
        status: {"description": "Nekad (refused)", "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses
    }
