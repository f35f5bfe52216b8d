"""Devices without a browser that wait for their user's permission (RFC 8628)."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.digest import digest_secret
from accounts.models.grant import Grant
from accounts.models.oauth_client import OAuthClient

LIFETIME = timedelta(minutes=10)
# Seconds between two polls of a device.
INTERVAL = 5
# Consonants without those that look alike: 20 ** 8 codes, which spell no words (RFC 8628, section 6.1).
CODE_DIGITS, CODE_LENGTH = "BCDFGHJKLMNPQRSTVWXZ", 8


class DeviceRequestQuerySet(models.QuerySet["DeviceRequest"]):
    def unexpired(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())

    def waiting(self) -> Self:
        """Neither allowed nor refused."""
        return self.unexpired().filter(grant=None, is_refused=False)

    def refuse_for(self, clients: Collection[OAuthClient]) -> None:
        self.waiting().filter(client__in=clients).update(is_refused=True)

    def begin(self, client: OAuthClient, scopes: Collection[str], resource: str) -> "DeviceRequest":
        """Create a request. Only the returned object has both codes."""
        device_code, user_code = secrets.token_urlsafe(32), make_user_code()
        request = self.create(
            client=client,
            scopes=sorted(scopes),
            resource=resource,
            device_digest=digest_secret(device_code),
            user_code=user_code,
        )
        request.device_code = device_code
        return request

    def find_by_user_code(self, typed: str) -> "DeviceRequest | None":
        """Return the waiting request with the code that a person has typed."""
        code = "".join(character for character in typed.upper() if character in CODE_DIGITS)
        return self.waiting().select_related("client").filter(user_code=code).first()

    def find_by_device_code(self, code: str) -> "DeviceRequest | None":
        """Return the request, locked until the end of the transaction."""
        locked = self.select_for_update(no_key=True, of=("self",)).select_related("client")
        return locked.filter(device_digest=digest_secret(code)).first()


def make_user_code() -> str:
    return "".join(secrets.choice(CODE_DIGITS) for _ in range(CODE_LENGTH))


def end_of_device_request() -> datetime:
    """Return the expiry of a request that begins now. Migrations refer to this function."""
    return timezone.now() + LIFETIME


class DeviceRequest(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(OAuthClient, models.CASCADE, related_name="device_requests")
    scopes = models.JSONField()
    resource = models.CharField(max_length=100, blank=True)
    device_digest = models.CharField(max_length=64)
    # Not a secret: anyone who types it in has to log in, and sees which program asks. Unique while it waits.
    user_code = models.CharField(max_length=CODE_LENGTH)
    # What the user has allowed.
    grant = models.ForeignKey(Grant, models.CASCADE, null=True)
    is_refused = models.BooleanField(default=False, db_default=False)
    asked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(default=end_of_device_request, db_index=True)

    # Set only on the object that `begin` returns.
    device_code: str

    objects = DeviceRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device_digest"], name="one_device_request_a_code"),
            models.UniqueConstraint(fields=["user_code"], name="one_device_request_a_user_code"),
        ]

    def __str__(self) -> str:
        return f"device request of {self.client}"

    @property
    def shown_code(self) -> str:
        """The code as a person types it."""
        return f"{self.user_code[:4]}-{self.user_code[4:]}"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def record_poll(self) -> bool:
        """Store the time of a poll of the device. Return False if it came too soon after the last one."""
        now, before = timezone.now(), self.asked_at
        DeviceRequest.objects.filter(pk=self.pk).update(asked_at=now)
        # A second of tolerance: the device counts from the response, and this server from the request.
        return before is None or not timedelta() <= now - before < timedelta(seconds=INTERVAL - 1)

    def decide(self, grant: Grant | None) -> bool:
        """Allow the request with a grant, or refuse it. Return False if it has been answered or has expired."""
        waiting = DeviceRequest.objects.waiting().filter(pk=self.pk)
        return waiting.update(grant=grant, is_refused=grant is None) > 0
