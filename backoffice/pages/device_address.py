"""At what address is a device? Its article and serial number in letters that no reader of addresses takes apart.

A serial number may hold what means something in an address, `/` or `#`; the address shows neither it nor the article.
"""

import base64
import binascii
import json

from exchange.shape_check import text
from workflows.devices import Device

_checked = text(64)


def device_address(article: str, serial_number: str) -> str:
    """`/individer/…` of the device."""
    return f"/individer/{device_key(Device(article, serial_number))}"


def device_key(device: Device) -> str:
    """The device as one word of letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(json.dumps(device, ensure_ascii=False).encode()).rstrip(b"=").decode()


def device_of(key: str) -> Device | None:
    """The device that a key names, whether there is one or not; None for what is no key."""
    try:
        named = json.loads(base64.urlsafe_b64decode(key.encode("ascii") + b"=" * (-len(key) % 4)))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        return None
    if not isinstance(named, list) or len(named) != 2:
        return None
    return Device(*named) if all(isinstance(_checked(each), str) for each in named) else None
