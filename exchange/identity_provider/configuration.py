"""Which provider is asked, and what do its claims mean here? A TOML file, named by ORDERFLODE_OIDC.

Roles and kommun come from claims by this file alone: a role that it does not name is nobody's. Next: provider.py.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from workflows.master_data import Role

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a key that the provider alone has: never `none`, and no HS256, whose key would be known to both."""


class ProviderMisconfigured(Exception):
    """Filen om inloggning hos annan kan inte läsas (the file about login elsewhere cannot be read)."""


def _safe(url: str) -> str:
    if not is_safe(url):
        raise ValueError("https is needed")
    return url


def is_safe(url: str) -> bool:
    """Whether what is said there is said to the provider alone: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoleRule(_Part):
    """Who has `value` in `claim` (as its text, or among its texts) has the role."""

    claim: str
    value: str
    role: Role


class KommunRule(_Part):
    """The claim that names the kommun; `values` translates what it says, and then no other value is a kommun."""

    claim: str
    values: dict[str, str] = Field(default_factory=dict)


class Configuration(_Part):
    """One provider."""

    issuer: Annotated[str, AfterValidator(_safe)]
    client_id: str = Field(min_length=1)
    client_secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "PS256", "ES256"), min_length=1)
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    role: tuple[RoleRule, ...] = Field(min_length=1)
    kommun: KommunRule | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is by the provider's word: `subject` is for good, all else as of this login."""

    subject: str
    login: str
    name: str
    roles: frozenset[Role]
    kommun: str | None


def read_configuration(file: Path) -> Configuration:
    """The provider in the file. Raises ProviderMisconfigured, which names the fields and no value."""
    try:
        return Configuration.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_input=False))
    except (OSError, ValueError) as error:
        wrong = type(error).__name__
    raise ProviderMisconfigured(f"{ProviderMisconfigured.__doc__}: {file.name}: {wrong}")


def person_of(configuration: Configuration, claims: Mapping[str, Any]) -> Person:
    """What the claims say of somebody, in our words."""
    rule = configuration.kommun
    told = _texts(claims.get(rule.claim)) if rule else []
    kommun = told[0] if len(told) == 1 else None
    if rule and rule.values:
        kommun = rule.values.get(kommun or "")
    return Person(
        subject=str(claims["sub"]),
        login=" ".join(_texts(claims.get(configuration.login_claim))[:1]),
        name=" ".join(_texts(claims.get(configuration.name_claim))[:1]),
        roles=frozenset(each.role for each in configuration.role if each.value in _texts(claims.get(each.claim))),
        kommun=kommun,
    )


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
