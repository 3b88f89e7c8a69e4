"""What does an integration show? A token: random, kept as its SHA-256, with scopes, a kommun and an end.

Who presents it acts with its scopes alone, for its kommun, and sends orders as its source. Next: permissions.py.
"""

import hashlib
import secrets
from datetime import datetime

from config.database import Connection
from workflows.permissions import Actor, Permission

PREFIX = "ofl_"
"""How every token begins: scanners of leaked secrets find it."""


class TokenNameTaken(Exception):
    """Det finns redan en token med det namnet (there is a token of that name)."""


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
    """Make a token and return its secret, which is not kept and cannot be shown again. Raises TokenNameTaken."""
    secret = PREFIX + secrets.token_urlsafe(32)
    made = tx.execute(
        "INSERT INTO api_token (name, token_hash, source, scopes, kommun, expires_at, created_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING RETURNING id",
        (name, digest_of(secret), source, sorted(scopes), kommun, expires_at, by),
    ).fetchone()
    if made is None:
        raise TokenNameTaken(TokenNameTaken.__doc__)
    return secret


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


def revoke_token(tx: Connection, name: str) -> bool:
    """End the token; False where there is none of that name that still holds."""
    return (
        tx.execute(
            "UPDATE api_token SET revoked_at = clock_timestamp() WHERE name = %s AND revoked_at IS NULL RETURNING id",
            (name,),
        ).fetchone()
        is not None
    )


def digest_of(secret: str) -> bytes:
    """The SHA-256 under which a random secret is kept: nobody can guess 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()
