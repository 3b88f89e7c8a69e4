"""What do integrations show? For administrators: tokens, whose secret is told once. Next: ../managed_tokens.py."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backoffice.api.declared import problems
from backoffice.api.desk import DeskOf
from backoffice.api.managed_tokens import NewToken, issued, revoked
from backoffice.api.typed_bodies import NAMED_AGAIN, Body, Code, StrictRoute, Words
from backoffice.api.who import Who
from workflows.permissions import Permission, demand
from workflows.tokens import DEFAULT_LIFE, list_tokens

router = APIRouter(prefix="/api/v1/tokens", tags=["Tokens"], route_class=StrictRoute)


class NewTokenBody(Body):
    """A token to make. Its scopes are names of permissions; `expires_at` is a year from now unless told otherwise."""

    name: Code = Field(examples=["beslutsstod"])
    source: Code = Field(examples=["beslutsstod"])
    scopes: Annotated[set[Permission], NAMED_AGAIN] = Field(examples=[["order.create.bestallning", "order.read"]])
    kommun: Words | None = None
    expires_at: AwareDatetime | None = None


class TokenShown(BaseModel):
    """A token, without its secret. `kommun` null is the whole region."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    source: str
    scopes: list[str]
    kommun: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


class Tokens(BaseModel):
    """All tokens, by name."""

    tokens: list[TokenShown]


class Secret(BaseModel):
    """The token itself, told once: send it as `Authorization: Bearer …`."""

    name: str
    token: str
    expires_at: datetime


@router.get("")
def tokens(actor: Who, desk: DeskOf) -> Tokens:
    """The tokens, those that no longer hold too."""
    demand(actor, Permission.MANAGE_TOKENS)
    with desk.seen_by(actor) as tx:
        return Tokens(tokens=[TokenShown.model_validate(each) for each in list_tokens(tx)])


@router.post("", status_code=201, responses=problems(409, 413))
def create(body: NewTokenBody, actor: Who, desk: DeskOf) -> Secret:
    """Make a token."""
    expires_at = body.expires_at or datetime.now(UTC) + DEFAULT_LIFE
    new = NewToken(body.name, body.source, frozenset(body.scopes), body.kommun, expires_at)
    secret = issued(desk, actor, new)
    return Secret(name=body.name, token=secret, expires_at=expires_at)


@router.delete("/{name}", status_code=204, responses=problems(404))
def revoke(name: str, actor: Who, desk: DeskOf) -> None:
    """End a token; 404 where there is none of that name that still holds."""
    revoked(desk, actor, name)
