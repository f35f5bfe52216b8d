"""IP addresses and networks in one canonical form, however they are written."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# The length of the prefix that marks an IPv6 address as a mapped IPv4 address.
MAPPED_PREFIX_LENGTH = 96


def parse_address(text: str) -> IPv4Address | IPv6Address:
    """Return the address. An IPv4-mapped IPv6 address becomes IPv4 (RFC 4291, section 2.5.5.2). Raises `ValueError`.

    The zone of a link-local address is removed: it names an interface of this machine (RFC 4007, section 11) and is
    not part of the client's address. PostgreSQL rejects an address with a long zone.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def parse_network(text: str) -> Network:
    """Return the network. `::ffff:10.0.0.0/104` becomes `10.0.0.0/8`. Raises `ValueError`."""
    network = ip_network(text)
    if isinstance(network, IPv4Network):
        return network
    mapped = network.network_address.ipv4_mapped
    return network if mapped is None else IPv4Network((mapped, network.prefixlen - MAPPED_PREFIX_LENGTH))


def network_of(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network that one IPv6 customer gets."""
    try:
        parsed = parse_address(address or "")
    except ValueError:
        return "unknown"
    return str(parsed if isinstance(parsed, IPv4Address) else ip_network((parsed, 64), strict=False))
