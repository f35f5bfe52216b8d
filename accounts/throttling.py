"""Limits on guessing passwords, registering accounts and requesting mails."""

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

from accounts.authentication.security_log import SecurityEvent, log_event_for_email
from accounts.models import Session, ThrottleCounter
from accounts.models.email_address import canonical_email
from accounts.problems import AddressTaken
from notes_api.config.ip_addresses import network_of, parse_address
from notes_api.config.rate import Rate
from notes_api.rest.throttling import TooManyRequests

# A household or an office may share an IP address, so it has a higher limit than an account.
ADDRESS_FACTOR = 5
# Every registration with THROTTLE_REGISTER may send a mail, by default 100 of an address in an hour.
WELCOME_FACTOR = 20
# A /48 network is what one IPv6 customer can get at most: 65,536 networks of /64. Without a limit of its own, each
# customer could fill the table of counters.
SITE_FACTOR = 50
SITE_PREFIX = 48
# Successful logins of one account, whatever the address. Each creates a session and hashes a password.
LOGIN_RATE = Rate(60, 3600)


class Attempt:
    """An attempt that is counted before it is made, and released unless `mark_failed` is called.

    Counting first means that parallel attempts cannot exceed the limit. Unknown accounts are counted like known
    ones, so that the throttle does not reveal which exist.
    """

    def __init__(self) -> None:
        self.counted: dict[str, Rate] = {}

    def reserve(self, rates: Mapping[str, Rate]) -> None:
        """Count the attempt for each key. Raises `Throttled` if a limit is reached."""
        for key, rate in rates.items():
            if wait := ThrottleCounter.objects.reserve(key, rate, provisional_seconds()):
                raise TooManyRequests(wait)
            self.counted[key] = rate

    def mark_failed(self) -> None:
        """Keep the attempt counted, because the password or code was wrong."""
        self.keep()

    def keep(self) -> None:
        """Keep the attempt counted for the whole window."""
        counted, self.counted = self.counted, {}
        for key, rate in counted.items():
            write_with_retry(partial(ThrottleCounter.objects.confirm, key, rate))

    def release(self) -> None:
        """Undo the counting, unless the attempt was marked as failed."""
        for key in self.counted:
            write_with_retry(partial(ThrottleCounter.objects.release, key))


def provisional_seconds() -> int:
    """Return the seconds after which an attempt without an outcome is forgotten. No check takes that long."""
    return max(60, 3 * settings.REQUEST_TIMEOUT)


def write_with_retry(write: Callable[[], object]) -> None:
    """Write, and retry once on a new connection: a deadline may have closed the connection of this request."""
    try:
        write()
    except Error:
        with suppress(Error):
            connection.close()
            write()


@contextmanager
def login_attempt(request: Request | HttpRequest, email: str) -> Iterator[Attempt]:
    """Count an attempt to log in, per account and per IP address. Raises `Throttled`.

    The attempt is released when the block ends, unless the block has marked it as failed.
    """
    attempt = Attempt()
    try:
        attempt.reserve(get_login_rates(request, email))
        yield attempt
    except Throttled:
        log_event_for_email(SecurityEvent.ATTEMPT_THROTTLED, email)
        raise
    finally:
        attempt.release()


@contextmanager
def login_allowance(email: str) -> Iterator[Attempt]:
    """Count a successful login per account. Raises `Throttled`, before the password is hashed.

    The login is released when the block ends, unless the block calls `keep`. Failed attempts are therefore not counted
    here, and nobody without the password can use up the allowance.
    """
    allowance = Attempt()
    try:
        if settings.THROTTLE_LOGIN is not None:
            allowance.reserve({f"login:success:{hash_email(email)}": LOGIN_RATE})
        yield allowance
    finally:
        allowance.release()


def get_login_rates(request: Request | HttpRequest, email: str) -> dict[str, Rate]:
    """Return the limits of a login attempt by counter key."""
    rate = settings.THROTTLE_LOGIN
    if rate is None:
        return {}
    return {
        **get_address_rates("login", request, rate.times(ADDRESS_FACTOR), rate.times(SITE_FACTOR)),
        f"login:account:{get_account_key(request, email)}": rate,
    }


