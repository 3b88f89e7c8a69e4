"""Commands for accounts: add, list, show, disable, enable, roles, invite, sessions, end-sessions.

Somebody of a kommun sees and makes that kommun's accounts alone, and nobody changes their own, as by HTTP; the operator
of the machine changes all. No command asks for anybody's password: an account's owner chooses it by a one-time link.
Next: workflows/accounts.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.first_link import ON_THIS_MACHINE, tell_of_the_first_link
from backoffice.cli.output import fail, print_json, print_table, print_text, refusals_told
from config.database import Connection
from workflows.accounts import (
    Account,
    AccountNotFound,
    AccountRefused,
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
from workflows.permissions import Permission
from workflows.sessions import end_sessions, sessions_of

account_app = typer.Typer(help="Konton: vilka som får logga in (accounts: who may log in).", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Inloggningsnamn (login)")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="Roll; kan upprepas (role; repeatable)")]
Json = Annotated[bool, typer.Option("--json")]

_EVENTS = {
    "created": "skapat", "invited": "länk", "password": "lösenord valt", "roles": "roller", "disabled": "stängt",
    "enabled": "öppnat", "sessions_ended": "sessioner avslutade", "login": "inloggning",
    "login_failed": "misslyckad inloggning", "logout": "utloggning",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(account_app, name="account")


@account_app.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Namn (name)")],
    role: Roles = None,
    kommun: Annotated[str | None, typer.Option(help="Vars lager och ordrar det ser (whose it sees)")] = None,
    person: Annotated[str | None, typer.Option(help="Person i grunddata, som ger roller och kommun (person)")] = None,
    as_json: Json = False,
) -> None:
    """Lägg upp ett konto; ägaren väljer lösenord med länken (add an account; its owner chooses a password)."""
    with opened() as environment, refusals_told(AccountRefused), environment.database.transaction() as tx:
        own = environment.actor.kommun
        new = NewAccount(login, name, frozenset(role or ()), own if kommun is None else kommun, person)
        account = add_account(tx, new, by=environment.who)
        if own not in (None, account.kommun):
            fail("Kontot hör till en annan kommun (the account is another kommun's)")
        secret = issue_link(tx, account.id, Purpose.INVITE, by=environment.who)
    _print_link(environment, account, Purpose.INVITE, secret, as_json=as_json)


@account_app.command("list")
def show_all(as_json: Json = False) -> None:
    """Visa alla konton (list the accounts)."""
    with _opened() as environment, environment.seen() as tx:
        accounts = list_accounts(tx)
    if as_json:
        print_json([_as_json(each) for each in accounts])
    else:
        print_table(
            ("login", "namn", "roller", "kommun", "person", "läge"),
            ((each.login, each.name, each.roles, each.kommun or "alla (all)", each.person, _state(each))
             for each in accounts),
        )  # fmt: skip


@account_app.command("show")
def show(login: Login, as_json: Json = False) -> None:
    """Visa ett konto, och vad som hänt det (show an account, and what happened to it)."""
    with _opened() as environment, _named(environment, login) as (tx, account):
        events, sessions = events_of(tx, account.id), sessions_of(tx, account.id)
    if as_json:
        print_json({**_as_json(account), "sessions": [asdict(each) for each in sessions], "events": events})
        return
    print_text(f"{account.login}: {account.name}, {_state(account)}")
    print_text(f"roller (roles): {', '.join(account.roles)}; kommun: {account.kommun or 'alla (all)'}")
    print_text(f"person: {account.person or '–'}; sessioner (sessions): {len(sessions)}")
    print_table(
        ("tid", "händelse", "av", "mer"),
        ((each["at"], _EVENTS[each["event"]], each["by_whom"], each["detail"]) for each in events),
    )


@account_app.command("disable")
def close(login: Login, as_json: Json = False) -> None:
    """Stäng ett konto; den som är inne är ute (disable an account; whoever is in is out)."""
    with _changing(login, as_json=as_json) as (tx, account, who):
        disable(tx, account, by=who)


@account_app.command("enable")
def reopen(login: Login, as_json: Json = False) -> None:
    """Öppna ett stängt konto (enable a disabled account)."""
    with _changing(login, as_json=as_json) as (tx, account, who):
        enable(tx, account, by=who)


@account_app.command("roles")
def change_roles(
    login: Login, roles: Annotated[list[Role], typer.Argument(help="Alla roller det ska ha (all roles)")],
    as_json: Json = False,
) -> None:  # fmt: skip
    """Ge ett konto andra roller (give an account other roles)."""
    with _changing(login, as_json=as_json) as (tx, account, who):
        set_roles(tx, account, frozenset(roles), by=who)


@account_app.command("invite")
def invite(login: Login, as_json: Json = False) -> None:
    """Ge en ny engångslänk: att välja lösenord, eller ett annat (a one-time link to choose a password)."""
    with _opened() as environment, _named(environment, login) as (tx, account):
        purpose, secret = invite_again(tx, account, by=environment.who)
    _print_link(environment, account, purpose, secret, as_json=as_json)


@account_app.command("sessions")
def sessions(login: Login, as_json: Json = False) -> None:
    """Visa kontots sessioner (list the account's sessions)."""
    with _opened() as environment, _named(environment, login) as (tx, account):
        found = sessions_of(tx, account.id)
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        print_table(
            ("id", "inloggad", "senast sedd", "slutar senast"),
            ((each.id, each.created_at, each.last_seen_at, each.expires_at) for each in found),
        )


@account_app.command("end-sessions")
def end(
    login: Login,
    session: Annotated[int | None, typer.Option(help="Bara den (that one alone)", min=1, max=2**63 - 1)] = None,
    as_json: Json = False,
) -> None:
    """Avsluta kontots sessioner (end the account's sessions). With --session: exit 1 where there is none of that id."""
    with _opened() as environment, _named(environment, login) as (tx, account):
        ended = end_sessions(tx, account.id, only=session, by=environment.who)
    if session is not None and not ended:
        fail("Det finns ingen sådan session (there is no such session)")
    if as_json:
        print_json({"ended": ended})
    else:
        print_text(f"{ended} sessioner avslutade (sessions ended)")


@contextmanager
def _opened() -> Iterator[Environment]:
    """The environment; who asks about accounts before there is one is told how to become the first."""
    with opened() as environment:
        tell_of_the_first_link(environment)
        yield environment


@contextmanager
def _named(environment: Environment, login: str) -> Iterator[tuple[Connection, Account]]:
    """A transaction with the account in it, which is found among those that the actor sees; a refusal is told."""
    with refusals_told(AccountNotFound, AccountRefused):
        with environment.seen() as tx:
            account = find_account(tx, login)
        with environment.database.transaction() as tx:
            yield tx, account


@contextmanager
def _changing(login: str, *, as_json: bool) -> Iterator[tuple[Connection, Account, str]]:
    """The same for a change, with who makes it; the account is shown as it is afterwards."""
    with _opened() as environment, _named(environment, login) as (tx, account):
        if account.login == environment.who and not environment.actor.may(Permission.OPERATE):
            fail("Ditt eget konto ändrar en annan administratör (another administrator changes yours)")
        yield tx, account, environment.who
        changed = find_account(tx, login)
    if as_json:
        print_json(_as_json(changed))
    else:
        print_text(f"{changed.login}: {', '.join(changed.roles)}, {_state(changed)}")


def _as_json(account: Account) -> dict[str, Any]:
    return {name: value for name, value in asdict(account).items() if name != "id"}


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return "stängt (disabled)"
    return "öppet (enabled)" if account.has_password or account.issuer else "inbjudet (invited)"


def _print_link(environment: Environment, account: Account, purpose: Purpose, secret: str, *, as_json: bool) -> None:
    link = address_of(environment.settings.public_url or ON_THIS_MACHINE, purpose, secret)
    hours = LIFE[purpose].total_seconds() / 3600
    if as_json:
        print_json({"login": account.login, "purpose": purpose, "link": link, "valid_for_hours": hours})
    else:
        print_text(link)
        print_text(f"{account.login} väljer lösenord med länken, en gång, inom {hours:.0f} h (once)")
