"""Which accounts may an administrator manage, and what may they not? Asked by the API and by the pages alike.

An administrator of one kommun manages accounts of that kommun alone; nobody gives their own account more, or closes it.
Next: workflows/accounts.py.
"""

from fastapi import Request

from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from workflows.accounts import Account, NewAccount, add_account, disable, enable, find_account, set_roles
from workflows.master_data import Role
from workflows.one_time_links import Purpose, address_of, invite_again, issue_link
from workflows.permissions import Actor, Permission, demand
from workflows.sessions import end_sessions


def managed(desk: Desk, actor: Actor, login: str) -> Account:
    """The account, if the actor may manage it; another kommun's is not there. Raises AccountNotFound, NotPermitted."""
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with desk.seen_by(actor) as tx:
        return find_account(tx, login)


def made(desk: Desk, actor: Actor, new: NewAccount) -> tuple[Account, Purpose, str]:
    """A new account with the secret of the link by which its owner chooses a password.

    Raises AccountRefused, NotPermitted, Problem 403 for another kommun's.
    """
    demand(actor, Permission.MANAGE_ACCOUNTS)
    with desk.database.transaction() as tx:
        account = add_account(tx, new, by=actor.name)
        if actor.kommun is not None and account.kommun != actor.kommun:
            raise Problem(403, "other-kommun", "Kontot hör till en annan kommun (the account is another kommun's)")
        return account, Purpose.INVITE, issue_link(tx, account.id, Purpose.INVITE, by=actor.name)


def changed(
    desk: Desk, actor: Actor, login: str, *, roles: frozenset[Role] | None = None, disabled: bool | None = None
) -> None:
    """Other roles, or disabled, or enabled again; None stays. Raises AccountNotFound, AccountRefused, NotPermitted,
    Problem 403 for the actor's own."""
    account = managed(desk, actor, login)
    if account.login == actor.name:
        raise Problem(
            403, "own-account", "Ditt eget konto ändrar en annan administratör (another administrator changes yours)"
        )
    with desk.database.transaction() as tx:
        if roles is not None:
            set_roles(tx, account, roles, by=actor.name)
        if disabled is not None and disabled != (account.disabled_at is not None):
            (disable if disabled else enable)(tx, account, by=actor.name)


def invited_again(desk: Desk, actor: Actor, login: str) -> tuple[Account, Purpose, str]:
    """A new link for the account, which ends the one before. Raises AccountNotFound, AccountRefused, NotPermitted."""
    account = managed(desk, actor, login)
    with desk.database.transaction() as tx:
        return account, *invite_again(tx, account, by=actor.name)


def ended(desk: Desk, actor: Actor, login: str, only: int | None) -> int:
    """How many of the account's sessions ended, or whether `only` that one did.

    Raises AccountNotFound, NotPermitted.
    """
    account = managed(desk, actor, login)
    with desk.database.transaction() as tx:
        return end_sessions(tx, account.id, only=only, by=actor.name)


def link_of(desk: Desk, request: Request, purpose: Purpose, secret: str) -> str:
    """The one-time link as its owner opens it."""
    return address_of(desk.settings.public_url or str(request.base_url), purpose, secret)
