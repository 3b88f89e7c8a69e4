"""Logga in, and out: how does a person come in by a page? As by POST /api/v1/session. Next: workflows/logins.py."""

import math
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backoffice.api.address import address_of
from backoffice.api.cookies import SESSION, device_of, give_cookies, take_session_back
from backoffice.api.desk import Desk, DeskOf
from backoffice.pages.forms import Form
from backoffice.pages.page_route import LOGIN, PageRoute
from backoffice.pages.showing import Language, going_to, html
from workflows.logins import LoginRefused, SlowDown, log_in
from workflows.passwords import LONGEST
from workflows.sessions import log_out

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get(LOGIN)
def ask(
    desk: DeskOf,
    sedan: Annotated[str, Query(max_length=2_000)] = "/",
    sprak: Annotated[Language, Query()] = "sv",
) -> Response:
    """The login page; `sedan` is where they were going."""
    return _page(desk, sprak, there=_ours(sedan))


@router.post(LOGIN)
def come_in(request: Request, desk: DeskOf, form: Form) -> Response:
    """Log in, and go where they were going. What is refused is told on the page, with the login still there."""
    there, login = _ours(form.text("sedan", 2_000)), form.text("login")
    language: Language = "en" if form.text("sprak") == "en" else "sv"
    password = form.get("password", [""])[0][:LONGEST]
    try:
        logged_in = log_in(desk.database, login, password, address=address_of(request), device=device_of(request))
    except (LoginRefused, SlowDown) as refusal:
        page = _page(
            desk, language, 429 if isinstance(refusal, SlowDown) else 401,
            there=there, login=login, refused=str(refusal),
        )  # fmt: skip
        if isinstance(refusal, SlowDown):
            page.headers["Retry-After"] = str(math.ceil(refusal.wait.total_seconds()))
        return page
    with desk.database.transaction() as tx:
        log_out(tx, request.cookies.get(SESSION, ""))
    answer = going_to(there)
    give_cookies(answer, logged_in)
    return answer


@router.post("/logga-ut")
def go(request: Request, desk: DeskOf) -> Response:
    """Log out: the session has ended."""
    with desk.database.transaction() as tx:
        log_out(tx, request.cookies.get(SESSION, ""))
    answer = going_to(LOGIN)
    take_session_back(answer)
    return answer


def _page(
    desk: Desk, language: Language, status: int = 200, *, there: str, login: str = "", refused: str = ""
) -> Response:
    return html(
        "login.html", language, status,
        visit=None, said="", there=there, login=login, refused=refused, elsewhere=desk.settings.oidc is not None,
    )  # fmt: skip


def _ours(address: str) -> str:
    """A path of ours: whoever sends somebody a link to the login does not choose another site for afterwards."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else "/"
