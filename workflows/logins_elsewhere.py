"""Who came back from the provider's door, and what account is theirs? One for each (issuer, subject), made at login.

What one login is known by is kept here and used once. An account is never found by its name or an address: whoever
gives those out could let somebody in as another. Roles and kommun are what the provider says at each login. Next:
logins.py.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from config.database import Connection
from workflows.accounts import REGIONAL, AccountRefused, NewAccount, add_account
from workflows.exports import is_known_kommun
from workflows.identity import holds_personal_number
from workflows.logins import LoggedIn, let_in, note_event, written_login
from workflows.master_data import Role
from workflows.sessions import end_sessions
from workflows.tokens import digest_of

LIFE = timedelta(minutes=10)
"""For so long somebody may stand at the provider's door."""


class LoginUnknown(Exception):
    """Inloggningen är redan använd, för gammal eller börjad i en annan webbläsare; börja om (begin again)."""


class NoRole(Exception):
    """Du har ingen behörighet i Orderflöde (you have no role here)."""


class AccountDisabled(Exception):
    """Kontot är stängt (the account is disabled)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that has begun: what goes to the provider, and `browser`, which the browser alone keeps."""

    state: str
    nonce: str
    verifier: str
    browser: str


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who the provider says it is, in our words."""

    issuer: str
    subject: str
    login: str
    name: str
    roles: frozenset[Role]
    kommun: str | None


def begin(tx: Connection) -> Begun:
    """A new login; those that nobody came back to are forgotten."""
    begun = Begun(*(secrets.token_urlsafe(32) for _ in range(4)))
    tx.execute("DELETE FROM oidc_login WHERE expires_at < clock_timestamp()")
    tx.execute(
        "INSERT INTO oidc_login (state_hash, browser_hash, nonce, verifier, expires_at) "
        "VALUES (%s, %s, %s, %s, clock_timestamp() + %s)",
        (digest_of(begun.state), digest_of(begun.browser), begun.nonce, begun.verifier, LIFE),
    )
    return begun


def take(tx: Connection, state: str, browser: str) -> Begun:
    """The login of that state, which is used up. Raises LoginUnknown."""
    row = tx.execute(
        "DELETE FROM oidc_login WHERE state_hash = %s AND browser_hash = %s AND expires_at > clock_timestamp() "
        "RETURNING nonce, verifier",
        (digest_of(state), digest_of(browser)),
    ).fetchone()
    if row is None:
        raise LoginUnknown(LoginUnknown.__doc__)
    return Begun(state, row[0], row[1], browser)


def let_somebody_in(tx: Connection, who: Somebody, *, address: str, device: str | None) -> LoggedIn | NoRole:
    """A session on their account, which is made or brought up to date.

    Who has no role here (any more) gets NoRole back, not raised: that their sessions end is to be committed. Raises
    AccountDisabled, AccountRefused.
    """
    row = tx.execute(
        "SELECT id, login, roles, kommun, disabled_at FROM account WHERE issuer = %s AND subject = %s "
        "FOR NO KEY UPDATE",
        (who.issuer, who.subject),
    ).fetchone()
    if row is not None and row[4] is not None:
        raise AccountDisabled(AccountDisabled.__doc__)
    if not who.roles or not _fits(tx, who):
        if row is not None:
            end_sessions(tx, row[0], by=who.issuer)
        return NoRole(NoRole.__doc__)
    if row is None:
        account, login = _made(tx, who)
    else:
        account, login, *as_it_was = row[:4]
        if as_it_was != [sorted(who.roles), who.kommun]:
            tx.execute(
                "UPDATE account SET roles = %s, kommun = %s WHERE id = %s", (sorted(who.roles), who.kommun, account)
            )
            note_event(tx, account, "roles", who.issuer, ", ".join([*sorted(who.roles), who.kommun or "*"]))
    return let_in(tx, account, login, address, device)


def _fits(tx: Connection, who: Somebody) -> bool:
    """Whether the account may be so: a kommun that there is, or roles of the whole region."""
    return who.roles <= REGIONAL if who.kommun is None else is_known_kommun(tx, who.kommun)


def _made(tx: Connection, who: Somebody) -> tuple[int, str]:
    if holds_personal_number(who.subject):
        raise AccountRefused("Inloggningstjänstens id (sub) är ett personnummer (the subject is a personal number)")
    known_by = hashlib.sha256(f"{who.issuer}\0{who.subject}".encode()).hexdigest()[:12]
    login = written_login(who.login)
    if not login or holds_personal_number(login) or _is_taken(tx, login):
        # Another's login stays another's.
        login = f"oidc-{known_by}"
    name = who.name.strip()
    if not name or holds_personal_number(name):
        name = login
    new = NewAccount(login, name, who.roles, who.kommun, None, who.issuer, who.subject)
    return add_account(tx, new, by=who.issuer).id, login


def _is_taken(tx: Connection, login: str) -> bool:
    return tx.execute("SELECT FROM account WHERE login = %s", (login,)).fetchone() is not None
