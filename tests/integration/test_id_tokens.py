"""Is the provider's word believed, and nothing that only looks like it? Whose signature, for whom, for when.

Next: exchange/identity_provider/id_token.py.
"""

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import Any

import pytest
from elsewhere_world import log_in, refused
from identity_provider import IdentityProvider, new_key, signed
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient
from web_world import another

from config.database import Database


def unsigned(_: IdentityProvider, claims: dict[str, Any]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def under_the_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """HS256, with what everybody knows as the secret."""
    unsigned_part = unsigned(provider, claims).removesuffix(".").split(".")[1]
    head = base64.urlsafe_b64encode(
        json.dumps({"alg": "HS256", "kid": provider.keys[-1].kid}).encode()
    ).rstrip(b"=").decode()  # fmt: skip
    pem = provider.keys[-1].as_pem(private=False)
    mac = hmac.digest(pem, f"{head}.{unsigned_part}".encode(), sha256)
    return f"{head}.{unsigned_part}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def with_its_own_key(_: IdentityProvider, claims: dict[str, Any]) -> str:
    """Signed by a key that comes with the token."""
    key = new_key()
    return jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key)


def under_a_known_name(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """Signed by another key that calls itself by the provider's."""
    return jwt.encode({"alg": "RS256", "kid": provider.keys[-1].kid}, claims, new_key())


def tampered(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    head, _, mac = signed(provider, claims).split(".")
    return f"{head}.{unsigned(provider, claims | {'sub': 'u-2'}).split('.')[1]}.{mac}"


def test_what_the_provider_has_not_signed_is_not_believed(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for sign in (unsigned, under_the_public_key, with_its_own_key, under_a_known_name, tampered):
        provider.sign = sign
        refused(log_in(another(site)), database, sign.__name__)


def test_a_secret_among_the_keys_signs_nothing(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    provider.extra_keys = [
        {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")}
    ]

    def sign(_: IdentityProvider, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256", "kid": "shared"}, claims, OctKey.import_key(b"s" * 32))

    provider.sign = sign
    refused(log_in(another(site)), database)


NOW = int(time.time())


NOT_FOR_US: list[dict[str, Any]] = [
    {"iss": "https://other.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": []},
    {"aud": ["orderflode", "other"]}, {"aud": ["orderflode", "other"], "azp": "other"}, {"azp": "other"},
    {"exp": NOW - 3600}, {"exp": None}, {"exp": "never"}, {"iat": NOW + 36000, "exp": NOW + 40000}, {"iat": None},
    {"nbf": NOW + 36000, "exp": NOW + 40000}, {"nonce": "another"}, {"nonce": None}, {"sub": ""}, {"sub": None},
    {"sub": 1}, {"sub": "x" * 256},
]  # fmt: skip


def test_a_token_that_is_not_for_us_for_this_login_and_for_now_is_not_believed(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    for claims in NOT_FOR_US:
        provider.claims = claims
        refused(log_in(another(site)), database, str(claims))


def test_a_token_for_several_that_was_given_to_us_is_believed(site: TestClient, provider: IdentityProvider) -> None:
    provider.claims = {"aud": ["orderflode", "other"], "azp": "orderflode"}
    assert log_in(another(site)).status_code == 303


def test_a_token_of_an_earlier_login_is_not_believed(
    site: TestClient, provider: IdentityProvider, database: Database
) -> None:
    kept: list[str] = []

    def keep(of: IdentityProvider, claims: dict[str, Any]) -> str:
        kept.append(signed(of, claims))
        return "x.y.z"

    provider.sign = keep
    refused(log_in(another(site)), database)
    provider.sign = lambda *_: kept[0]
    refused(log_in(another(site)), database)


def test_a_new_key_is_asked_for_and_an_old_one_that_is_gone_signs_no_more(
    site: TestClient, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.identity_provider.provider.AGAIN_AFTER", 0.0)
    assert log_in(another(site)).status_code == 303
    old = provider.keys[-1]
    provider.keys = [new_key()]
    assert log_in(another(site)).status_code == 303
    assert provider.asked.count("/jwks") == 2
    provider.sign = lambda _, claims: jwt.encode({"alg": "RS256", "kid": old.kid}, claims, old)
    assert log_in(another(site)).status_code == 401


def test_invented_keys_do_not_make_us_ask_again_and_again(site: TestClient, provider: IdentityProvider) -> None:
    provider.sign = lambda _, claims: jwt.encode({"alg": "RS256", "kid": "invented"}, claims, new_key())
    for _ in range(3):
        assert log_in(another(site)).status_code == 401
    assert provider.asked.count("/jwks") == 1
