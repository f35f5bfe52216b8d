"""What a request can be authenticated by: a log-in on a device, or a token for a program."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, DatabaseError, models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.clock import Clock
from accounts.scopes import Scope
from notes_api.compiled import Parameter, Rows

if TYPE_CHECKING:
    from accounts.models.user import User

LAST_USED_EVERY = timedelta(minutes=1)

Row = TypeVar("Row", bound=models.Model)


class CredentialQuerySet(models.QuerySet[Row]):
    def of(self, user: "User") -> Self:
        return self.filter(user=user)

    def of_any(self, users: "models.QuerySet[User]") -> Self:
        return self.filter(user__in=users)

    def live(self) -> Self:
        """Neither revoked nor expired."""
        return self.live_at(timezone.now())

    def live_at(self, moment: "datetime | Parameter") -> Self:
        raise NotImplementedError

    def of_active_accounts(self) -> Self:
        # Not a join: an UPDATE has to check its other conditions on the row itself, not in a subquery.
        return self.filter(user__in=get_user_model().objects.active())

    def standing(self, ids: Collection[UUID]) -> Self:
        """Those of these that may still be used."""
        return self.live().of_active_accounts().filter(pk__in=ids)

    def clocks(self) -> dict[UUID, int]:
        """Where the account of each is."""
        return dict(self.values_list("pk", "user__clock__value"))

    def over_before(self, moment: datetime) -> Self:
        return self.filter(Q(expires_at__lt=moment) | Q(revoked_at__lt=moment))

    def with_account(self) -> Self:
        return self.select_related("user__clock")

    def columns_with_account(self) -> "models.QuerySet[Row, tuple[Any, ...]]":  # Any: columns differ
        """Everything that authentication needs to know, in one query: a row that `presented` reads."""
        parts = parts_of(self.model).items()
        return self.values_list(*[f"{prefix}{name}" for prefix, model in parts for name in columns_of(model)])

    def presented(self, rows: Rows) -> Row:
        """The credential of the only row, with its user and clock; raises `DoesNotExist` where there is none."""
        if not rows:
            raise self.model.DoesNotExist  # type: ignore[attr-defined]  # every model has it
        values = iter(rows[0])
        credential, user, clock = (read(model, values) for model in parts_of(self.model).values())
        user.clock = clock
        credential.user = user
        return cast("Row", credential)

    def revoke(self) -> int:
        return self.update(revoked_at=timezone.now())


def parts_of(model: type[models.Model]) -> dict[str, type[models.Model]]:
    """The models of which a credential with its account consists, by how their columns are reached from it."""
    return {"": model, "user__": get_user_model(), "user__clock__": Clock}


@cache
def columns_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def read(model: type[models.Model], values: Iterator[Any]) -> Any:  # Any: each column has its own type; an instance
    """The next columns of a row as what they are of."""
    names = columns_of(model)
    return model.from_db(DEFAULT_DB_ALIAS, names, tuple(islice(values, len(names))))


class Credential(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    # Each kind of credential relates to it under a name of its own.
    user: "models.ForeignKey[User, User]"
    user_id: UUID

    class Meta:
        abstract = True

    @property
    def granted(self) -> frozenset[Scope]:
        """What it may do."""
        raise NotImplementedError

    @property
    def valid_until(self) -> datetime | None:
        """When the credentials of this very request expire by themselves, if ever."""
        raise NotImplementedError

    def note_use(self) -> None:
        """Remember that it is in use, at most once a minute; never a reason for a request to fail."""
        now = timezone.now()
        if self.last_used_at is not None and now - self.last_used_at < LAST_USED_EVERY:
            return
        try:
            unchanged = type(self)._base_manager.filter(pk=self.pk, last_used_at=self.last_used_at)
            unchanged.update(last_used_at=now)
        except DatabaseError:
            return
