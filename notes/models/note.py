"""Notes, and what can be done with them."""

from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import User, tick, untick
from notes_api.conditional import Preconditions

# What moves `updated_at`: the text, not where the note is kept.
TEXT_FIELDS = frozenset({"title", "content"})


class NoteChanged(Exception):
    """The note is not the version that the client expects; the argument is the note as it is."""

    def __init__(self, current: "Note") -> None:
        super().__init__(current)
        self.current = current


class IdTaken(Exception):
    """A note of another account has this id."""


class NoteQuerySet(models.QuerySet["Note"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def pinned(self, is_pinned: bool) -> Self:
        return self.filter(is_pinned=is_pinned)

    def archived(self, is_archived: bool) -> Self:
        return self.filter(is_archived=is_archived)

    def titled_or_owned_like(self, part: str) -> Self:
        """For staff: by part of the title or of the owner's address. A join here would take twice as long."""
        owners = User.objects.with_email_like(part).values("pk")
        return self.filter(models.Q(title__icontains=part) | models.Q(owner__in=owners))

    def without_text(self) -> Self:
        """For staff: what the notes say is not even read."""
        return self.defer("content")

    def write(self, owner: User, **values: Any) -> "Note":  # Any: each field has its own type
        """Keep a new note of `owner`.

        An `id` among the values is the client's own: raises `NoteChanged` where the owner has a note of that id
        already, and `IdTaken` where somebody else has.
        """
        now = timezone.now()
        try:
            with tick(owner.pk) as version:
                return self.create(owner=owner, version=version, created_at=now, updated_at=now, **values)
        except IntegrityError:
            if "id" not in values:
                raise
            if mine := self.owned_by(owner).filter(pk=values["id"]).first():
                raise NoteChanged(mine) from None
            raise IdTaken from None


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes", db_index=False)
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True, default="")
    is_pinned = models.BooleanField("pinned", default=False)
    is_archived = models.BooleanField("archived", default=False)
    # The owner's clock at the last change: what ETag, sync and history go by.
    version = models.BigIntegerField(editable=False)
    created_at = models.DateTimeField("created", editable=False)
    updated_at = models.DateTimeField("updated", editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="note_has_a_title"),
            models.CheckConstraint(condition=models.Q(version__gt=0), name="note_version_comes_from_a_tick"),
        ]
        indexes = [
            models.Index(fields=["owner", "updated_at", "id"], name="note_by_update"),
            models.Index(fields=["owner", "created_at", "id"], name="note_by_creation"),
            models.Index(fields=["owner", "title", "id"], name="note_by_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def change(
        self, values: dict[str, Any], preconditions: Preconditions
    ) -> "Note":  # Any: each field has its own type
        """Give the note these values, all or none, and return it as it then is.

        A change that changes nothing keeps version and time. Raises `Note.DoesNotExist` where it has gone
        meanwhile, and `NoteChanged` where it is not the version that `preconditions` ask for.
        """
        with tick(self.owner_id) as version:
            note = self._locked(preconditions)
            changed = {name: value for name, value in values.items() if getattr(note, name) != value}
            if not changed:
                untick(self.owner_id)
                return note
            if changed.keys() & TEXT_FIELDS:
                changed["updated_at"] = timezone.now()
            return note._take(version=version, **changed)

    def remove(self, preconditions: Preconditions) -> None:
        """Delete the note for good. Raises as `change` does."""
        with tick(self.owner_id):
            self._locked(preconditions)
            Note.objects.filter(pk=self.pk).delete()

    def _locked(self, preconditions: Preconditions) -> "Note":
        """The note as it is now: after the tick no other write of its owner can come between."""
        note = Note.objects.get(pk=self.pk)
        if not preconditions.allow(note.version):
            raise NoteChanged(note)
        return note

    def _take(self, **values: Any) -> "Note":  # Any: as above
        Note.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)
        return self
