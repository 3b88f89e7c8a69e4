"""An OpenID provider on the loopback: it lets everybody in as whom the test says, and keeps to the protocol.

Codes are used once, by who has the verifier. What it signs, and how, is the test's to change.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "orderflode", "hemlig/hos:båda"
Sign = Callable[["IdentityProvider", dict[str, Any]], str]


def signed(provider: "IdentityProvider", claims: dict[str, Any]) -> str:
    """As it should be: RS256 under the newest key, which is named."""
    key = provider.keys[-1]
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


@dataclass(slots=True)
class IdentityProvider:
    """What the provider knows, and what it does otherwise than it should."""

    issuer: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [_first_key()])
    extra_keys: list[dict[str, Any]] = field(default_factory=list)
    """What it publishes beside its keys."""
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "Asa.Berg", "name": "Åsa"})
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims that the id token has otherwise; None: not at all."""
    sign: Sign = signed
    of_itself: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """Why codes were refused."""
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""

    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
        } | self.of_itself  # fmt: skip

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False, use="sig") for key in self.keys] + self.extra_keys}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert (asked["code_challenge_method"], "openid" in asked["scope"].split()) == ("S256", True)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where it is refused."""
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return self._refuse("the code is used")
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            return self._refuse("the verifier is wrong")
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [unquote(each) for each in pair] != [CLIENT, SECRET]:
            return self._refuse("the client is another")
        if form["redirect_uri"] != asked["redirect_uri"]:
            return self._refuse("the address is another")
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | self.who
        told = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(self, told)}

    def _refuse(self, why: str) -> None:
        self.refused.append(why)


def new_key() -> RSAKey:
    """A key with a name of its own."""
    key = RSAKey.generate_key(2048, {"use": "sig"})
    key.ensure_kid()
    return key


@cache
def _first_key() -> RSAKey:
    return new_key()


@contextmanager
def an_identity_provider() -> Iterator[IdentityProvider]:
    """The provider on a port of its own."""
    provider = IdentityProvider()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._say(200, provider.describe())
            elif parts.path == "/jwks":
                self._say(200, provider.jwks())
            else:
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            tokens = provider.token(form, self.headers.get("Authorization", ""))
            self._say(200 if tokens else 400, tokens or {"error": "invalid_grant"})

        def _say(self, status: int, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def configured(provider: IdentityProvider, folder: Path, **changes: str) -> Path:
    """The file about the provider."""
    (folder / "client.secret").write_text(SECRET + "\n", encoding="utf-8")
    file = folder / "oidc.toml"
    lines = {
        "issuer": f'issuer = "{provider.issuer}"', "client_id": f'client_id = "{CLIENT}"',
        "client_secret_file": f'client_secret_file = "{folder / "client.secret"}"',
        "kommun": 'kommun = {claim = "kommun", values = {1780 = "Karlstad", 1715 = "Kil"}}',
        "role": 'role = [{claim = "groups", value = "hjm-lager", role = "lagerpersonal"}, '
        '{claim = "groups", value = "hjm-hms", role = "hms"}]',
    } | changes  # fmt: skip
    file.write_text("\n".join(lines.values()) + "\n", encoding="utf-8")
    return file
