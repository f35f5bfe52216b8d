"""How often a password may be guessed and an account be made."""

from collections.abc import Mapping
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from accounts.models import Session, ThrottleCounter
from notes_api.environment import Rate

# An address is shared by a household or an office, so it may try more often than one account is tried.
ADDRESS_FACTOR = 5


class Attempt:
    """One attempt, counted before it is made and given back if it succeeds.

    Counting first leaves no gap in which parallel attempts could slip through. Unknown accounts count like
    known ones, so that the throttle tells nothing.
    """

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self.keys: list[str] = []
        for key, rate in rates.items():
            if wait := ThrottleCounter.objects.reserve(key, rate):
                self.give_back()
                raise Throttled(wait)
            self.keys.append(key)

    def give_back(self) -> None:
        for key in self.keys:
            ThrottleCounter.objects.give_back(key)


def login_attempt(request: Request | HttpRequest, email: str) -> Attempt:
    """Count a try of a password, per account and per address; raises `Throttled`.

    An address from which the account logged in lately counts apart, so that guessing elsewhere does not keep
    the owner out.
    """
    rate = settings.THROTTLE_LOGIN
    if rate is None:
        return Attempt({})
    account, network = sha256(email.lower().encode()).hexdigest(), network_of(client_address(request))
    is_known = network in map(network_of, Session.objects.lately_begun_from(email))
    return Attempt({
        f"login:address:{network}": rate.times(ADDRESS_FACTOR),
        f"login:account:{account}:{network if is_known else 'elsewhere'}": rate,
    })  # fmt: skip


def registration_attempt(request: Request) -> Attempt:
    """Count a registration per address, whether it succeeds or not; raises `Throttled`."""
    rate = settings.THROTTLE_REGISTER
    return Attempt({} if rate is None else {f"register:address:{network_of(client_address(request))}": rate})


def client_address(request: Request | HttpRequest) -> str | None:
    """The client's IP address; None where the peer has none, as on a Unix socket."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def network_of(address: str | None) -> str:
    """What counts as one address: for IPv6 the /64 that one customer gets."""
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ip_network(f"{address}/64", strict=False))
