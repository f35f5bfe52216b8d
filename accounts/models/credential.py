"""The base class of what authenticates a request: sessions, API tokens and grants."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar
from uuid import UUID

import orjson
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.clock import Clock
from accounts.models.last_use import last_uses
from accounts.scopes import Scope
from notes_api.db.compiled import Parameter
from notes_api.db.instances import build_stored
from notes_api.db.prepared import Rows

if TYPE_CHECKING:
    from accounts.models.user import User

LAST_USED_INTERVAL = timedelta(minutes=1)

# What authentication reads of the account. The password hash is not among it: few views need it, and they load it.
USER_COLUMNS = ("id", "email", "email_verified_at", "is_active", "is_staff", "created_at")
CLOCK_COLUMNS = ("user_id", "value", "sync_floor")

Row = TypeVar("Row", bound=models.Model)


class CredentialQuerySet(models.QuerySet[Row]):
    def of(self, user: "User") -> Self:
        return self.filter(user=user)

    def with_id(self, credential_id: UUID) -> Self:
        """The credential with this id, also if it has ended."""
        return self.filter(pk=credential_id)

    def of_any(self, users: "models.QuerySet[User]") -> Self:
        return self.filter(user__in=users)

    def live(self) -> Self:
        """Neither revoked nor expired."""
        return self.live_at(timezone.now())

    def live_at(self, moment: "datetime | Parameter") -> Self:
        raise NotImplementedError

    def of_active_accounts(self) -> Self:
        # A subquery, not a join: with a join, an UPDATE would move its other conditions into a subquery as well.
        return self.filter(user__in=get_user_model().objects.active())

    def usable_among(self, ids: Collection[UUID]) -> Self:
        """The credentials with these ids that are live and belong to an active account."""
        return self.live().of_active_accounts().filter(pk__in=ids)

    def clock_values(self) -> dict[UUID, int]:
        """Return the clock value of the account of each credential, by credential id."""
        return dict(self.values_list("pk", "user__clock__value"))

    def ended_before(self, moment: datetime) -> Self:
        return self.filter(Q(expires_at__lt=moment) | Q(revoked_at__lt=moment))

    def with_account(self) -> Self:
        return self.select_related("user__clock")

    def values_with_account(self) -> "models.QuerySet[Row, tuple[Any, ...]]":  # Any: columns differ
        """Select in one query what authentication needs; `Credential.build` reads the row."""
        account = [*(f"user__{name}" for name in USER_COLUMNS), *(f"user__clock__{name}" for name in CLOCK_COLUMNS)]
        return self.values_list(*self.model.columns, *account)  # type: ignore[attr-defined]  # every credential has it

    def revoke(self) -> int:
        return self.update(revoked_at=timezone.now())


class Credential(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    # Each subclass defines it with its own related name.
    user: "models.ForeignKey[User, User]"
    user_id: UUID

    # What authentication reads of a credential.
    columns: ClassVar[tuple[str, ...]]
    # What the API calls credentials of this class.
    kind: ClassVar[Literal["session", "token", "grant"]]

    class Meta:
        abstract = True

    @classmethod
    def build(cls, rows: Rows) -> Self:
        """Build the credential with its user and clock from the first row. Raises `DoesNotExist` if there is no row.

        Django loads the columns that were not read when a view uses them.
        """
        if not rows:
            raise cls.DoesNotExist
        row, end = rows[0], len(cls.columns)
        clock = build_stored(Clock, CLOCK_COLUMNS, row[-len(CLOCK_COLUMNS) :])
        account = cls.user.field.related_model  # `get_user_model` looks it up each time
        user = build_stored(account, USER_COLUMNS, row[end : -len(CLOCK_COLUMNS)], clock=clock)
        return build_stored(cls, cls.columns, row[:end], user=user)

    @property
    def label(self) -> str:
        """What the owner recognises the credential by."""
        raise NotImplementedError

    @property
    def as_author(self) -> str:
        """How the API names the credential as the author of a change, as JSON.

        Notes store it, because they outlive the credential. It never changes.
        """
        return orjson.dumps({"kind": self.kind, "id": self.pk, "name": self.label}).decode()

    @property
    def author_prefix(self) -> str:
        """How every `as_author` of the credential begins, whatever its name was."""
        return orjson.dumps({"kind": self.kind, "id": self.pk}).decode().removesuffix("}") + ","

    @property
    def granted_scopes(self) -> frozenset[Scope]:
        """What the credential may do."""
        raise NotImplementedError

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the credential is limited to; empty if it may use all notes."""
        return ()

    @property
    def valid_until(self) -> datetime | None:
        """When the credential of this request expires, or None if it does not."""
        raise NotImplementedError

    def record_use(self) -> None:
        """Store the time of use soon, at most once a minute. Writing it neither delays the request nor fails it."""
        now = timezone.now()
        # A time in the future was stored before the clock was set back.
        if self.last_used_at is None or abs(now - self.last_used_at) >= LAST_USED_INTERVAL:
            last_uses.add((type(self), self.pk), now)
