"""Commands for the tokens of integrations: create, list, revoke. Next: workflows/tokens.py."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import fail, print_json, print_table, print_text, refusals_told, say
from workflows.permissions import Permission
from workflows.tokens import (
    DEFAULT_LIFE,
    LONGEST_LIFE,
    OF_PEOPLE,
    Token,
    TokenRefused,
    issue_token,
    list_tokens,
    revoke_token,
    see_that_there_is,
)

token_app = typer.Typer(help="Tokens: vad integrationer visar (tokens: what integrations show).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Namn: a–z, 0–9 och ._- (name)")]
Json = Annotated[bool, typer.Option("--json")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(token_app, name="token")


@token_app.command("create")
def create(
    name: Name,
    scope: Annotated[list[Permission], typer.Option("--scope", help="Behörighet; kan upprepas (permission)")],
    source: Annotated[str | None, typer.Option(help="Ordrarnas källa; annars namnet (source of its orders)")] = None,
    kommun: Annotated[str | None, typer.Option(help="Vars ordrar den ser; annars alla (whose orders it sees)")] = None,
    days: Annotated[
        int, typer.Option(min=1, max=LONGEST_LIFE.days, help="Dagar den gäller (days it holds)")
    ] = DEFAULT_LIFE.days,
    as_json: Json = False,
) -> None:
    """Skapa en token; hemligheten visas en gång (create a token; its secret is shown once)."""
    expires_at = datetime.now(UTC) + timedelta(days=days)
    with opened() as environment, refusals_told(TokenRefused), environment.database.transaction() as tx:
        own = environment.actor.kommun
        kommun = own if kommun is None else kommun
        if own not in (None, kommun):
            fail("Token skulle se en annan kommun (the token would see another kommun)")
        _see_that_it_is_for_tokens(environment, scope)
        see_that_there_is(tx, kommun)
        secret = issue_token(
            tx,
            name,
            source=source or name,
            scopes=frozenset(scope),
            kommun=kommun,
            expires_at=expires_at,
            by=environment.who,
        )
    if as_json:
        print_json({"name": name, "token": secret, "source": source or name, "scopes": sorted(scope),
                    "kommun": kommun, "expires_at": expires_at})  # fmt: skip
    else:
        print_text(secret)
        say("Spara den nu: den kan inte visas igen (keep it now: it cannot be shown again)")


@token_app.command("list")
def show_all(as_json: Json = False) -> None:
    """Visa alla tokens (list the tokens)."""
    with opened() as environment, environment.seen() as tx:
        tokens = list_tokens(tx)
    if as_json:
        print_json([asdict(each) for each in tokens])
    else:
        print_table(
            ("namn", "källa", "behörigheter", "kommun", "senast använd", "gäller till", "läge"),
            ((each.name, each.source, each.scopes, each.kommun or "alla (all)", each.last_used_at, each.expires_at,
              _state(each)) for each in tokens),
        )  # fmt: skip


@token_app.command("revoke")
def revoke(name: Name, as_json: Json = False) -> None:
    """Återkalla en token (revoke a token)."""
    with opened() as environment:
        with environment.seen() as tx:
            is_seen = any(each.name == name for each in list_tokens(tx))
        with environment.database.transaction() as tx:
            is_revoked = is_seen and revoke_token(tx, name, by=environment.who)
        if not is_revoked:
            fail("Det finns ingen sådan token som gäller (there is no such token that holds)")
    if as_json:
        print_json({"name": name, "revoked": True})
    else:
        print_text(f"{name} gäller inte längre (no longer holds)")


def _see_that_it_is_for_tokens(environment: Environment, scopes: list[Permission]) -> None:
    """As by HTTP; the operator of the machine answers for what they give."""
    withheld = OF_PEOPLE.intersection(scopes)
    if withheld and not environment.actor.may(Permission.OPERATE):
        fail(f"Får inte ges till en token: {', '.join(sorted(withheld))} (not for a token)")


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return "återkallad (revoked)"
    return "gäller (holds)" if token.expires_at > datetime.now(UTC) else "utgången (expired)"
