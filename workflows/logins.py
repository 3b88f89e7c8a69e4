"""May this person come in? A login and a password give a session; so does a one-time link (one_time_links.py).

The pace of guessing is taken first, committed; then the password is hashed, in no transaction; then the session is
made, if the account is still what it was. An unknown login takes the same way to the same refusal. Next: sessions.py.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from config.database import Connection, Database
from workflows import login_pace
from workflows.login_pace import Allowance
from workflows.passwords import check_password, new_hash
from workflows.sessions import begin_session, end_sessions
from workflows.tokens import digest_of

DEVICE_LIFE = timedelta(days=400)
"""For so long a browser is known after its last login; browsers keep no cookie longer."""

_LOGIN = re.compile(r"[^\s:\x00-\x1f\x7f\ud800-\udfff]{1,128}")


class LoginRefused(Exception):
    """Inloggningsnamnet eller lösenordet stämmer inte (the login or the password is not right)."""


class SlowDown(Exception):
    """För många försök; vänta och försök igen (too many tries; wait and try again)."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(SlowDown.__doc__)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What the browser keeps: the session's cookie, and the one by which the device is known."""

    login: str
    session: str = field(repr=False)
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Whose password it was when it was looked at, the hash it was kept as, and the one to keep from now on."""

    account: int
    kept: str
    rehashed: str | None
    allowances: tuple[Allowance, ...]


def written_login(text: str) -> str:
    """A login as it is kept: lower case; the empty text for what can be none."""
    login = text.strip().lower()
    return login if _LOGIN.fullmatch(login) else ""


def log_in(database: Database, login: str, password: str, *, address: str, device: str | None) -> LoggedIn:
    """A new session for whoever knows the password. Raises LoginRefused, SlowDown.

    `address` is where the request comes from, `device` the value of its device cookie.
    """
    login = written_login(login)
    proof = _proven(database, login, password, address, device)
    with database.transaction() as tx:
        _still_holds(tx, proof)
        if proof.rehashed:
            tx.execute("UPDATE account SET password_hash = %s WHERE id = %s", (proof.rehashed, proof.account))
        return let_in(tx, proof.account, login, address, device)


def change_password(
    database: Database, login: str, old: str, new: str, *, address: str, device: str | None
) -> LoggedIn:
    """Another password, and a new session: all others have ended. Raises LoginRefused, SlowDown, PasswordRefused."""
    hashed = new_hash(new, login)
    proof = _proven(database, login, old, address, device)
    with database.transaction() as tx:
        _still_holds(tx, proof)
        set_password(tx, proof.account, hashed, by=login)
        return let_in(tx, proof.account, login, address, device)


def set_password(tx: Connection, account: int, hashed: str, *, by: str) -> None:
    """The account's password from now on; every session of it ends."""
    tx.execute("UPDATE account SET password_hash = %s WHERE id = %s", (hashed, account))
    end_sessions(tx, account)
    note_event(tx, account, "password", by)


def let_in(tx: Connection, account: int, login: str, address: str, device: str | None) -> LoggedIn:
    """A session for an account that the caller has found to be theirs, on a device that is known from now on."""
    session = begin_session(tx, account)
    note_event(tx, account, "login", login, address)
    return LoggedIn(login, session, _remember(tx, account, device))


def note_event(tx: Connection, account: int | None, event: str, by: str, detail: str | None = None) -> None:
    """Write down what happened to an account; the events are those of account_event."""
    tx.execute(
        "INSERT INTO account_event (account, event, by_whom, detail) VALUES (%s, %s, %s, %s)",
        (account, event, by, detail),
    )


def _proven(database: Database, login: str, password: str, address: str, device: str | None) -> _Proof:
    """That the password is the account's. Raises LoginRefused, SlowDown."""
    with database.transaction() as tx:
        account, kept, is_known = tx.execute(
            "SELECT a.id, CASE WHEN a.disabled_at IS NULL THEN a.password_hash END, EXISTS (SELECT FROM known_device d "
            "WHERE d.account = a.id AND d.token_hash = %s AND d.seen_at > clock_timestamp() - %s) "
            "FROM account a WHERE a.login = %s",
            (digest_of(device or ""), DEVICE_LIFE, login),
        ).fetchone() or (None, None, False)
        allowances = (
            (login_pace.of_device(device, login),)
            if device and is_known
            else (login_pace.of_address(address), login_pace.of_account(login))
        )
        wait = login_pace.take(tx, allowances)
    if wait is not None:
        raise SlowDown(wait)
    checked = check_password(kept, password)
    if account is None or kept is None or not checked.right:
        with database.transaction() as tx:
            note_event(tx, account, "login_failed", address)
        raise LoginRefused(LoginRefused.__doc__)
    return _Proof(account, kept, checked.rehashed, allowances)


def _still_holds(tx: Connection, proof: _Proof) -> None:
    """Nobody has disabled it or changed its password meanwhile; the guess cost nothing. Raises LoginRefused."""
    still = tx.execute(
        "SELECT FROM account WHERE id = %s AND password_hash = %s AND disabled_at IS NULL FOR NO KEY UPDATE",
        (proof.account, proof.kept),
    ).fetchone()
    if still is None:
        raise LoginRefused(LoginRefused.__doc__)
    login_pace.give_back(tx, proof.allowances)


def _remember(tx: Connection, account: int, device: str | None) -> str:
    """The device's secret: the one it has, if it is one of ours, else a new one."""
    tx.execute("DELETE FROM known_device WHERE account = %s AND seen_at < clock_timestamp() - %s",
               (account, DEVICE_LIFE))  # fmt: skip
    row = tx.execute("SELECT FROM known_device WHERE token_hash = %s", (digest_of(device or ""),)).fetchone()
    secret = device if device and row is not None else secrets.token_urlsafe(32)
    tx.execute(
        "INSERT INTO known_device (token_hash, account) VALUES (%s, %s) "
        "ON CONFLICT (token_hash, account) DO UPDATE SET seen_at = clock_timestamp()",
        (digest_of(secret), account),
    )
    return secret
