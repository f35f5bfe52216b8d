"""User accounts: an e-mail address, a password and permissions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, Group, PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from uuid_utils.compat import uuid7

from accounts.exceptions import EmailTaken
from accounts.models.clock import Clock
from accounts.models.user_queryset import UserManager, UserQuerySet


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(
        "e-mail address", unique=True, error_messages={"unique": "An account with this e-mail address already exists."}
    )
    # When a reader of that mailbox last confirmed the address. Addresses that staff enter count as verified.
    email_verified_at = models.DateTimeField("address verified", null=True, editable=False)
    is_active = models.BooleanField("active", default=True, help_text="Off: cannot log in, and every token is refused.")
    is_staff = models.BooleanField("staff", default=False, help_text="May open this admin.")
    # Increased when all sessions end. The admin's session cookies are valid for one generation.
    session_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField("registered", default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            # Together with the unique index on `email` this makes addresses unique in any letter case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def row(self) -> UserQuerySet:
        """The account's row as a queryset, for conditional writes: what this object has read may be stale."""
        row: UserQuerySet = User.objects.among([self])
        return row

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def must_verify_email(self) -> bool:
        """Whether the address has to be verified before the account can log in."""
        return settings.EMAIL_VERIFICATION == "required" and not self.email_verified

    @property
    def is_unclaimed(self) -> bool:
        """Whether the account never logged in and its address was never verified."""
        return not self.email_verified and self.last_login is None

    def clean(self) -> None:
        """Keep the address. Django would apply NFKC, but the forms have validated a new one already."""

    def may_manage(self, other: "User") -> bool:
        """Only superusers manage staff: taking over an account gives all its permissions."""
        return self.is_superuser or not (other.is_staff or other.is_superuser)

    def may_lock_out(self, other: "User") -> bool:
        """Whether the user may deactivate or delete the other one. Nobody can do that to themselves."""
        return self.pk != other.pk and self.may_manage(other)

    def create(self, groups: Iterable[Group] = ()) -> None:
        """Insert this new account with its clock, and add it to the groups. Raises `EmailTaken`."""
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                Clock.objects.create(user=self)
                self.groups.add(*groups)
        except IntegrityError as error:
            raise EmailTaken(self.email) from error

    def update_columns(self, values: Mapping[str, Any]) -> None:  # Any: each column has its own type
        """Write these columns and no others, because the others may have changed since they were read."""
        self.row.update(**values)

    def mark_email_verified(self) -> None:
        self.row.update(email_verified_at=timezone.now())

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password.

        An outdated hash is upgraded, unless the password has changed since this object was read.
        """

        def upgrade(password: str) -> None:
            upgraded = make_password(password)
            if self.row.with_password_hash(self.password).update(password=upgraded):
                self.password = upgraded

        try:
            return check_password(raw_password, self.password, upgrade)
        except User.DoesNotExist:
            # Authentication does not load the hash, and the account has been erased since.
            return False

    def get_session_auth_hash(self) -> str:
        """Return the hash that the admin's session cookie must match at every request."""
        return self.hash_session(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self.hash_session, settings.SECRET_KEY_FALLBACKS)

    def hash_session(self, secret: str | bytes) -> str:
        value = f"{self.session_generation}:{self.password}"
        # The first argument is the salt. Changing it logs all staff out of the admin.
        return salted_hmac("accounts.User.session_hash", value, secret, algorithm="sha256").hexdigest()
