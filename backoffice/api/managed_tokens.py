"""Which tokens may an administrator make and end? Asked by the API and by the pages alike.

Next: workflows/tokens.py.
"""

from dataclasses import dataclass
from datetime import datetime

from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from workflows.permissions import Actor, Permission, demand
from workflows.tokens import OF_PEOPLE, issue_token, list_tokens, revoke_token, see_that_there_is


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to make. `kommun` None is the actor's own, the whole region for who works for that."""

    name: str
    source: str
    scopes: frozenset[Permission]
    kommun: str | None
    expires_at: datetime


def issued(desk: Desk, actor: Actor, new: NewToken) -> str:
    """The new token's secret. Raises NotPermitted, TokenRefused, and Problem 403 for what nobody hands on."""
    demand(actor, Permission.MANAGE_TOKENS)
    kommun = actor.kommun if new.kommun is None else new.kommun
    if actor.kommun not in (None, kommun):
        raise Problem(403, "other-kommun", "Token skulle se en annan kommun (the token would see another kommun)")
    if withheld := new.scopes & OF_PEOPLE:
        raise Problem(
            403, "not-for-tokens", f"Får inte ges till en token: {', '.join(sorted(withheld))} (not for a token)"
        )
    with desk.database.transaction() as tx:
        see_that_there_is(tx, kommun)
        return issue_token(
            tx, new.name, source=new.source, scopes=new.scopes, kommun=kommun, expires_at=new.expires_at, by=actor.name
        )


def revoked(desk: Desk, actor: Actor, name: str) -> None:
    """End a token. Raises NotPermitted, and Problem 404 where there is none of that name that still holds."""
    demand(actor, Permission.MANAGE_TOKENS)
    with desk.seen_by(actor) as tx:
        is_seen = any(each.name == name and each.revoked_at is None for each in list_tokens(tx))
    if is_seen:
        with desk.database.transaction() as tx:
            is_seen = revoke_token(tx, name, by=actor.name)
    if not is_seen:
        raise Problem(404, "not-found", "Det finns ingen sådan token (there is no such token)")
