"""How does the API say no? As RFC 9457 problems in Swedish and English, with every violation; never with a value.

Every refusal of the product is an exception whose docstring or message is `Svenska (english)`. Next: refusals.py,
which says what status each one has; app.py, which installs both.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal with its status. `title` is `Svenska (english)`; `more` are members of the problem besides."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        *,
        violations: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.body: dict[str, Any] = {"type": f"urn:orderflode:{kind}", "title": title, "status": status, **more}
        if violations:
            self.body["violations"] = list(violations)
        self.headers = dict(headers or {})


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(
        problem.body,
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


async def problem_handler(_: Request, error: Exception) -> JSONResponse:
    """Answer with a Problem that a route raised."""
    assert isinstance(error, Problem)
    return answer(error)
