"""Who may use it? For administrators: accounts, their roles, one-time links and sessions.

An administrator of one kommun sees and makes accounts of that kommun alone. Nobody changes their own account's roles or
disables it: who keeps the keys does not give themselves more. Next: workflows/accounts.py.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from backoffice.api.declared import problems
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.problems import Problem
from backoffice.api.texts import InPath, in_query
from backoffice.api.typed_bodies import NAMED_AGAIN, Body, Code, Login, StrictRoute, Words
from backoffice.api.who import Who
from workflows.accounts import (
    Account,
    NewAccount,
    add_account,
    disable,
    enable,
    events_of,
    find_account,
    list_accounts,
    set_roles,
)
from workflows.master_data import Role
from workflows.one_time_links import LIFE, Purpose, address_of, invite_again, issue_link
from workflows.permissions import Actor, Permission, demand
from workflows.sessions import end_sessions, sessions_of

router = APIRouter(prefix="/api/v1/accounts", tags=["Konton (accounts)"], route_class=StrictRoute)


class NewAccountBody(Body):
    """An account to make. Where it is tied to a person, roles and kommun default to theirs."""

    login: Login = Field(examples=["asa.berg"])
    name: Words
    roles: Annotated[set[Role], NAMED_AGAIN] = Field(default_factory=set)
    kommun: Words | None = None
    person: Code | None = None


class ChangeBody(Body):
    """What is to be otherwise; what is left out stays."""

    roles: Annotated[set[Role], NAMED_AGAIN] | None = Field(None, min_length=1)
    disabled: bool | None = None


class AccountShown(BaseModel):
    """An account. `kommun` null is the whole region; `disabled_at` null: it may be used."""

    model_config = ConfigDict(from_attributes=True)

    login: str
    name: str
    person: str | None
    roles: list[str]
    kommun: str | None
    has_password: bool
    issuer: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


class Accounts(BaseModel):
    """A page of accounts, by login; `next` is the `after` of the next page."""

    accounts: list[AccountShown]
    next: str | None


class SessionShown(BaseModel):
    """A login that still holds."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class Event(BaseModel):
    """Something that happened to the account."""

    at: datetime
    event: str
    by_whom: str
    detail: str | None


class AccountWhole(AccountShown):
    """An account with its sessions and what happened to it lately, newest first."""

    sessions: list[SessionShown]
    events: list[Event]


class LinkShown(BaseModel):
    """A one-time link, told once: give it to the account's owner by a way that you trust."""

    login: str
    purpose: str
    link: str
    valid_for_seconds: int


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int


@router.get("")
def accounts(
    actor: Who,
    desk: DeskOf,
    after: Annotated[str, in_query(200, "`next` från sidan före (of the page before)")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Accounts:
    """The accounts, by login."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with desk.seen_by(actor) as tx:
        found = list_accounts(tx, after=after, most=limit)
    shown = [AccountShown.model_validate(each) for each in found]
    return Accounts(accounts=shown, next=shown[-1].login if len(shown) == limit else None)


@router.post("", status_code=201, responses=problems(413))
def invite(body: NewAccountBody, request: Request, actor: Who, desk: DeskOf) -> LinkShown:
    """Make an account; its owner chooses a password by the link in the answer."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    new = NewAccount(
        body.login, body.name, frozenset(body.roles), actor.kommun if body.kommun is None else body.kommun, body.person
    )
    with desk.database.transaction() as tx:
        account = add_account(tx, new, by=actor.name)
        if actor.kommun is not None and account.kommun != actor.kommun:
            raise Problem(403, "other-kommun", "Kontot hör till en annan kommun (the account is another kommun's)")
        secret = issue_link(tx, account.id, Purpose.INVITE, by=actor.name)
    return _link(desk, request, account, Purpose.INVITE, secret)


@router.get("/{login}", responses=problems(404))
def account(login: InPath, actor: Who, desk: DeskOf) -> AccountWhole:
    """One account."""
    return _whole(desk, _seen(desk, actor, login))


@router.patch("/{login}", responses=problems(404, 413))
def change(login: InPath, body: ChangeBody, actor: Who, desk: DeskOf) -> AccountWhole:
    """Other roles, or disabled, which ends its sessions; or enabled again."""
    seen = _others(actor, _seen(desk, actor, login))
    with desk.database.transaction() as tx:
        if body.roles is not None:
            set_roles(tx, seen, frozenset(body.roles), by=actor.name)
        if body.disabled is not None and body.disabled != (seen.disabled_at is not None):
            (disable if body.disabled else enable)(tx, seen, by=actor.name)
    return _whole(desk, _seen(desk, actor, login))


@router.post("/{login}/link", status_code=201, responses=problems(404))
def send_link(login: InPath, request: Request, actor: Who, desk: DeskOf) -> LinkShown:
    """A new one-time link: an invitation until a password is chosen, then one to choose another."""
    seen = _seen(desk, actor, login)
    with desk.database.transaction() as tx:
        purpose, secret = invite_again(tx, seen, by=actor.name)
    return _link(desk, request, seen, purpose, secret)


@router.delete("/{login}/sessions", responses=problems(404))
def end_all(login: InPath, actor: Who, desk: DeskOf) -> Ended:
    """End all of the account's sessions."""
    return _end(desk, actor, login, None)


@router.delete("/{login}/sessions/{session}", responses=problems(404))
def end_one(login: InPath, session: Annotated[int, Path(ge=1, le=2**63 - 1)], actor: Who, desk: DeskOf) -> Ended:
    """End one of the account's sessions; 404 where there is none of that id."""
    ended = _end(desk, actor, login, session)
    if not ended.ended:
        raise Problem(404, "not-found", "Det finns ingen sådan session (there is no such session)")
    return ended


def _end(desk: Desk, actor: Actor, login: str, only: int | None) -> Ended:
    seen = _seen(desk, actor, login)
    with desk.database.transaction() as tx:
        return Ended(ended=end_sessions(tx, seen.id, only=only, by=actor.name))


def _seen(desk: Desk, actor: Actor, login: str) -> Account:
    """The account, if the actor may manage it; another kommun's is not there."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with desk.seen_by(actor) as tx:
        return find_account(tx, login)


def _others(actor: Actor, account: Account) -> Account:
    if account.login == actor.name:
        raise Problem(
            403, "own-account", "Ditt eget konto ändrar en annan administratör (another administrator changes yours)"
        )
    return account


def _whole(desk: Desk, account: Account) -> AccountWhole:
    with desk.database.transaction() as tx:
        more: dict[str, Any] = {
            "sessions": [SessionShown.model_validate(each) for each in sessions_of(tx, account.id)],
            "events": events_of(tx, account.id),
        }
    return AccountWhole.model_validate({**AccountShown.model_validate(account).model_dump(), **more})


def _link(desk: Desk, request: Request, account: Account, purpose: Purpose, secret: str) -> LinkShown:
    return LinkShown(
        login=account.login,
        purpose=purpose,
        link=address_of(desk.settings.public_url or str(request.base_url), purpose, secret),
        valid_for_seconds=int(LIFE[purpose].total_seconds()),
    )
