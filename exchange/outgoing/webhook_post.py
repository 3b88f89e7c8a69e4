"""How does a message reach a webhook's receiver? One POST, signed as Standard Webhooks says; nothing else is done.

No transaction is open meanwhile. A redirect is an answer and not followed, every wait has an end, and of what the
receiver answers the status alone is taken. Where it may go: receiver_address.py.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from exchange.outgoing.receiver_address import Address, AddressRefused, Network, addresses_of
from workflows.webhooks.subscribers import SECRET_PREFIX

LONGEST = 15.0
"""Seconds that a try may take, name look-up and answer included; a receiver that drips its answer has no more."""

_CONNECT = 5.0
_MOST_ADDRESSES = 3


class NotHeard(Exception):
    """A receiver did not take a message. The text is shown to people and holds nothing of what the receiver wrote."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way: its number, which is the same at each try, and what it says."""

    number: UUID
    payload: dict[str, Any]

    @property
    def webhook_id(self) -> str:
        """As the receiver sees the number."""
        return f"msg_{self.number.hex}"

    def body(self) -> bytes:
        """The same bytes at each try."""
        return json.dumps(self.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, under the bytes that the secret stands for."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


async def post(url: str, secret: str, message: Message, allowed: Collection[Network] = ()) -> str:
    """Send the message; the answer's status in words. `allowed`: networks that are not public. Raises NotHeard."""
    try:
        async with asyncio.timeout(LONGEST):
            status = await _post(url, secret, message, allowed)
    except AddressRefused as refused:
        raise NotHeard(str(refused)) from None
    except (OSError, TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise NotHeard(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotHeard(f"HTTP {status}")
    return f"HTTP {status}"


async def _post(url: str, secret: str, message: Message, allowed: Collection[Network]) -> int:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = await addresses_of(host, port, allowed)
    if parts.scheme != "https" and not all(address.is_loopback for address in addresses):
        raise AddressRefused(AddressRefused.__doc__)
    body, now = message.body(), int(datetime.now(UTC).timestamp())
    headers = {
        "host": parts.netloc, "content-type": "application/json", "user-agent": "orderflode",
        "webhook-id": message.webhook_id, "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, message.webhook_id, now, body),
    }  # fmt: skip
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # No proxy and no password file of the environment: it connects to what was checked. No cookies, no kept connection.
    async with httpx2.AsyncClient(
        verify=_trusted(), trust_env=False, timeout=httpx2.Timeout(LONGEST, connect=_CONNECT)
    ) as client:
        for last, address in _tried(addresses):
            request = client.build_request(
                "POST", f"{parts.scheme}://{_written(address)}:{port}{target}", content=body, headers=headers,
                extensions={"sni_hostname": host},
            )  # fmt: skip
            try:
                response = await client.send(request, stream=True, follow_redirects=False)
            except httpx2.ConnectError:
                if last:
                    raise
                continue
            await response.aclose()
            return response.status_code
    raise OSError


def _tried(addresses: list[Address]) -> list[tuple[bool, Address]]:
    few = addresses[:_MOST_ADDRESSES]
    return [(address == few[-1], address) for address in few]


def _written(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whom the system trusts, read once: it takes 20 ms."""
    return ssl.create_default_context()
