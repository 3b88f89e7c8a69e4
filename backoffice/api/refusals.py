"""Which status has which refusal? Of the product's steps, of the framework, of a database that is away.

What nobody expected is answered by edges/security_headers.py, and told nothing of: an exception's text may quote a row.
Next: problems.py, the form.
"""

from collections.abc import Callable

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException

from backoffice.api.problems import Problem, answer, problem_handler
from backoffice.api.too_large import TITLE as TOO_LARGE
from backoffice.api.wrong_parameters import parameter_violations
from config.database import is_transient
from workflows.cohort import OrderNotFound, StaleVersion
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed
from workflows.permissions import NotPermitted
from workflows.steps.amend import AnotherOrder
from workflows.steps.cancel import ReasonMissing
from workflows.steps.short import ShortTooMuch
from workflows.webhooks.subscribers import NameTaken, UnusableUrl

STATUSES: dict[type[Exception], tuple[int, str]] = {
    NotPermitted: (403, "not-permitted"),
    OrderNotFound: (404, "order-not-found"),
    StaleVersion: (412, "stale-version"),
    ReasonMissing: (422, "reason-missing"),
    PersonalNumberInText: (422, "personal-number-in-text"),
    ShortTooMuch: (422, "short-too-much"),
    AnotherOrder: (422, "another-order"),
    SerialNumberRefused: (422, "serial-number-refused"),
    NameTaken: (409, "name-taken"),
    UnusableUrl: (422, "url-unusable"),
}
"""Refusals whose own sentence is the title."""

_TITLES = {
    400: ("bad-request", "Begäran går inte att läsa (the request cannot be read)"),
    404: ("not-found", "Adressen finns inte (there is no such address)"),
    405: ("method-not-allowed", "Metoden används inte här (the method is not used here)"),
    408: ("too-slow", "Begäran kom för långsamt (the request came too slowly)"),
    413: ("too-large", TOO_LARGE),
    415: ("media-type", "Innehållet ska vara application/json (the content must be application/json)"),
}
"""What the framework refuses before any of our code has seen it."""

UNAVAILABLE = "Databasen svarar inte just nu; försök igen (the database does not answer right now; try again)"


def install_refusals(app: FastAPI) -> None:
    """Answer every refusal, also the framework's own, as a problem."""
    app.add_exception_handler(Problem, problem_handler)
    for kind, (status, name) in STATUSES.items():
        app.add_exception_handler(kind, _with_its_sentence(status, name))
    app.add_exception_handler(StepNotAllowed, _step_not_allowed)
    app.add_exception_handler(SerialNumbersMissing, _serial_numbers_missing)
    app.add_exception_handler(HTTPException, _framework_refused)
    app.add_exception_handler(RequestValidationError, _parameters_refused)
    app.add_exception_handler(psycopg.Error, _database_failed)


def _with_its_sentence(status: int, kind: str) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _, error: answer(Problem(status, kind, str(error)))


def not_allowed(state: str, allowed: tuple[str, ...]) -> Problem:
    """409: the event may not be sent now; says where the order is, and what may be sent."""
    return Problem(
        409, "event-not-allowed", "Händelsen är inte tillåten i orderns läge (the event is not allowed in this state)",
        state=state, allowed_events=list(allowed),
    )  # fmt: skip


def _step_not_allowed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StepNotAllowed)
    return answer(not_allowed(error.state, error.allowed))


def _serial_numbers_missing(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SerialNumbersMissing)
    title = f"{error.units} individnummer saknas för artikel {error.article} (serial numbers are missing)"
    return answer(Problem(422, "serial-numbers-missing", title))


def _framework_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    if status == 405:
        # The router names the methods of the first route of this address alone.
        headers["Allow"] = ", ".join(_methods_of(request))
    kind, title = _TITLES.get(status, ("refused", "Begäran nekas (the request is refused)"))
    return answer(Problem(status, kind, title, headers=headers))


def _methods_of(request: Request) -> list[str]:
    """The methods of the address; one that is written out goes before one with a parameter in its place."""
    path = request.url.path
    matching = [
        route
        for route in iter_route_contexts(request.app.routes)
        if isinstance(route.original_route, APIRoute) and route.path_regex.match(path)
    ]
    address = min((route.path_format for route in matching), key=lambda each: str(each).count("{"), default=path)
    return sorted({method for route in matching if route.path_format == address for method in route.methods or ()})


def _parameters_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    title = "Begäran har fel form (the request has the wrong form)"
    return answer(Problem(422, "malformed-request", title, violations=parameter_violations(error.errors())))


def _database_failed(_: Request, error: Exception) -> JSONResponse:
    """What may pass is worth trying again: a lost connection, a deadlock, a lock that somebody kept for too long."""
    if is_transient(error) or isinstance(error, psycopg.errors.QueryCanceled):
        return answer(Problem(503, "unavailable", UNAVAILABLE, headers={"Retry-After": "1"}))
    raise error
