"""Start a session, and report a log-in from a new device to the owner."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.mail import send_notice
from accounts.models import SecondFactor, Session, User
from notes_api.config.ip_addresses import network_of

KNOWN_DEVICE_LIFETIME = timedelta(days=30)
# The most earlier sessions that are compared.
MAX_COMPARED = 500
# Version numbers change with every update. Dots and colons could make a link of the text in the mail.
NOT_FAMILY = re.compile(r"[^A-Za-z ;()_-]+")


def log_in(
    user: User, user_agent: str, ip_address: str | None, factor: SecondFactor | None, *, is_page: bool = False
) -> Session | None:
    """Start a session as `Session.objects.start` does. The first log-in after registration is not reported."""
    is_new = is_new_device(user, user_agent, ip_address)
    with transaction.atomic():
        session = Session.objects.start(user, user_agent, ip_address, factor, is_page=is_page)
        if session is not None and is_new:
            report_new_device(user, user_agent, ip_address)
    return session


def record_admin_log_in(user: User, user_agent: str, ip_address: str | None) -> None:
    """Report a log-in to the admin like any other, and remember its device and network.

    The admin has sessions of its own. The one that is stored here has already ended: it has no tokens.
    """
    is_new = is_new_device(user, user_agent, ip_address)
    with transaction.atomic():
        Session.objects.create(user=user, user_agent=user_agent[:200], ip_address=ip_address, revoked_at=timezone.now())
        Session.objects.delete_oldest_ended(user)
        # Last, as in `log_in`: two that lock sessions and the counter of notices in another order could deadlock.
        if is_new:
            report_new_device(user, user_agent, ip_address)


def report_new_device(user: User, user_agent: str, ip_address: str | None) -> None:
    send_notice(user, "new_device", device=device_family(user_agent) or "unknown", address=ip_address or "unknown")


def is_new_device(user: User, user_agent: str, ip_address: str | None) -> bool:
    """Whether a log-in has to be reported: the account logged in before, but not from this device."""
    return user.last_login is not None and not is_known_device(user, user_agent, ip_address)


def is_known_device(user: User, user_agent: str, ip_address: str | None) -> bool:
    """Return whether the account logged in with this kind of program from this network in the last 30 days."""
    recent = Session.objects.started_after(timezone.now() - KNOWN_DEVICE_LIFETIME).of(user).order_by("-id")
    seen = recent.values_list("user_agent", "ip_address")[:MAX_COMPARED]
    wanted = (device_family(user_agent), network_of(ip_address))
    return any((device_family(agent), network_of(address)) == wanted for agent, address in seen)


def device_family(user_agent: str) -> str:
    """Return the user agent without version numbers."""
    return NOT_FAMILY.sub(" ", user_agent[:200]).strip()
