"""People: an e-mail address, a password and whether they may come in."""

from typing import Any, Self

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.clock import Clock
from accounts.models.session import Session


class EmailTaken(Exception):
    """Another account has this address, in whatever letter case."""


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> Self:
        """Everybody sees themselves; staff see everyone."""
        return self if user.is_staff else self.filter(pk=user.pk)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_email(self, email: str) -> Self:
        return self.filter(email=email.lower())

    def with_password_hash(self, password_hash: str) -> Self:
        return self.filter(password=password_hash)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # built at run time
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: Django's signature
        """Create an account with its clock.

        Raises `EmailTaken`. The password is hashed before the transaction begins: nobody waits for bcrypt.
        """
        user = User(email=email.lower(), password=make_password(password), **fields)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
                Clock.objects.create(user=user)
        except IntegrityError as error:
            raise EmailTaken(email) from error
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: as above
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email=(username or "").lower())
        return user

    def authenticate(self, email: str, password: str) -> "User | None":
        """The active account that this address and password open, or None.

        An unknown or inactive account costs one hash like any other, so that the time tells nothing.
        """
        user = self.with_email(email).first()
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(
        "e-mail address", unique=True, error_messages={"unique": "An account with this e-mail address already exists."}
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: cannot log in, and every token is refused.")
    is_staff = models.BooleanField("staff", default=False, help_text="May open this admin.")
    created_at = models.DateTimeField("registered", default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            # With the unique index on `email` this makes addresses unique in any letter case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    @transaction.atomic
    def deactivate(self) -> None:
        """Shut the account out: its sessions end for good, not only while it is off."""
        User.objects.filter(pk=self.pk).update(is_active=False)
        self.is_active = False
        self.end_sessions()

    def reactivate(self) -> None:
        User.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True

    def replace_password(self, password: str) -> None:
        """Set a new password and end every session."""
        self.password = make_password(password)
        with transaction.atomic():
            User.objects.filter(pk=self.pk).update(password=self.password)
            self.end_sessions()

    def end_sessions(self) -> int:
        """End every session of the account; how many that were."""
        return Session.objects.of(self).live().revoke()
