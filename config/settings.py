"""With what settings? One frozen Settings, read from the environment; every field says what it means.

Next: database.py (the connection), embedded/ (the servers that start when no URL is given).
"""

import os
import re
from datetime import time
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError


def _user_data_folder() -> Path:
    """Where a program keeps a user's data: XDG_DATA_HOME, else ~/.local/share."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "orderflode"


def _hour_of_day(value: object) -> object:
    """HH:MM alone: pydantic would also take a number of seconds, and an hour with a time zone."""
    if isinstance(value, str):
        return time.fromisoformat(value) if re.fullmatch("[0-2][0-9]:[0-5][0-9]", value) else None
    return value


HourOfDay = Annotated[time, BeforeValidator(_hour_of_day)]
"""A time of day in Sweden, written HH:MM."""


def _hour_or_never(value: object) -> object:
    return None if value == "" else _hour_of_day(value) or "?"


HourOrNever = Annotated[time | None, BeforeValidator(_hour_or_never)]
"""The same; empty is never."""


def _an_address(value: str) -> str:
    """One address: a network, or all of them, would let others say who they are."""
    return str(ip_address(value))


ProxyAddress = Annotated[str, AfterValidator(_an_address)]
"""The IP address of a reverse proxy."""

STANDING_HOURS = {
    "own_store": 24, "draft": 1, "validated": 48, "picked": 1, "utleverans": 120, "rejected": 72, "backordered": 720,
}  # fmt: skip
"""How long an order may stand in a state. `own_store`: an own-store order without its utleverans, which must be
registered within a day and night of the goods being taken, or the balance is wrong and no refill comes."""


def _known_limits(given: object) -> object:
    if isinstance(given, dict) and not given.keys() <= STANDING_HOURS.keys():
        raise ValueError
    return STANDING_HOURS | given if isinstance(given, dict) else given


class Settings(BaseSettings):
    """The process's environment. Secrets come from files named here, never from the command line."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str | None = Field(None, validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer; None starts (or shares) the embedded server."""
    database_owner_url: str | None = Field(None, validation_alias="DATABASE_OWNER_URL")
    """The owner's connection, for migrations alone; None means `database_url`."""
    redis_url: str | None = Field(None, validation_alias="REDIS_URL")
    """Redis 6.2 or newer, or Valkey (scheme redis://); None starts (or shares) the embedded server."""
    home: Path = Field(default_factory=_user_data_folder, validation_alias="ORDERFLODE_HOME")
    """Where the embedded servers keep their data, and keys and documents unless named below."""
    keys: Path | None = Field(None, validation_alias="ORDERFLODE_KEYS")
    """The key file (mode 0600); None means `home`/keys.json."""
    documents: Path | None = Field(None, validation_alias="ORDERFLODE_DOCUMENTS")
    """The folder of encrypted documents; None means `home`/documents."""
    lagerflytt_types: tuple[str, ...] = Field(("lagerflytt",), validation_alias="ORDERFLODE_LAGERFLYTT_TYPES")
    """Customer order types allowed for a lagerflyttsorder, as a JSON list (rule R1, S14)."""
    reservnummer_patterns: tuple[re.Pattern[str], ...] = Field((), validation_alias="ORDERFLODE_RESERVNUMMER_PATTERNS")
    """Regular expressions a regional reservnummer may match, as a JSON list; none by default."""
    key_prefix: str = Field("orderflode:", validation_alias="ORDERFLODE_KEY_PREFIX")
    """Keeps this installation's keys apart in a Redis that is shared."""
    order_workers: PositiveInt = Field(2, validation_alias="ORDERFLODE_WORKERS")
    """Processes that work orders on this machine. Two solo processes beat a prefork pool of two, which beats threads
    (13,800, 11,000, 7,300 orders/s in the prototype); beside PostgreSQL on two cores a third gains nothing."""
    canary_late: float = Field(30.0, validation_alias="ORDERFLODE_CANARY_LATE")
    """Seconds without a canary through the queue after which the dispatcher runs the steps itself."""
    lead_days: int = Field(5, ge=0, le=60, validation_alias="ORDERFLODE_LEAD_DAYS")
    """Working days after which goods without a lead class are promised."""
    cut_off: HourOfDay = Field(time(15), validation_alias="ORDERFLODE_CUT_OFF")
    """Swedish time after which an order counts from the next working day, where its lead class says nothing."""
    standing_hours: Annotated[dict[str, PositiveInt], BeforeValidator(_known_limits)] = Field(
        STANDING_HOURS, validation_alias="ORDERFLODE_STANDING_HOURS"
    )
    """Hours after which the watchdog names an order, by state, as a JSON object; what is left out keeps its default."""
    refill_at: HourOrNever = Field(time(5), validation_alias="ORDERFLODE_REFILL_AT")
    """When the refill runs on working days."""
    notices_at: HourOrNever = Field(time(7), validation_alias="ORDERFLODE_NOTICES_AT")
    """When the watchdog's notices go out on working days."""
    smtp_url: str | None = Field(None, validation_alias="ORDERFLODE_SMTP_URL")
    """The mail server: smtp://host:port, or smtps://user@host. None: no mail. A user logs in over TLS alone."""
    smtp_password_file: Path | None = Field(None, validation_alias="ORDERFLODE_SMTP_PASSWORD_FILE")
    """The file with the password of the mail server's user."""
    notice_from: str = Field("orderflode@localhost", validation_alias="ORDERFLODE_NOTICE_FROM")
    """Whom the mails are from."""
    hosts: tuple[str, ...] = Field(("localhost", "127.0.0.1", "[::1]"), validation_alias="ORDERFLODE_HOSTS")
    """The names by which the web process is asked for, as a JSON list; a request for another host is refused."""
    public_url: str | None = Field(None, validation_alias="ORDERFLODE_PUBLIC_URL")
    """Where people reach the web process, e.g. https://order.region.example: how one-time links begin. None: where the
    one who asks for the link did, or this machine."""
    rate_per_token: PositiveInt = Field(500, validation_alias="ORDERFLODE_RATE_PER_TOKEN")
    """Requests a second that one token or session may send for long; twice as many at once."""
    rate_per_address: PositiveInt = Field(100, validation_alias="ORDERFLODE_RATE_PER_ADDRESS")
    """The same from one address, of requests that show no token or session known to be good."""
    upload_bytes: PositiveInt = Field(50 << 20, validation_alias="ORDERFLODE_UPLOAD_BYTES")
    """The largest file of orders that is taken over HTTP, its form included; counted while it comes."""
    proxies: tuple[ProxyAddress, ...] = Field((), validation_alias="ORDERFLODE_PROXIES")
    """Addresses of the reverse proxies whose X-Forwarded-For and -Proto are believed, as a JSON list; none by default,
    and never all."""
    metrics_on_loopback: bool = Field(False, validation_alias="ORDERFLODE_METRICS_ON_LOOPBACK")  # noqa: FBT003
    """Whether /metrics needs no token from this host. Behind a proxy on the same host that is not named in `proxies`
    everybody comes from this host."""
    keep_looks_years: int = Field(5, ge=5, validation_alias="ORDERFLODE_KEEP_LOOKS_YEARS")
    """Years that a row of the access log is kept, and a login or logout; never fewer than five."""
    keep_records_years: int = Field(10, ge=10, validation_alias="ORDERFLODE_KEEP_RECORDS_YEARS")
    """Years that a patient's record is kept after the last of it; never fewer than ten."""
    acts_as: str | None = Field(None, validation_alias="ORDERFLODE_AS")
    """The login of the account that a command acts as, unless `--as` says another; None: as the operator."""
    token: SecretStr | None = Field(None, validation_alias="ORDERFLODE_TOKEN")
    """The API token that a command acts as. In the environment alone: who lists processes reads command lines."""
    operator: bool = Field(True, validation_alias="ORDERFLODE_OPERATOR")  # noqa: FBT003
    """Whether a command may act as the operator of the machine where nobody is named; off: in what belongs to running
    the machine alone."""
    oidc: Path | None = Field(None, validation_alias="ORDERFLODE_OIDC")
    """The TOML file about the provider where people log in (OpenID Connect); None: everybody logs in here."""
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = Field((), validation_alias="ORDERFLODE_WEBHOOK_NETWORKS")
    """Networks in which webhooks' receivers may stand though they are not public, as a JSON list. With "127.0.0.0/8"
    a receiver on this machine may be told by http."""
    log_level: str = Field("INFO", validation_alias="ORDERFLODE_LOG_LEVEL")

    @property
    def key_file(self) -> Path:
        """The key file in use."""
        return self.keys or self.home / "keys.json"

    @property
    def document_folder(self) -> Path:
        """The folder of documents in use."""
        return self.documents or self.home / "documents"


def wrong_settings(error: ValidationError | SettingsError) -> str:
    """Which environment variables cannot be read; never their values, which may be secret."""
    if isinstance(error, ValidationError):
        return ", ".join(sorted({str(each["loc"][0]) for each in error.errors(include_input=False) if each["loc"]}))
    field = re.search(r'field "(\w+)"', str(error))
    return str(Settings.model_fields[field.group(1)].validation_alias) if field else "–"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # type: ignore[call-arg]  # every value comes from the environment
