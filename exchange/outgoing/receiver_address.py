"""Where may a message go that somebody's URL sends out of here? To a public address, or into a network that is allowed.

A name is looked up once, and what is connected to is what was checked: a name that stands for another address a moment
later (DNS rebinding) leads nowhere. Next: webhook_post.py.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WITH_AN_IPV4_INSIDE = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""NAT64 and the old compatible form: they lead to the IPv4 address in their last four bytes."""


class AddressRefused(Exception):
    """adressen är inte tillåten (the address is not allowed)."""


async def addresses_of(host: str, port: int, allowed: Collection[Network]) -> list[Address]:
    """The addresses of `host`, in the order in which they are to be tried. Raises AddressRefused where one of them is
    neither public nor in an allowed network, and OSError where there is none."""
    try:
        found: list[Address] = [ipaddress.ip_address(host)]
    except ValueError:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # A scope (%eth0) is a link-local address's.
        found = list(dict.fromkeys(ipaddress.ip_address(answer[4][0]) for answer in answers))
    if not all(is_allowed(address, allowed) for address in found):
        raise AddressRefused(AddressRefused.__doc__)
    return found


def is_allowed(address: Address, allowed: Collection[Network]) -> bool:
    """Whether a message may go there: what leads on to another address is judged by that one."""
    meant = _meant(address)
    if any(meant in network for network in allowed):
        return True
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _meant(address: Address) -> Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if any(address in network for network in _WITH_AN_IPV4_INSIDE) and int(address) > 1:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
