"""IP addresses as they are meant, however they are written."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# Of an address of IPv6 that stands for one of IPv4, so many bits say that it does.
MAPPED_BITS = 96


def meant_by(text: str) -> IPv4Address | IPv6Address:
    """IPv4 where it is written as IPv6 (RFC 4291, section 2.5.5.2), and without the zone of a link-local address.

    The zone names an interface of this machine (RFC 4007, section 11) and is no part of the client's address; with a
    long one PostgreSQL refuses the whole. Raises `ValueError`.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def network_meant_by(text: str) -> Network:
    """IPv4 where it is written as IPv6: `::ffff:10.0.0.0/104` is `10.0.0.0/8`. Raises `ValueError`."""
    network = ip_network(text)
    if isinstance(network, IPv4Network):
        return network
    mapped = network.network_address.ipv4_mapped
    return network if mapped is None else IPv4Network((mapped, network.prefixlen - MAPPED_BITS))
