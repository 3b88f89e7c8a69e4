"""Who may use it? For administrators: accounts, their roles, one-time links and sessions.

An administrator of one kommun sees and makes accounts of that kommun alone. Nobody changes their own account's roles or
disables it: who keeps the keys does not give themselves more. Next: ../managed_accounts.py.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from backoffice.api.declared import problems
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.managed_accounts import changed, ended, invited_again, link_of, made, managed
from backoffice.api.problems import Problem
from backoffice.api.typed_bodies import NAMED_AGAIN, Body, Code, StrictRoute, Words
from backoffice.api.who import Who
from workflows.accounts import Account, NewAccount, events_of, list_accounts
from workflows.master_data import Role
from workflows.one_time_links import LIFE, Purpose
from workflows.permissions import Permission, demand
from workflows.sessions import sessions_of

router = APIRouter(prefix="/api/v1/accounts", tags=["Konton (accounts)"], route_class=StrictRoute)


class NewAccountBody(Body):
    """An account to make. Where it is tied to a person, roles and kommun default to theirs."""

    login: Words = Field(examples=["asa.berg"])
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
def accounts(actor: Who, desk: DeskOf, after: Words = "", limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Accounts:
    """The accounts, by login."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with desk.seen_by(actor) as tx:
        found = list_accounts(tx, after=after, most=limit)
    shown = [AccountShown.model_validate(each) for each in found]
    return Accounts(accounts=shown, next=shown[-1].login if len(shown) == limit else None)


@router.post("", status_code=201, responses=problems(413))
def invite(body: NewAccountBody, request: Request, actor: Who, desk: DeskOf) -> LinkShown:
    """Make an account; its owner chooses a password by the link in the answer."""
    new = NewAccount(
        body.login, body.name, frozenset(body.roles), actor.kommun if body.kommun is None else body.kommun, body.person
    )
    return _link(desk, request, *made(desk, actor, new))


@router.get("/{login}", responses=problems(404))
def account(login: str, actor: Who, desk: DeskOf) -> AccountWhole:
    """One account."""
    return _whole(desk, managed(desk, actor, login))


@router.patch("/{login}", responses=problems(404, 413))
def change(login: str, body: ChangeBody, actor: Who, desk: DeskOf) -> AccountWhole:
    """Other roles, or disabled, which ends its sessions; or enabled again."""
    roles = None if body.roles is None else frozenset(body.roles)
    changed(desk, actor, login, roles=roles, disabled=body.disabled)
    return _whole(desk, managed(desk, actor, login))


@router.post("/{login}/link", status_code=201, responses=problems(404))
def send_link(login: str, request: Request, actor: Who, desk: DeskOf) -> LinkShown:
    """A new one-time link: an invitation until a password is chosen, then one to choose another."""
    return _link(desk, request, *invited_again(desk, actor, login))


@router.delete("/{login}/sessions", responses=problems(404))
def end_all(login: str, actor: Who, desk: DeskOf) -> Ended:
    """End all of the account's sessions."""
    return Ended(ended=ended(desk, actor, login, None))


@router.delete("/{login}/sessions/{session}", responses=problems(404))
def end_one(login: str, session: Annotated[int, Path(ge=1, le=2**63 - 1)], actor: Who, desk: DeskOf) -> Ended:
    """End one of the account's sessions; 404 where there is none of that id."""
    if not ended(desk, actor, login, session):
        raise Problem(404, "not-found", "Det finns ingen sådan session (there is no such session)")
    return Ended(ended=1)


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
        link=link_of(desk, request, purpose, secret),
        valid_for_seconds=int(LIFE[purpose].total_seconds()),
    )
