"""Where does a request come from, as far as we can tell? The address that its pace is counted by.

Behind a proxy it is the one the proxy names, where the server was told to believe it.
"""

from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection) -> str:
    """The IPv4 address, or the /64 of an IPv6 one: whoever has one address of it has them all."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
