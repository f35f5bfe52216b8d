"""Requests that name an address which may or may not have an account.

The request itself only adds an entry to the outbox, so its duration and its result are the same for every address. The
handler looks for the account.
"""

from typing import Any

from accounts.flows.email_verification import send_verification_link
from accounts.flows.password_change import send_reset_link
from accounts.flows.registration import sign_up
from accounts.models import User
from accounts.models.mail_link import LINK_LIFETIME
from outbox.kinds import handles
from outbox.worker import enqueue

Payload = dict[str, Any]  # Any: JSON


def request_reset_link(email: str) -> None:
    enqueue("reset_link", {"email": email}, lifetime=LINK_LIFETIME)


def request_verification_link(email: str) -> None:
    enqueue("verification_link", {"email": email}, lifetime=LINK_LIFETIME)


def request_sign_up(email: str, password_hash: str) -> None:
    enqueue("sign_up", {"email": email, "password_hash": password_hash})


@handles("reset_link")
def carry_out_reset_link(payload: Payload) -> None:
    for user in User.objects.active().with_email(payload["email"]):
        send_reset_link(user)


@handles("verification_link")
def carry_out_verification_link(payload: Payload) -> None:
    for user in User.objects.with_email(payload["email"]):
        send_verification_link(user)


@handles("sign_up")
def carry_out_sign_up(payload: Payload) -> None:
    sign_up(payload["email"], payload["password_hash"])
