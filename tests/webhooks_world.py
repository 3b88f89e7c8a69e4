"""Webhooks for tests: receivers that listen, what they have heard, and whether it is really ours."""

import base64
import hashlib
import hmac
import json
from typing import Any

from receivers import Posted

from config.database import Database
from workflows.patients import Keys
from workflows.webhooks.happenings import look
from workflows.webhooks.subscribers import Event, NewWebhook, add_webhook, check_url


def a_webhook(
    database: Database, keys: Keys, *events: Event, name: str = "w", kommun: str | None = None, url: str | None = None
) -> str:
    """A receiver of these events, or of all; its secret."""
    new = NewWebhook(name, url or "https://receiver.example/hook", events or tuple(Event), kommun)
    check_url(new.url)
    with database.transaction() as tx:
        return add_webhook(tx, keys, new, by="test")


def look_for_all(database: Database) -> int:
    """Look until there is no more; how many messages were made."""
    made = 0
    while True:
        found = look(database)
        made += found.messages
        if not found.more:
            return made


def messages(database: Database, name: str = "w") -> list[tuple[str, int | None]]:
    """(event, order) of each message, in the order in which they are sent."""
    return [(each["event"], each["order_id"]) for each in rows(database, name)]


def rows(database: Database, name: str = "w") -> list[dict[str, Any]]:
    """The messages as they are stored, oldest first."""
    with database.transaction() as tx:
        found = tx.execute(
            "SELECT to_jsonb(d) FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook WHERE w.name = %s "
            "ORDER BY d.id",
            (name,),
        ).fetchall()
    return [row for (row,) in found]


def let_pauses_pass(database: Database) -> None:
    """What is to be tried again later, or is claimed, is tried at once."""
    with database.transaction() as tx:
        tx.execute("UPDATE webhook_delivery SET next_try_at = now() WHERE next_try_at IS NOT NULL")


def heard(posted: Posted) -> list[dict[str, Any]]:
    """What a receiver has heard: the bodies, first to last."""
    return [json.loads(body) for _, _, body in posted.requests]


def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a receiver that knows the secret takes the message for ours, by the text of Standard Webhooks."""
    known = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{known['webhook-id']}.{known['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return known["webhook-signature"].split(" ") == [f"v1,{expected}"]
