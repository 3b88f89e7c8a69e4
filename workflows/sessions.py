"""Whose cookie is this? A session: 256 random bits, kept as their SHA-256, new at every login.

It ends after half an hour without a request, ten hours after the login, when it is ended, when its account is disabled
and when the account's password changes. One that has ended is gone: what happened is in account_event. Roles are read
at each request, so that what is taken from somebody is gone at once. Next: permissions.py.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.database import Connection
from workflows.permissions import Actor, account_actor
from workflows.tokens import digest_of

IDLE = timedelta(minutes=30)
"""Without a request for so long, a session has ended."""

LIFE = timedelta(hours=10)
"""From its login, however busy: a working day and what is left of it."""

_LIVES = "s.expires_at > clock_timestamp() AND s.last_seen_at > clock_timestamp() - %(idle)s"


@dataclass(frozen=True, slots=True)
class Session:
    """One login that still holds, as lists show it."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def begin_session(tx: Connection, account: int) -> str:
    """A new session of the account, which the caller has let in; returns the cookie's value, which is not kept."""
    secret = secrets.token_urlsafe(32)
    tx.execute(
        f"DELETE FROM session s WHERE account = %(account)s AND NOT ({_LIVES})", {"account": account, "idle": IDLE}
    )
    tx.execute(
        "INSERT INTO session (token_hash, account, expires_at) VALUES (%s, %s, clock_timestamp() + %s)",
        (digest_of(secret), account, LIFE),
    )
    return secret


def actor_of_session(tx: Connection, secret: str, *, by_itself: bool = False) -> Actor | None:
    """Who acts with this cookie; None where the session is unknown or over. Notes that it was seen, to the minute; what
    a page asks `by_itself`, with nobody there, keeps no session alive."""
    row = tx.execute(
        f"""
        SELECT s.token_hash, a.login, a.roles, a.kommun, a.person, a.language,
               ARRAY(SELECT u.unit FROM person_unit u WHERE u.person = a.person),
               s.last_seen_at > clock_timestamp() - interval '1 minute'
        FROM session s JOIN account a ON a.id = s.account
        WHERE s.token_hash = %(hash)s AND a.disabled_at IS NULL AND {_LIVES}
        """,
        {"hash": digest_of(secret), "idle": IDLE},
    ).fetchone()
    if row is None:
        return None
    token_hash, login, roles, kommun, person, language, units, noted = row
    if not noted and not by_itself:
        tx.execute("UPDATE session SET last_seen_at = clock_timestamp() WHERE token_hash = %s", (token_hash,))
    return replace(account_actor(login, roles, kommun, person, units), language=language)


def sessions_of(tx: Connection, account: int) -> list[Session]:
    """The account's sessions that still hold, newest first."""
    rows = tx.execute(
        "SELECT s.id, s.created_at, s.last_seen_at, s.expires_at FROM session s "
        f"WHERE s.account = %(account)s AND {_LIVES} ORDER BY s.id DESC",
        {"account": account, "idle": IDLE},
    ).fetchall()
    return [Session(*row) for row in rows]


def log_out(tx: Connection, secret: str) -> None:
    """End the session of this cookie, if there is one."""
    tx.execute(
        "WITH ended AS (DELETE FROM session WHERE token_hash = %s RETURNING account) "
        "INSERT INTO account_event (account, event, by_whom) "
        "SELECT a.id, 'logout', a.login FROM ended JOIN account a ON a.id = ended.account",
        (digest_of(secret),),
    )


def end_sessions(tx: Connection, account: int, *, only: int | None = None, by: str | None = None) -> int:
    """End the account's sessions, or `only` the one of that id; how many there were. `by` whom is written down."""
    ended = tx.execute(
        "DELETE FROM session WHERE account = %s AND (%s::bigint IS NULL OR id = %s)", (account, only, only)
    ).rowcount
    if by is not None and ended:
        tx.execute(
            "INSERT INTO account_event (account, event, by_whom, detail) VALUES (%s, 'sessions_ended', %s, %s)",
            (account, by, str(ended)),
        )
    return ended
