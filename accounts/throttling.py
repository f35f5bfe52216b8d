"""How often a password may be guessed, an account be made and a mail be asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from ipaddress import IPv4Address, ip_network

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from accounts.models import Session, ThrottleCounter
from notes_api.addresses import meant_by
from notes_api.environment import Rate

# An address is shared by a household or an office, so it may try more often than one account is tried.
ADDRESS_FACTOR = 5


class Attempt:
    """One attempt, counted before it is made and given back unless it has `failed`.

    Counting first leaves no gap in which parallel attempts could slip through. Unknown accounts count like
    known ones, so that the throttle tells nothing.
    """

    def __init__(self) -> None:
        self.counted: dict[str, Rate] = {}

    def count(self, rates: Mapping[str, Rate]) -> None:
        """Raises `Throttled`."""
        for key, rate in rates.items():
            if wait := ThrottleCounter.objects.reserve(key, rate, patience()):
                raise Throttled(wait)
            self.counted[key] = rate

    def failed(self) -> None:
        """The password was wrong: the attempt stays counted."""
        counted, self.counted = self.counted, {}
        for key, rate in counted.items():
            insist(partial(ThrottleCounter.objects.confirm, key, rate))

    def give_back(self) -> None:
        for key in self.counted:
            insist(partial(ThrottleCounter.objects.give_back, key))


def patience() -> int:
    """Seconds after which an attempt of which nothing more was heard is forgotten: no check takes so long."""
    return max(60, 3 * settings.REQUEST_TIMEOUT)


def insist(write: Callable[[], object]) -> None:
    """Write, if need be on a new connection: that of a request which took too long has been cut."""
    try:
        write()
    except Error:
        with suppress(Error):
            connection.close()
            write()


@contextmanager
def login_attempt(request: Request | HttpRequest, email: str) -> Iterator[Attempt]:
    """Count a try of a password, per account and per address, until it turns out to be no guess; raises `Throttled`.

    It is given back where the password is right, and where something breaks before that is known.
    """
    attempt = Attempt()
    try:
        attempt.count(login_rates(request, email))
        yield attempt
    finally:
        attempt.give_back()


def login_rates(request: Request | HttpRequest, email: str) -> dict[str, Rate]:
    """What a try counts for."""
    rate = settings.THROTTLE_LOGIN
    if rate is None:
        return {}
    return {
        f"login:address:{network_of(client_address(request))}": rate.times(ADDRESS_FACTOR),
        f"login:account:{account_key(request, email)}": rate,
    }


def account_key(request: Request | HttpRequest, email: str) -> str:
    """What counts as one account.

    An address from which the account logged in lately counts apart, so that guessing elsewhere does not keep
    the owner out.
    """
    account, network = sha256(email.lower().encode()).hexdigest(), network_of(client_address(request))
    is_known = network in map(network_of, Session.objects.lately_begun_from(email))
    return f"{account}:{network if is_known else 'elsewhere'}"


def registration_attempt(request: Request, email: str) -> None:
    """Count a registration per address, whether it succeeds or not; raises `Throttled`.

    Where it ends in a mail it counts as one, too.
    """
    rate = settings.THROTTLE_REGISTER
    if rate is not None:
        count_for_good({f"register:address:{network_of(client_address(request))}": rate})
    if settings.EMAIL_VERIFICATION != "off":
        mail_attempt(request, "welcome", email)


def mail_attempt(request: Request, purpose: str, email: str) -> None:
    """Count a mail for where it is asked for and where it goes, whether there is such an account or not.

    Each purpose counts for itself: who asks for mails of one kind in somebody's name, whoever that is, keeps them
    from none of another kind. Raises `Throttled`.
    """
    rate = settings.THROTTLE_MAIL
    if rate is not None:
        network, account = network_of(client_address(request)), sha256(email.lower().encode()).hexdigest()
        count_for_good(
            {f"{purpose}:address:{network}": rate.times(ADDRESS_FACTOR), f"{purpose}:account:{account}": rate}
        )


def count_for_good(rates: Mapping[str, Rate]) -> None:
    for key, rate in rates.items():
        if wait := ThrottleCounter.objects.reserve(key, rate):
            raise Throttled(wait)


def client_address(request: Request | HttpRequest) -> str | None:
    """The client's IP address; None where the peer has none, as on a Unix socket."""
    try:
        return str(meant_by(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def network_of(address: str | None) -> str:
    """What counts as one address: for IPv6 the /64 that one customer gets."""
    if address is None:
        return "unknown"
    parsed = meant_by(address)
    return str(parsed if isinstance(parsed, IPv4Address) else ip_network((parsed, 64), strict=False))
