"""Which status has each refusal of accounts, sessions, links and tokens? Next: problems.py, their form."""

import math

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from backoffice.api.problems import Problem, answer
from workflows.accounts import AccountNotFound, AccountRefused
from workflows.logins import LoginRefused, SlowDown
from workflows.one_time_links import LinkRefused
from workflows.passwords import PasswordRefused
from workflows.tokens import TokenNameTaken, TokenRefused

ANSWERS: dict[type[Exception], tuple[int, str]] = {
    AccountNotFound: (404, "not-found"),
    AccountRefused: (422, "account-refused"),
    LinkRefused: (410, "link-refused"),
    LoginRefused: (401, "login-refused"),
    PasswordRefused: (422, "password-refused"),
    SlowDown: (429, "slow-down"),
    TokenNameTaken: (409, "token-name-taken"),
    TokenRefused: (422, "token-refused"),
}


def answer_refusals(app: FastAPI) -> None:
    """Let the application answer each of them as a problem."""
    for kind in ANSWERS:
        app.add_exception_handler(kind, _answered)


async def _answered(_: Request, refusal: Exception) -> JSONResponse:
    status, kind = ANSWERS[type(refusal)]
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, SlowDown):
        headers["Retry-After"] = str(math.ceil(refusal.wait.total_seconds()))
    return answer(Problem(status, kind, str(refusal), headers=headers))
