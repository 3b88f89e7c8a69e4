"""When is it believed who somebody is? When the provider signed it for us, for this login, and it holds at this moment.

Next: configuration.py, what the claims mean.
"""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

LEEWAY = 60
"""Seconds by which the provider's clock and ours may differ."""

_LONGEST_SUBJECT = 255


class NotBelieved(Exception):
    """Inloggningen kunde inte bekräftas (the login could not be confirmed)."""


class UnknownKey(NotBelieved):
    """It is signed by a key that is not known: the provider may have a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an id token must say."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: Collection[str]


def believed(token: str, keys: KeySet, expected: Expected) -> Mapping[str, Any]:
    """The claims of the token. Raises UnknownKey, NotBelieved."""
    try:
        read = jwt.decode(token, lambda header: _key_of(header.headers(), keys), algorithms=list(expected.algorithms))
        _registry(expected).validate(read.claims)
    except NotBelieved:
        raise
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(NotBelieved.__doc__) from error
    claims = read.claims
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise NotBelieved(NotBelieved.__doc__)
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise NotBelieved(NotBelieved.__doc__)
    # For several receivers, or with a word about it: it must have been given to us.
    for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (for_several or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise NotBelieved(NotBelieved.__doc__)
    return claims


def _registry(expected: Expected) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True},
    )


def _key_of(header: Mapping[str, Any], keys: KeySet) -> Any:
    """The key that is named, or the only one. Never a key that comes with the token (jwk, jku, x5c)."""
    named = header.get("kid")
    found = [key for key in keys.keys if named is None or key.kid == named]
    if len(found) != 1:
        raise UnknownKey(NotBelieved.__doc__)
    return found[0]
