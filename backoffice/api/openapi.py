"""What does /api/v1/openapi.json say? What FastAPI found, with bodies, problems and tokens that it does not know of.

Next: documentation.py, the page that shows it.
"""

from collections.abc import Iterator
from typing import Any, Literal, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from backoffice.api.cookies import SESSION
from backoffice.api.declared import AT_THE_EDGES, EVERYWHERE, MODELS_OF_BODIES, SCHEMAS, problems
from backoffice.api.order_answers import ProblemShown
from backoffice.api.who import Who

TITLE = "Orderflöde"
DESCRIPTION = (
    "Ordrar av hjälpmedel, från mottagen till levererad. Varje anrop visar en token: `Authorization: Bearer ofl_…`; "
    "vad den får göra, för vilken kommun och som vilken källa bestäms när den skapas. Våra egna sidor visar i stället "
    "sessionens kaka. "
    "(Orders of assistive devices, from received to delivered. Every call shows a token, which decides what may be "
    "done, for which kommun, and as which source. Our own pages show the session's cookie instead.)"
)
_WAYS_IN = {
    "token": {"type": "http", "scheme": "bearer", "description": "`orderflode token create`"},
    "session": {
        "type": "apiKey", "in": "cookie", "name": SESSION,
        "description": "Ges av POST /api/v1/session. Det som ändrar något skickas från samma ursprung (`Origin`), "
        "annars 403; visas en token också gäller den (given by POST /api/v1/session; what changes something is sent "
        "from the same origin, or it is 403; a token that is shown too goes before)",
    },
}  # fmt: skip


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` tell the whole, made at its first use."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        told = get_openapi(title=TITLE, version="1", description=DESCRIPTION, routes=app.routes)
        components = told.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas |= _schemas(*MODELS_OF_BODIES, ProblemShown)
        components.setdefault("securitySchemes", {}).update(_WAYS_IN)
        for operation, for_somebody in _operations(app, told):
            _declare(operation, *AT_THE_EDGES, *((408,) if "requestBody" in operation else ()))
            if for_somebody:
                operation["security"] = [{name: []} for name in _WAYS_IN]
                _declare(operation, *EVERYWHERE)
            elif "422" in operation["responses"]:
                _declare(operation, 422)
        app.openapi_schema = told
    return app.openapi_schema


def _declare(operation: dict[str, Any], *statuses: int) -> None:
    declared = operation["responses"]
    for status, problem in problems(*statuses).items():
        if _is_frameworks(declared.get(str(status))):
            declared[str(status)] = problem


def _schemas(*models: type[BaseModel]) -> dict[str, Any]:
    how: Literal["validation"] = "validation"
    _, defined = models_json_schema([(model, how) for model in models], ref_template=SCHEMAS + "{model}")
    schemas: dict[str, Any] = defined["$defs"]
    return schemas


def _operations(app: FastAPI, told: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each operation, and whether its route asks who it is."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield told["paths"][route.path_format][method.lower()], _asks_who(route.dependant)


_FIND_ACTOR = get_args(Who)[1].dependency


def _asks_who(dependant: Dependant) -> bool:
    return dependant.call is _FIND_ACTOR or any(_asks_who(each) for each in dependant.dependencies)


def _is_frameworks(declared: dict[str, Any] | None) -> bool:
    """Whether nothing was declared, or by FastAPI its own form of a refusal, which we never answer with."""
    if declared is None:
        return True
    schema = declared.get("content", {}).get("application/json", {}).get("schema", {})
    return bool(schema.get("$ref", "").endswith("HTTPValidationError"))
