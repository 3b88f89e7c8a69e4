"""How does a person come in, and go? POST, GET and DELETE /session, another password, and the one-time link.

Every answer that lets somebody in gives a new cookie; the one it came with has ended. Next: workflows/logins.py.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backoffice.api.address import address_of
from backoffice.api.cookies import SESSION, device_of, give_cookies, take_session_back
from backoffice.api.declared import problems
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.problems import Problem
from backoffice.api.typed_bodies import Body, Login, StrictRoute, Words
from backoffice.api.who import Who
from workflows.logins import LoggedIn, change_password, log_in
from workflows.one_time_links import Chosen, use_link
from workflows.passwords import LONGEST
from workflows.permissions import Actor
from workflows.sessions import actor_of_session, log_out

router = APIRouter(prefix="/api/v1", tags=["Session"], route_class=StrictRoute)

Password = Annotated[str, Field(max_length=LONGEST, repr=False, json_schema_extra={"format": "password"})]


class LoginBody(Body):
    """A login and its password."""

    login: str = Field(max_length=200, examples=["asa.berg"])
    password: Password


class PasswordBody(Body):
    """The password so far, and the one from now on."""

    old: Password
    new: Password


class LinkBody(Body):
    """The secret of a one-time link (what stands after `=` in it) and the password chosen.

    `login` and `name` are asked of the first administrator alone.
    """

    secret: str = Field(max_length=100, repr=False)
    password: Password
    login: Login | None = None
    name: Words | None = None


class Me(BaseModel):
    """Who asks, and what they may. `kommun` null is the whole region; `source` is a token's."""

    name: str
    kind: str
    roles: list[str]
    permissions: list[str]
    kommun: str | None
    person: str | None
    units: list[str]
    source: str | None


@router.post("/session", responses=problems(401, 413, 422, 503))
def come_in(body: LoginBody, request: Request, response: Response, desk: DeskOf) -> Me:
    """Log in: sets the cookie. 401 where the login or the password is not right, 429 with `Retry-After` where it was
    guessed too often."""
    logged_in = log_in(desk.database, body.login, body.password, address=address_of(request), device=device_of(request))
    return _let_in(desk, request, response, logged_in)


@router.get("/session")
def who_am_i(actor: Who) -> Me:
    """Who this token or session is, and what it may."""
    return _me(actor)


@router.delete("/session", status_code=204, responses=problems(503))
def go(request: Request, response: Response, desk: DeskOf) -> None:
    """Log out: the session has ended, here and wherever its cookie may have got to."""
    with desk.database.transaction() as tx:
        log_out(tx, request.cookies.get(SESSION, ""))
    take_session_back(response)


@router.put("/session/password", responses=problems(413))
def choose_another_password(body: PasswordBody, request: Request, response: Response, actor: Who, desk: DeskOf) -> Me:
    """Another password. All other sessions of the account end, and this one is renewed."""
    if SESSION not in request.cookies or actor.source is not None:
        raise Problem(403, "no-password", "En token har inget lösenord (a token has no password)")
    logged_in = change_password(
        desk.database, actor.name, body.old, body.new, address=address_of(request), device=device_of(request)
    )
    return _let_in(desk, request, response, logged_in)


@router.post("/link", responses=problems(410, 413, 422, 503))
def use_one_time_link(body: LinkBody, request: Request, response: Response, desk: DeskOf) -> Me:
    """Choose the password that a one-time link is for, and be logged in. 410 where the link is used or too old."""
    logged_in = use_link(
        desk.database,
        body.secret,
        Chosen(body.password, body.login or "", body.name or ""),
        address=address_of(request),
        device=device_of(request),
    )
    return _let_in(desk, request, response, logged_in)


def _let_in(desk: Desk, request: Request, response: Response, logged_in: LoggedIn) -> Me:
    with desk.database.transaction() as tx:
        log_out(tx, request.cookies.get(SESSION, ""))
        actor = actor_of_session(tx, logged_in.session)
    if actor is None:  # disabled in this very moment
        raise Problem(401, "not-authenticated", "Kontot är stängt (the account is disabled)")
    give_cookies(response, logged_in)
    return _me(actor)


def _me(actor: Actor) -> Me:
    return Me(
        name=actor.name,
        kind="account" if actor.source is None else "token",
        roles=sorted(actor.roles),
        permissions=sorted(actor.permissions),
        kommun=actor.kommun,
        person=actor.person,
        units=sorted(actor.units),
        source=actor.source,
    )
