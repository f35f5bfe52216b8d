"""People: an e-mail address, a password and whether they may come in."""

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import BaseUserManager, Group, PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.emails import clean_email
from accounts.models import erasure
from accounts.models.clock import Clock, tick
from accounts.models.email import EmailTaken
from accounts.models.password import PasswordAccount, PasswordReplaced
from accounts.models.session import Session

logger = logging.getLogger(__name__)

# Made by a migration, with the rights that docs/operating.md promises to staff.
SUPPORT_GROUP = "Support"
# How long an address can be kept by a registration that nobody confirms.
UNCLAIMED_FOR = timedelta(days=7)


class OnRecord(Exception):
    """The account has worked as staff, and the record of what it did would go with it."""


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> Self:
        """Everybody sees themselves; staff see everyone."""
        return self if user.is_staff else self.filter(pk=user.pk)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_email(self, email: str) -> Self:
        return self.filter(email=email.lower())

    def with_email_like(self, part: str) -> Self:
        return self.filter(email__contains=part.lower())

    def with_password_hash(self, password_hash: str) -> Self:
        return self.filter(password=password_hash)

    def unverified(self) -> Self:
        return self.filter(email_verified_at=None)

    def unclaimed(self) -> Self:
        """Nobody has shown yet that the address is theirs, and nobody was ever in."""
        return self.unverified().filter(last_login=None)

    def abandoned(self) -> Self:
        """Registered a week ago, and nobody has claimed them: their address may be a stranger's."""
        if settings.EMAIL_VERIFICATION != "required":
            return self.none()
        return self.unclaimed().filter(is_staff=False, created_at__lt=timezone.now() - UNCLAIMED_FOR)

    def with_second_factor(self) -> Self:
        return self.exclude(second_factor__confirmed_at=None)

    def lock(self) -> bool:
        """Whether there are such accounts; nobody else changes them before the transaction ends."""
        return bool(self.select_for_update(no_key=True).values_list("pk"))

    def send_reset_links(self) -> None:
        for user in self:
            user.send_reset_link()

    def send_verification_links(self) -> None:
        for user in self:
            user.send_verification_link()

    def among(self, users: "Iterable[User]") -> Self:
        return self.filter(pk__in=[user.pk for user in users])

    def on_record(self) -> Self:
        """Those that did something as staff: that stays on record, and so does who did it."""
        return self.filter(pk__in=LogEntry.objects.values("user"))

    @transaction.atomic
    def end_sessions(self, spared: Session | None = None) -> int:
        """End the sessions of these accounts but for one, in the admin too; how many there were outside the admin."""
        self.update(session_generation=F("session_generation") + 1)
        sessions = Session.objects.of_any(self)
        return (sessions if spared is None else sessions.other_than(spared)).live().revoke()

    def erase_all(self) -> int:
        """Erase each in a transaction of its own, if it still is one of these; how many there were."""
        return sum(user.erase_if(self) for user in self)

    def belongings(self) -> dict[str, int]:
        """How many rows of each kind are deleted with these accounts."""
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

        Raises `EmailTaken`, and `ValidationError` for an address that nobody could have. The password is hashed
        before the transaction begins: nobody waits for bcrypt.
        """
        user = User(email=clean_email(email), password=make_password(password), **fields)
        user.open(groups)
        return user

    def create_vouched(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: as above
        """Create an account for whoever runs the server, and so vouches for the address."""
        return self.create_user(email, password, email_verified_at=timezone.now(), **fields)

    def create_staff(self, email: str, password: str) -> "User":
        """Create an account that may do in the admin what the group Support may."""
        return self.create_vouched(email, password, is_staff=True, groups=Group.objects.filter(name=SUPPORT_GROUP))

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # Any: as above
        """Create an account that may do everything, for Django's command `createsuperuser`, which logs nothing."""
        user = self.create_vouched(email, password, **{"is_staff": True, "is_superuser": True, **fields})
        logger.warning("Superuser %s was made", user.pk)
        return user

    def sign_up(self, email: str, password_hash: str) -> None:
        """Register somebody whose mailbox it may or may not be: whatever comes of it comes by mail."""
        user = User(email=email, password=password_hash)
        try:
            user.open()
        except EmailTaken:
            for holder in self.with_email(email):
                holder.sign_up_again()
        else:
            user.send_verification_link()

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


class User(PasswordAccount, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
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

    def may_manage(self, other: "User") -> bool:
        """Only superusers manage staff: whoever can take an account over can do all that it may do."""
        return self.is_superuser or not (other.is_staff or other.is_superuser)

    def may_shut_out(self, other: "User") -> bool:
        """Nobody locks the door behind themself."""
        return self.pk != other.pk and self.may_manage(other)

    def open(self, groups: Iterable[Group] = ()) -> None:
        """Keep this new account, with its clock and in these groups. Raises `EmailTaken`."""
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                Clock.objects.create(user=self)
                self.groups.add(*groups)
        except IntegrityError as error:
            raise EmailTaken(self.email) from error

    def change(self, values: Mapping[str, Any]) -> None:  # Any: each column has its own type
        """Write these columns and no other: what was read before may be stale by now."""
        User.objects.filter(pk=self.pk).update(**values)

    def leave(self, password_hash: str) -> None:
        """Erase oneself; raises as `erase` does. Staff cannot: the last superuser would lock everybody out."""
        if self.is_staff or self.is_superuser:
            raise OnRecord
        self.erase(password_hash)

    def erase(self, password_hash: str | None = None) -> None:
        """Delete the account and everything it owns; if asked to, only while it has the password just checked.

        With its clock and its row held nothing can be added meanwhile. Raises `PasswordReplaced` and `OnRecord`.
        """
        with tick(self.pk):
            account = User.objects.select_for_update().filter(pk=self.pk)
            if not (account if password_hash is None else account.with_password_hash(password_hash)).exists():
                raise PasswordReplaced
            if account.on_record().exists():
                raise OnRecord
            erasure.forget_name(self)
            erasure.close_browsers(self.pk)
            erasure.delete_with_all(self)

    @transaction.atomic
    def erase_if(self, users: UserQuerySet) -> bool:
        """Erase the account if it is one of these."""
        is_one = users.among([self]).lock()
        if is_one:
            self.erase()
        return is_one

    @transaction.atomic
    def deactivate(self) -> None:
        """Shut the account out: what opens it ends for good, not only while it is off."""
        User.objects.filter(pk=self.pk).update(is_active=False)
        self.is_active = False
        self.end_access()

    def reactivate(self) -> None:
        User.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True
