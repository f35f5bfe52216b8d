"""What the proxies in TRUSTED_PROXIES say about a request. The same headers from anyone else are ignored.

A proxy adds what it knows at the end of a list. What is before that may come from the client itself and never counts.
`Forwarded` (RFC 7239) is read only without `X-Forwarded-For`: a proxy that does not know one of the two passes on what
the client sent.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from notes_api.config.base_url import PATH
from notes_api.config.ip_addresses import parse_address

FOR, PROTO = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
HOST, PREFIX, FORWARDED = "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED"
PROXY_HEADERS = (FOR, PROTO, HOST, PREFIX, FORWARDED)
# The most proxies in a row.
MAX_PROXIES = 20
# An address with a port, or an IPv6 address in brackets, with or without a port. Some proxies write quotes around it.
NODE = re.compile(r'"?(?:\[([^\[\]"]+)\]|([0-9.]+))(?::[0-9]{1,5})?"?')
# A parameter of `Forwarded`. None of those that are read here can contain a comma or a semicolon.
PARAMETER = re.compile(r'(for|proto|host)=("[^"]*"|[^"]*)', re.IGNORECASE)


class Route(NamedTuple):
    """How a request came here."""

    # The address of the client: the last one that is not a trusted proxy.
    client: str
    # The number of trusted proxies between the client and this server.
    proxies: int
    # What the first of them says in `Forwarded`.
    parameters: Mapping[str, str]


def trust_proxies(request: HttpRequest) -> None:
    """Take the client's address, protocol, host and path from the headers of trusted proxies. Remove the headers.

    The second call for a request changes nothing.
    """
    meta = request.META
    if FOR in meta or PROTO in meta or HOST in meta or PREFIX in meta or FORWARDED in meta:
        read_headers(request)
    if prefix := settings.PUBLIC_BASE_URL.path:
        set_prefix(request, prefix)


def read_headers(request: HttpRequest) -> None:
    if getattr(request, "is_forwarded", False):
        return
    request.is_forwarded = True  # type: ignore[attr-defined]  # our own
    meta = request.META
    sent: dict[str, str] = {name: meta.pop(name, "") for name in PROXY_HEADERS}
    peer = meta.get("REMOTE_ADDR", "")
    if not is_trusted(peer):
        return
    route = find_route(peer, sent[FOR], sent[FORWARDED])
    meta["REMOTE_ADDR"] = route.client
    if scheme := pick(sent[PROTO], route) or route.parameters.get("proto", ""):
        meta[PROTO] = scheme.lower()
    if host := pick(sent[HOST], route) or route.parameters.get("host", ""):
        meta["HTTP_HOST"] = host
    prefix = pick(sent[PREFIX], route).rstrip("/")
    if prefix and PATH.fullmatch(prefix):
        set_prefix(request, prefix)


def set_prefix(request: HttpRequest, prefix: str) -> None:
    """Let the paths in responses begin with what a proxy has removed from the path of the request."""
    request.META["SCRIPT_NAME"] = prefix
    request.path = f"{prefix}{request.path_info}"


def pick(values: str, route: Route) -> str:
    """Return what the first trusted proxy says; what the only one says if others do not add to the list."""
    words = values.rsplit(",", MAX_PROXIES)
    return words[max(0, len(words) - route.proxies)].strip()


def find_route(peer: str, forwarded_for: str, forwarded: str) -> Route:
    """Return the route of a request that came from a trusted proxy. Read the lists from their end."""
    elements = [{"for": word} for word in last_words(forwarded_for)] or list(map(parse_element, last_words(forwarded)))
    for number, element in enumerate(elements[:MAX_PROXIES], 1):
        address = parse_node(element.get("for", ""))
        if address is None:
            return Route(peer, number, element)
        peer = str(address)
        if not is_proxy(address):
            return Route(peer, number, element)
    return Route(peer, max(1, len(elements)), elements[-1] if elements else {})


def last_words(values: str) -> list[str]:
    """Return the last values of a list, the last one first."""
    return [word.strip() for word in reversed(values.rsplit(",", MAX_PROXIES)) if word.strip()]


def parse_element(element: str) -> dict[str, str]:
    """Return the parameters of an element of `Forwarded` that are read here."""
    found = (PARAMETER.fullmatch(parameter.strip()) for parameter in element.split(";"))
    return {match[1].lower(): match[2].strip('"') for match in found if match}


def parse_node(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address as proxies write it: with a port, with brackets. None for anything else."""
    match = NODE.fullmatch(text)
    try:
        return parse_address(match[1] or match[2] if match else text)
    except ValueError:
        return None


def is_trusted(text: str) -> bool:
    address = parse_node(text) if settings.TRUSTED_PROXIES else None
    return address is not None and is_proxy(address)


def is_proxy(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)
