"""Queries for accounts, and the ways to create one."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import BaseUserManager, Group
from django.db import models
from django.utils import timezone

from accounts.models.email_address import canonical_email, clean_email, spellings

if TYPE_CHECKING:
    from accounts.models.user import User

logger = logging.getLogger(__name__)

# Created by a migration, with the permissions that docs/operating.md lists for staff.
SUPPORT_GROUP = "Support"
# How long an unconfirmed registration can keep an address.
UNCLAIMED_FOR = timedelta(days=7)


def first_id(moment: datetime) -> UUID:
    """Return a lower bound of the UUIDs of version 7 that are made from this moment on."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> Self:
        """Users see themselves; staff see everyone."""
        return self if user.is_staff else self.filter(pk=user.pk)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def without_clock(self) -> Self:
        """The accounts that lack their clock: there must be none."""
        return self.filter(clock=None)

    def sample(self, most: int) -> "models.QuerySet[User, UUID]":
        """Return the ids of some accounts, others each time."""
        return self.order_by("?").values_list("pk", flat=True)[:most]

    def staff(self) -> Self:
        return self.filter(is_staff=True)

    def created_between(self, start: datetime, end: datetime) -> Self:
        """Compare the ids, which have an index. They begin with the time of registration (UUID version 7)."""
        return self.filter(pk__gte=first_id(start), pk__lt=first_id(end))

    def with_email(self, email: str) -> Self:
        return self.filter(email__in=spellings(email))

    def with_email_like(self, part: str) -> Self:
        return self.filter(models.Q(email__contains=part.lower()) | models.Q(email__contains=canonical_email(part)))

    def find_by_email(self, email: str) -> "User | None":
        """Return the account with this address, or None. An account with exactly this spelling comes first."""
        found = {user.email: user for user in self.with_email(email)}
        return next((found[spelling] for spelling in spellings(email) if spelling in found), None)

    def with_password_hash(self, password_hash: str) -> Self:
        return self.filter(password=password_hash)

    def unverified(self) -> Self:
        return self.filter(email_verified_at=None)

    def unclaimed(self) -> Self:
        """Accounts that never logged in and whose address was never verified."""
        return self.unverified().filter(last_login=None)

    def abandoned(self) -> Self:
        """Accounts unclaimed for a week after registration: the address may belong to somebody else."""
        if settings.EMAIL_VERIFICATION != "required":
            return self.none()
        return self.unclaimed().filter(is_staff=False, created_at__lt=timezone.now() - UNCLAIMED_FOR)

    def with_second_factor(self) -> Self:
        return self.exclude(second_factor__confirmed_at=None)

    def lock(self) -> bool:
        """Lock these accounts until the transaction ends; return whether there are any."""
        return bool(self.select_for_update(no_key=True).values_list("pk"))

    def among(self, users: "Iterable[User]") -> Self:
        return self.filter(pk__in=[user.pk for user in users])

    def with_log_entries(self) -> Self:
        """Accounts with staff actions in the admin's log. The log has to keep who acted."""
        return self.filter(pk__in=LogEntry.objects.values("user"))

    def related_counts(self) -> dict[str, int]:
        """Return how many rows of each kind are deleted with these accounts."""
        relations = [relation for relation in self.model._meta.related_objects if relation.one_to_many]
        return {
            str(relation.related_model._meta.verbose_name_plural): relation.related_model._base_manager.filter(
                **{f"{relation.field.name}__in": self.values("pk")}
            ).count()
            for relation in relations
        }


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # built at run time
    def create_user(  # Any: Django's signature
        self, email: str, password: str | None = None, *, groups: Iterable[Group] = (), **fields: Any
    ) -> "User":
        """Create an account with its clock.

        Raises `EmailTaken`, and `ValidationError` for an invalid address. The password is hashed before the
        transaction begins, so that no other write waits for bcrypt.
        """
        user: User = self.model(email=clean_email(email), password=make_password(password), **fields)
        user.create(groups)
        return user

    def create_verified(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: as above
        """Create an account whose address counts as verified, because the operator has entered it."""
        return self.create_user(email, password, email_verified_at=timezone.now(), **fields)

    def create_staff(self, email: str, password: str) -> "User":
        """Create a staff account with the permissions of the group Support."""
        return self.create_verified(email, password, is_staff=True, groups=Group.objects.filter(name=SUPPORT_GROUP))

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: as above
        """Create an account with all permissions, for Django's command `createsuperuser`, which logs nothing."""
        user = self.create_verified(email, password, **{"is_staff": True, "is_superuser": True, **fields})
        logger.warning("Superuser %s was created", user.pk)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User | None = self.find_by_email(username or "")
        if user is None:
            raise self.model.DoesNotExist
        return user

    def authenticate(self, email: str, password: str) -> "User | None":
        """Return the active account with this address and password, or None.

        For an unknown or inactive account one hash is computed as well, so that the response time reveals nothing.
        """
        user: User | None = self.find_by_email(email)
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None
