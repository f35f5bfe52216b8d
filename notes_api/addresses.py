"""IP addresses as they are meant, however they are written."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def meant_by(text: str) -> IPv4Address | IPv6Address:
    """IPv4 where it is written as IPv6 (RFC 4291, section 2.5.5.2), and without the zone of a link-local address.

    The zone names an interface of this machine (RFC 4007, section 11) and is no part of the client's address; with a
    long one PostgreSQL refuses the whole. Raises `ValueError`.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))
