"""How does somebody choose their first password? By a link that is used once: nobody else ever knows one for them.

The first administrator's link makes the account too; it is printed where nobody can log in yet, since there is no
default password. Only a link's hash is kept. Next: logins.py, which lets them in.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from config.database import Connection, Database
from workflows.accounts import Account, AccountRefused, NewAccount, add_account, is_without_accounts
from workflows.logins import LoggedIn, let_in, note_event, set_password, written_login
from workflows.master_data import Role
from workflows.passwords import new_hash
from workflows.tokens import digest_of


class Purpose(StrEnum):
    """What a link is for."""

    FIRST = "first"
    INVITE = "invite"
    RESET = "reset"


LIFE = {Purpose.FIRST: timedelta(hours=1), Purpose.INVITE: timedelta(hours=72), Purpose.RESET: timedelta(hours=1)}
"""For how long each is good."""


class LinkRefused(Exception):
    """Länken gäller inte längre: be om en ny (the link is no longer valid: ask for a new one)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What its holder fills in; login and name are the first administrator's alone."""

    password: str = field(repr=False)
    login: str = ""
    name: str = ""


def issue_link(tx: Connection, account: int | None, purpose: Purpose, by: str) -> str:
    """A new link for the account (None for the first administrator), the earlier ones end; returns its secret."""
    secret = secrets.token_urlsafe(32)
    tx.execute(
        "UPDATE one_time_link SET ended_at = clock_timestamp() WHERE account IS NOT DISTINCT FROM %s "
        "AND ended_at IS NULL",
        (account,),
    )
    tx.execute(
        "INSERT INTO one_time_link (token_hash, purpose, account, created_by, expires_at) "
        "VALUES (%s, %s, %s, %s, clock_timestamp() + %s)",
        (digest_of(secret), purpose, account, by, LIFE[purpose]),
    )
    if account is not None:
        note_event(tx, account, "invited", by, purpose)
    return secret


def invite_again(tx: Connection, account: Account, by: str) -> tuple[Purpose, str]:
    """An invitation until a password is chosen, then a link to choose another: its purpose and its secret.

    Raises AccountRefused for who is not to come in, or not by a password.
    """
    if account.disabled_at is not None:
        raise AccountRefused("Kontot är stängt (the account is disabled)")
    if account.issuer is not None:
        raise AccountRefused("Kontot loggar in hos en annan tjänst (the account logs in elsewhere)")
    purpose = Purpose.RESET if account.has_password else Purpose.INVITE
    return purpose, issue_link(tx, account.id, purpose, by)


def address_of(base: str, purpose: Purpose, secret: str) -> str:
    """The link as a person opens it. The secret stands behind #, which browsers send to no server and no log."""
    return f"{base.rstrip('/')}/link#{purpose}={secret}"


def use_link(database: Database, secret: str, chosen: Chosen, *, address: str, device: str | None) -> LoggedIn:
    """The password is chosen and its owner let in. Raises LinkRefused, PasswordRefused, AccountRefused.

    A link whose use is refused is as good as before.
    """
    with database.transaction() as tx:
        purpose, account, login = _valid(tx, secret)
    login = login or written_login(chosen.login)
    hashed = new_hash(chosen.password, login)
    with database.transaction() as tx:
        used = tx.execute(
            "UPDATE one_time_link SET ended_at = clock_timestamp() "
            "WHERE token_hash = %s AND ended_at IS NULL AND expires_at > clock_timestamp()",
            (digest_of(secret),),
        ).rowcount
        if not used:
            raise LinkRefused(LinkRefused.__doc__)
        if purpose is Purpose.FIRST:
            account = _first_administrator(tx, login, chosen.name)
        assert account is not None
        set_password(tx, account, hashed, by=login)
        return let_in(tx, account, login, address, device)


def _valid(tx: Connection, secret: str) -> tuple[Purpose, int | None, str]:
    row = tx.execute(
        "SELECT l.purpose, l.account, coalesce(a.login, '') FROM one_time_link l LEFT JOIN account a "
        "ON a.id = l.account WHERE l.token_hash = %s AND l.ended_at IS NULL AND l.expires_at > clock_timestamp()",
        (digest_of(secret),),
    ).fetchone()
    if row is None:
        raise LinkRefused(LinkRefused.__doc__)
    return Purpose(row[0]), row[1], row[2]


def _first_administrator(tx: Connection, login: str, name: str) -> int:
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('orderflode.administrators'))")
    if not is_without_accounts(tx):
        raise LinkRefused(LinkRefused.__doc__)
    return add_account(tx, NewAccount(login, name, frozenset({Role.ADMIN})), by=login).id