def get_address_rates(purpose: str, request: Request | HttpRequest, rate: Rate, site_rate: Rate) -> dict[str, Rate]:
    """Return the limits of the client's address and, for IPv6, first that of the /48 network around it.

    A key without room stops the ones after it from being counted, so an attacker with a whole network adds few rows.
    """
    address = get_client_address(request)
    site = get_site(address)
    rates = {f"{purpose}:site:{site}": site_rate} if site else {}
    return {**rates, f"{purpose}:address:{network_of(address)}": rate}


def get_account_key(request: Request | HttpRequest, email: str) -> str:
    """Return the counter key of an account.

    Each network from which the account has recently logged in has its own counter, so that guesses from elsewhere
    do not lock the owner out.
    """
    account, network = hash_email(email), network_of(get_client_address(request))
    is_known = network in map(network_of, Session.objects.recent_ip_addresses(email))
    return f"{account}:{network if is_known else 'elsewhere'}"


def hash_email(email: str) -> str:
    """Return a digest of the mailbox, however it is spelled. The counters contain no addresses."""
    return sha256(canonical_email(email).encode()).hexdigest()


@contextmanager
def registration_attempt(request: Request, email: str) -> Iterator[None]:
    """Count a registration per IP address, and separately if its e-mail address is taken. Raises `Throttled`.

    A class or an office registers from one address at the same time, so accounts have a higher limit than failures. If
    the registration sends a mail, that is counted too.
    """
    rate, attempt = settings.THROTTLE_REGISTER, Attempt()
    try:
        if rate is not None:
            site_rate = rate.times(SITE_FACTOR // ADDRESS_FACTOR)
            attempt.reserve(get_address_rates("register:taken", request, rate, site_rate))
            total, site_total = rate.times(ADDRESS_FACTOR), rate.times(SITE_FACTOR)
            count_permanently(get_address_rates("register", request, total, site_total))
        if settings.EMAIL_VERIFICATION != "off":
            count_mail(request, "welcome", email, WELCOME_FACTOR)
        yield
    except AddressTaken:
        attempt.mark_failed()
        raise
    finally:
        attempt.release()


def count_mail(request: Request, purpose: str, email: str, address_factor: int = ADDRESS_FACTOR) -> None:
    """Count a mail per network and per recipient, whether the account exists or not. Raises `Throttled`.

    One network runs out before the mailbox does for others, so a single attacker cannot keep the owner from getting a
    mail. Networks from which the account has recently logged in have counters of their own. Each purpose has its own
    counters: nobody can block one kind of mail to a user by requesting another kind.
    """
    rate = settings.THROTTLE_MAIL
    if rate is not None:
        network, account = network_of(get_client_address(request)), get_account_key(request, email)
        total = rate.times(ADDRESS_FACTOR)
        site_total = rate.times(address_factor * SITE_FACTOR // ADDRESS_FACTOR)
        rates = {
            **get_address_rates(purpose, request, rate.times(address_factor), site_total),
            f"{purpose}:pair:{hash_pair(email, network)}": rate,
            f"{purpose}:account:{account}": total,
        }
        try:
            count_permanently(rates)
        except Throttled:
            log_event_for_email(SecurityEvent.MAIL_THROTTLED, email)
            raise


def count_client_requests(request: Request | HttpRequest, purpose: str) -> None:
    """Count what programs can cause without a user, per IP address: each adds a row or fetches a document."""
    rate = settings.THROTTLE_REGISTER
    if rate is not None:
        count_permanently(
            get_address_rates(f"oauth:{purpose}", request, rate, rate.times(SITE_FACTOR // ADDRESS_FACTOR))
        )


def hash_pair(email: str, network: str) -> str:
    """Return a digest of the recipient and the network that asks: the key of a counter has 128 characters."""
    return sha256(f"{hash_email(email)}:{network}".encode()).hexdigest()


def count_permanently(rates: Mapping[str, Rate]) -> None:
    """Count an attempt, regardless of its outcome. Raises `Throttled`."""
    for key, rate in rates.items():
        if wait := ThrottleCounter.objects.reserve(key, rate):
            raise TooManyRequests(wait)


def get_client_address(request: Request | HttpRequest) -> str | None:
    """Return the client's IP address, or None if the peer has none, as on a Unix socket."""
    try:
        return str(parse_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def get_site(address: str | None) -> str | None:
    """Return the /48 network of an IPv6 address, or None for any other address."""
    parsed = None if address is None else parse_address(address)
    if parsed is None or isinstance(parsed, IPv4Address):
        return None
    return str(ip_network((parsed, SITE_PREFIX), strict=False))
