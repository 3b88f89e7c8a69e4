"""How is the provider asked? By what it says of itself: where to log in, where a code is changed for a token, its keys.

No redirect is followed, every wait and every answer has an end, and nothing but https is spoken but to this machine.
What it says is kept for an hour; a key that is not known is asked for at once. Next: id_token.py.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from exchange.identity_provider.configuration import Configuration, is_safe
from exchange.identity_provider.id_token import Expected, NotBelieved, UnknownKey, believed

KEPT = 3600.0
"""Seconds that what the provider says of itself is kept."""

AGAIN_AFTER = 5.0
"""Seconds before its keys are asked for again: tokens with invented keys do not make us a burden to it."""

_TIMEOUT = 5.0
_LARGEST = 1 << 20
_SIGNING = {"RSA", "EC", "OKP"}


class ProviderAway(Exception):
    """Inloggningstjänsten svarar inte; försök igen (the login service does not answer; try again)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one login is known by: `state` in the address, `nonce` in the token, `verifier` where the code is used."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider; may be used by several threads."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._lock = threading.Lock()
        self._told: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def login_address(self, secrets: Secrets, redirect_uri: str) -> str:
        """Where a browser goes to log in. Raises ProviderAway."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(secrets.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.configuration.client_id, "redirect_uri": redirect_uri,
            "scope": " ".join(self.configuration.scopes), "state": secrets.state, "nonce": secrets.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return _with(self._endpoint("authorization_endpoint"), asked)

    def logout_address(self, back_to: str) -> str | None:
        """Where a browser goes to log out there too; None where the provider has no such place. Raises ProviderAway.

        By `client_id` (RP-Initiated Logout 1.0, 2), and without the id token as a hint: it says who somebody is, and an
        address is kept in histories and logs. We keep no id token once it is believed.
        """
        if "end_session_endpoint" not in self._of_itself():
            return None
        asked = {"client_id": self.configuration.client_id, "post_logout_redirect_uri": back_to}
        return _with(self._endpoint("end_session_endpoint"), asked)

    def claims_for(self, code: str, secrets: Secrets, redirect_uri: str) -> Mapping[str, Any]:
        """What the provider says of who came back with `code`. Raises ProviderAway, NotBelieved."""
        token = self._token(code, secrets.verifier, redirect_uri)
        mine = self.configuration
        expected = Expected(mine.issuer, mine.client_id, secrets.nonce, mine.algorithms)
        try:
            return believed(token, self._key_set(), expected)
        except UnknownKey:
            return believed(token, self._key_set(anew=True), expected)

    def _token(self, code: str, verifier: str, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier,
        }  # fmt: skip
        headers = {}
        if self.configuration.client_secret_file is None:
            form["client_id"] = self.configuration.client_id
        else:
            try:
                secret = self.configuration.client_secret_file.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ProviderAway(ProviderAway.__doc__) from error
            pair = f"{quote(self.configuration.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        status, answer = _asked("POST", self._endpoint("token_endpoint"), form, headers)
        if 400 <= status < 500:
            # The code is used, too old, or somebody else's.
            raise NotBelieved(NotBelieved.__doc__)
        token = answer.get("id_token") if status == 200 else None
        if not isinstance(token, str):
            raise ProviderAway(ProviderAway.__doc__)
        return token

    def _of_itself(self) -> dict[str, Any]:
        with self._lock:
            if self._told is None or time.monotonic() - self._told[0] > KEPT:
                address = self.configuration.issuer.rstrip("/") + "/.well-known/openid-configuration"
                status, told = _asked("GET", address)
                if status != 200 or told.get("issuer") != self.configuration.issuer:
                    raise ProviderAway(ProviderAway.__doc__)
                self._told = time.monotonic(), told
            return self._told[1]

    def _endpoint(self, name: str) -> str:
        address = self._of_itself().get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise ProviderAway(ProviderAway.__doc__)
        return address

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = self._endpoint("jwks_uri")
        with self._lock:
            age = time.monotonic() - self._keys[0] if self._keys else float("inf")
            if self._keys is None or age > (AGAIN_AFTER if anew else KEPT):
                status, told = _asked("GET", address)
                if status != 200:
                    raise ProviderAway(ProviderAway.__doc__)
                self._keys = time.monotonic(), _signing_keys(told)
            return self._keys[1]


def _signing_keys(told: Mapping[str, Any]) -> KeySet:
    """The public keys that sign; what is none is passed over, above all a shared secret's (oct)."""
    kept: list[Any] = []
    for key in told.get("keys") or []:
        if isinstance(key, dict) and key.get("kty") in _SIGNING and key.get("use", "sig") == "sig":
            try:
                kept += KeySet.import_key_set({"keys": [key]}).keys
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return KeySet(kept)


def _asked(
    method: str, address: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status, and the JSON object that was answered. Raises ProviderAway."""
    until = time.monotonic() + 2 * _TIMEOUT
    try:
        with (
            httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                method, address, data=dict(form) if form else None,
                headers={"accept": "application/json", "user-agent": "orderflode", **(headers or {})},
            ) as response,
        ):  # fmt: skip
            content = b""
            for piece in response.iter_bytes():
                content += piece
                if len(content) > _LARGEST or time.monotonic() > until:
                    raise ProviderAway(ProviderAway.__doc__)
            answer = json.loads(content) if response.status_code == 200 else {}
            return response.status_code, answer if isinstance(answer, dict) else {}
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise ProviderAway(ProviderAway.__doc__) from error


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
