"""What does an integration show? A token: random, kept as its SHA-256, with scopes, a kommun and an end.

Who presents it acts with its scopes alone, for its kommun, and sends orders as its source. Next: permissions.py.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg.rows import class_row

from config.database import Connection
from workflows.exports import is_known_kommun
from workflows.identity import is_personal_number
from workflows.permissions import GRANTABLE, Actor, Permission

PREFIX = "ofl_"
"""How every token begins: scanners of leaked secrets find it."""

OF_PEOPLE = frozenset(
    {
        Permission.SEARCH_PATIENT, Permission.JOIN_PATIENT, Permission.REVIEW_LOOKS, Permission.MANAGE_ACCOUNTS,
        Permission.MANAGE_TOKENS, Permission.OPERATE,
    }
)  # fmt: skip
"""What no administrator gives to a token: a person answers for it, and could otherwise get it round their own role."""

DEFAULT_LIFE, LONGEST_LIFE = timedelta(days=365), timedelta(days=2 * 366)
"""How long a token holds unless told otherwise, and at most."""

NAME = "[a-z0-9][a-z0-9._-]{0,63}"
"""What a token may be called."""

_SOURCE = re.compile(r"\S(?:.{0,30}\S)?")


class TokenRefused(Exception):
    """A token that may not be so; the message says why as `Svenska (english)`."""


class TokenNameTaken(TokenRefused):
    """Det finns redan en token med det namnet (there is a token of that name)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as lists show it."""

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


def issue_token(
    tx: Connection,
    name: str,
    *,
    source: str,
    scopes: frozenset[Permission],
    kommun: str | None,
    expires_at: datetime,
    by: str,
) -> str:
    """Make a token and return its secret, which is not kept and cannot be shown again. Raises TokenRefused."""
    if not re.fullmatch(NAME, name) or not _SOURCE.fullmatch(source) or any(map(is_personal_number, (name, source))):
        raise TokenRefused(
            "En token har ett namn av a–z, 0–9 och ._- (högst 64) och en källa om högst 32 tecken; inget personnummer "
            "(a token has a name of a–z, 0–9 and ._-, and a source of 32 characters at most; no personal number)"
        )
    if not scopes:
        raise TokenRefused("En token utan behörigheter kan ingenting (a token without scopes can do nothing)")
    if not scopes <= GRANTABLE:
        raise TokenRefused("En token driver inte maskinen (no token operates the machine)")
    if not timedelta() < expires_at - datetime.now(UTC) <= LONGEST_LIFE:
        raise TokenRefused("En token gäller som längst två år från nu (a token lasts two years at most)")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = tx.execute(
        "INSERT INTO api_token (name, token_hash, source, scopes, kommun, expires_at, created_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING RETURNING id",
        (name, digest_of(secret), source, sorted(scopes), kommun, expires_at, by),
    ).fetchone()
    if made is None:
        raise TokenNameTaken(TokenNameTaken.__doc__)
    return secret


def see_that_there_is(tx: Connection, kommun: str | None) -> None:
    """A token for a kommun that nobody has heard of would see nothing, and nobody know why. Raises TokenRefused."""
    if kommun is not None and not (kommun and is_known_kommun(tx, kommun)):
        raise TokenRefused(f"Ingen enhet och inget lager hör till kommunen {kommun} (no unit or store is of it)")


def actor_of_token(tx: Connection, secret: str) -> Actor | None:
    """Who acts with this secret; None where it is unknown, revoked or past its end. Notes its use, to the minute."""
    row = tx.execute(
        "SELECT id, name, source, scopes, kommun, last_used_at > clock_timestamp() - interval '1 minute' "
        "FROM api_token WHERE token_hash = %s AND revoked_at IS NULL AND expires_at > clock_timestamp()",
        (digest_of(secret),),
    ).fetchone()
    if row is None:
        return None
    token_id, name, source, scopes, kommun, noted = row
    if not noted:
        tx.execute("UPDATE api_token SET last_used_at = clock_timestamp() WHERE id = %s", (token_id,))
    return Actor(
        name=f"token:{name}",
        permissions=frozenset(map(Permission, scopes)),
        kommun=kommun,
        source=source,
    )


def list_tokens(tx: Connection) -> list[Token]:
    """All that the transaction may see, by name; those that no longer hold are among them."""
    with tx.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            "SELECT name, source, scopes, kommun, created_at, created_by, expires_at, last_used_at, revoked_at, "
            "revoked_by FROM api_token ORDER BY name"
        ).fetchall()


def revoke_token(tx: Connection, name: str, by: str) -> bool:
    """End the token; False where there is none of that name that still holds."""
    return (
        tx.execute(
            "UPDATE api_token SET revoked_at = clock_timestamp(), revoked_by = %s "
            "WHERE name = %s AND revoked_at IS NULL RETURNING id",
            (by, name),
        ).fetchone()
        is not None
    )


def digest_of(secret: str) -> bytes:
    """The SHA-256 under which a random secret is kept: nobody can guess 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
