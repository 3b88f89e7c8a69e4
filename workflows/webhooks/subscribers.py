"""Who wants to be told, of what, and how do they know that it is us? Webhooks: a URL, events, a kommun, a secret.

The secret is made here, kept sealed, and shown once. Next: happenings.py, which finds what they are to be told.
"""

import base64
import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from psycopg.rows import dict_row

from config.database import Connection
from workflows.free_text import refuse_personal_number
from workflows.keyring import hold_keys
from workflows.patients import Keys

SECRET_PREFIX = "whsec_"  # noqa: S105  what every secret of the Standard Webhooks format begins with
_SECRET_BYTES = 32

NAME = "[a-z0-9][a-z0-9._-]{0,62}"
"""What a webhook may be called."""


class Event(StrEnum):
    """What a receiver can be told of."""

    ACCEPTED = "accepted"
    """An order is stored, whoever made it."""
    REFUSED = "refused"
    """An order of an import is malformed and not stored; or it is stored, and breaks a rule (`rejected`)."""
    BACKORDERED = "backordered"
    UTLEVERANS = "utleverans"
    DELIVERED = "delivered"
    HELD = "held"
    """An order stands held. One that is held and released between two looks is not told of."""


class NameTaken(Exception):
    """Det finns redan en webhook med det namnet (there is a webhook of that name)."""


class UnusableUrl(Exception):
    """Adressen måste börja med https:// och sakna användare och fragment (https, without user and fragment)."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a webhook is made of; `kommun` None is the whole region."""

    name: str
    url: str
    events: Collection[Event]
    kommun: str | None


def add_webhook(tx: Connection, keys: Keys, new: NewWebhook, *, by: str) -> str:
    """Make a webhook and return its secret, which cannot be shown again. It is told of what happens from now on.

    Raises NameTaken, UnusableUrl, PersonalNumberInText.
    """
    check_url(new.url)
    hold_keys(tx)
    # Locked: nobody looks meanwhile. As long as there was no webhook nobody has looked, and all that would be found.
    tx.execute("SELECT FROM webhook_cursor ORDER BY only_one FOR NO KEY UPDATE")
    tx.execute(
        "UPDATE webhook_cursor SET seen = pg_current_snapshot(), looked_at = clock_timestamp() "
        "WHERE NOT EXISTS (SELECT FROM webhook)"
    )
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    made = tx.execute(
        "INSERT INTO webhook (name, url, events, kommun, secret_sealed, created_by) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (name) DO NOTHING RETURNING id",
        (new.name, new.url, sorted(new.events), new.kommun, keys.seal(secret.encode(), secret_of(new.name)), by),
    ).fetchone()
    if made is None:
        raise NameTaken(NameTaken.__doc__)
    return secret


def secret_of(name: str) -> str:
    """What a secret is bound to when it is sealed: elsewhere it is unreadable."""
    return f"webhook.secret {name}"


def check_url(url: str) -> None:
    """Raises UnusableUrl for what no message may be sent to, PersonalNumberInText for one with somebody's number.

    http is for receivers on this machine alone, by number; whether they are allowed is a setting, asked when a message
    is sent, as is what a name stands for then (exchange/outgoing/receiver_address.py).
    """
    refuse_personal_number(url)
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and "#" not in url
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url or len(url) > 2000:
        raise UnusableUrl(UnusableUrl.__doc__)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        raise UnusableUrl(UnusableUrl.__doc__)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def list_webhooks(tx: Connection, name: str | None = None) -> list[dict[str, Any]]:
    """Webhooks by name: url, events, kommun, whether paused, and how many messages wait and were given up."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT w.name, w.url, w.events, w.kommun, w.paused_at, w.created_at, w.created_by,
                (SELECT count(*) FROM webhook_delivery d WHERE d.webhook = w.id AND d.next_try_at IS NOT NULL)
                    AS waiting,
                (SELECT count(*) FROM webhook_delivery d WHERE d.webhook = w.id AND d.failed_at IS NOT NULL) AS failed
            FROM webhook w WHERE %(name)s::text IS NULL OR w.name = %(name)s ORDER BY w.name
            """,
            {"name": name},
        ).fetchall()


def pause_webhook(tx: Connection, name: str) -> bool:
    """Send it nothing until it is resumed; what happens meanwhile waits. False: there is none of that name."""
    return (
        tx.execute(
            "UPDATE webhook SET paused_at = coalesce(paused_at, clock_timestamp()) WHERE name = %s RETURNING id",
            (name,),
        ).fetchone()
        is not None
    )


def resume_webhook(tx: Connection, name: str) -> bool:
    """Send again, at once, and with all the time there is for trying. False: there is none of that name."""
    row = tx.execute(
        "UPDATE webhook w SET paused_at = NULL FROM webhook was WHERE was.id = w.id AND w.name = %s "
        "RETURNING w.id, was.paused_at IS NOT NULL",
        (name,),
    ).fetchone()
    if row is not None and row[1]:
        tx.execute(
            "UPDATE webhook_delivery SET next_try_at = clock_timestamp(), first_tried_at = NULL, attempts = 0 "
            "WHERE webhook = %s AND next_try_at IS NOT NULL",
            (row[0],),
        )
    return row is not None


def remove_webhook(tx: Connection, name: str) -> bool:
    """Take it away with its messages, sent or not. False: there is none of that name."""
    return tx.execute("DELETE FROM webhook WHERE name = %s RETURNING id", (name,)).fetchone() is not None
