"""Notes, and what can be done with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import Tick, User, tick
from notes.models import quota
from notes.models.revision import TEXT_FIELDS, Revision, Values
from notes.models.searching import SearchQuerySet, with_words
from notes.models.sizes import bytes_in
from notes.search import SEARCHED
from notes.text import append_text, apply_edits
from notes_api import rows
from notes_api.compiled import Parameter, compiled
from notes_api.conditional import UNCONDITIONAL, Guard


class NoteChanged(Exception):
    """The note is not the version that the client expects; `current` is the note as it is."""

    def __init__(self, current: "Note") -> None:
        super().__init__(current)
        self.current = current


class IdTaken(Exception):
    """A note of another account has this id."""


class NoteQuerySet(SearchQuerySet["Note"]):
    def ever_owned_by(self, user: User | Parameter) -> Self:
        """Tombstones too: what is left of a note once it is purged."""
        return self.filter(owner=user).without_words()

    def owned_by(self, user: User | Parameter) -> Self:
        return self.filter(owner=user, purged_at=None).without_words()

    def active(self) -> Self:
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        return self.filter(purged_at=None).exclude(trashed_at=None)

    def trashed_before(self, moment: datetime) -> Self:
        return self.trashed().filter(trashed_at__lt=moment)

    def purged_before(self, moment: datetime) -> Self:
        return self.filter(purged_at__lt=moment)

    def changed_after(self, version: int | Parameter, note_id: UUID | Parameter | None) -> Self:
        """What the feed sends after this position; without an id, after all of that version."""
        if note_id is None:
            return self.filter(version__gt=version)
        return self.filter(Q(version__gte=version), Q(version__gt=version) | Q(id__gt=note_id))

    def among(self, ids: Iterable[UUID]) -> Self:
        return self.filter(pk__in=list(ids))

    def versions_of(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        return dict(self.among(ids).values_list("pk", "version"))

    def in_order_of_change(self) -> Self:
        return self.order_by("version", "id")

    def one(self, state: "State", owner_id: UUID, note_id: UUID) -> "Note":
        """The owner's note of this id, in this state; raises `Note.DoesNotExist`."""
        found = one_note(state, owner=owner_id, pk=note_id)
        if not found:
            raise Note.DoesNotExist
        return Note.from_db(DEFAULT_DB_ALIAS, columns(), found[0])

    def write(self, owner: User, by: UUID | None = None, **values: Any) -> "Note":  # Any: each field has its own type
        """Keep a new note of `owner`, written with the credential `by`.

        An `id` among the values is the client's own: raises `NoteChanged` where the owner has, or had, a note of
        that id already, and `IdTaken` where somebody else has. Raises `QuotaExceeded`.
        """
        moment = timezone.now()
        try:
            with tick(owner.pk) as now:
                note = Note(
                    owner=owner,
                    version=now.version,
                    written_by=by,
                    created_at=moment,
                    updated_at=moment,
                    **with_words(values),
                )
                rows.insert(note)
                quota.grow(owner.pk, bytes_in(values))
                return note
        except IntegrityError:
            if "id" not in values:
                raise
            if mine := self.ever_owned_by(owner).filter(pk=values["id"]).first():
                raise NoteChanged(mine) from None
            raise IdTaken from None


# Of notes with an owner, those that are active, or those in the trash.
State = Callable[[NoteQuerySet], NoteQuerySet]


@compiled
def one_note(state: State, owner: Parameter, pk: Parameter) -> "models.QuerySet[Note, Any]":  # Any: columns differ
    return state(Note.objects.owned_by(owner)).filter(pk=pk).values_list(*columns())


@cache
def columns() -> list[str]:
    """What a note that is written to has to know of itself."""
    return [field.attname for field in Note._meta.concrete_fields if field.attname not in SEARCHED]


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes", db_index=False)
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True, default="")
    tags = models.JSONField(default=list)
    # Title and content as `notes.folding` folds them, written with them: what search reads.
    title_words = models.TextField(default="", editable=False)
    content_words = models.TextField(default="", editable=False)
    # See `notes.signature`; none where the words are looked at themselves.
    content_signature = models.TextField(null=True, editable=False)  # noqa: DJ001  # none is not empty
    is_pinned = models.BooleanField("pinned", default=False)
    is_archived = models.BooleanField("archived", default=False)
    # The owner's clock at the last change: what ETag, sync and history go by.
    version = models.BigIntegerField(editable=False)
    created_at = models.DateTimeField("created", editable=False)
    updated_at = models.DateTimeField("updated", editable=False)
    trashed_at = models.DateTimeField("trashed", null=True, editable=False)
    # Set on a tombstone: the note is gone, and the feed says so until the tombstone goes too.
    purged_at = models.DateTimeField("purged", null=True, editable=False)
    # The session or token that wrote the text, and when its last revision was set aside: see `deserves_revision`.
    written_by = models.UUIDField(null=True, editable=False)
    revised_at = models.DateTimeField(null=True, editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(version__gt=0), name="note_version_comes_from_a_tick"),
            models.CheckConstraint(condition=~Q(title="") | ~Q(purged_at=None), name="note_has_a_title"),
            models.CheckConstraint(condition=Q(purged_at=None) | Q(title="", content=""), name="tombstone_has_no_text"),
            models.CheckConstraint(condition=Q(purged_at=None) | ~Q(trashed_at=None), name="only_trash_is_purged"),
        ]
        indexes = [
            models.Index(fields=["owner", "updated_at", "id"], condition=Q(trashed_at=None), name="note_by_update"),
            models.Index(fields=["owner", "created_at", "id"], condition=Q(trashed_at=None), name="note_by_creation"),
            models.Index(fields=["owner", "title", "id"], condition=Q(trashed_at=None), name="note_by_title"),
            models.Index(fields=["owner", "version", "id"], name="note_by_version"),
            models.Index(fields=["owner", "trashed_at", "id"], condition=Q(purged_at=None) & ~Q(trashed_at=None),
                         name="trash_by_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title or "purged note"

    @property
    def text(self) -> dict[str, Any]:  # Any: each field has its own type
        return {name: getattr(self, name) for name in TEXT_FIELDS}

    def change(
        self, values: Values, guard: Guard = UNCONDITIONAL, by: UUID | None = None, *, is_worth_keeping: bool = False
    ) -> "Note":
        """Give the note these values, all or none, and return it as it then is.

        A change that changes nothing keeps version and time. Raises `Note.DoesNotExist` where it has gone
        meanwhile, `NoteChanged` where it is not a version that `guard` allows, and `QuotaExceeded`.
        """
        return self._rewrite(lambda _: values, guard, by, is_worth_keeping=is_worth_keeping)

    def append(
        self, text: str, guard: Guard = UNCONDITIONAL, by: UUID | None = None, *, is_worth_keeping: bool = False
    ) -> "Note":
        """Add to the content, exactly; raises as `change` does, and `ContentTooLarge`."""
        return self._rewrite(
            lambda note: {"content": append_text(note.content, text)}, guard, by, is_worth_keeping=is_worth_keeping
        )

    def edit(self, edits: Sequence[Mapping[str, str]], guard: Guard = UNCONDITIONAL, by: UUID | None = None) -> "Note":
        """Replace each `old` by its `new`, one after another; raises as `append` does, and `EditConflict`."""
        return self._rewrite(lambda note: {"content": apply_edits(note.content, edits)}, guard, by)

    def return_to(self, version: int, guard: Guard = UNCONDITIONAL, by: UUID | None = None) -> "Note":
        """Bring an earlier text back as a new version; what it replaces is kept.

        Raises as `change` does, and `Revision.DoesNotExist` where that text was forgotten meanwhile.
        """
        return self._rewrite(lambda note: note._text_at(version), guard, by, is_worth_keeping=True)

    def trash(self, guard: Guard = UNCONDITIONAL) -> "Note":
        """Put the note into the trash; raises as `change` does."""
        with tick(self.owner_id) as now:
            note = self._locked(now, NoteQuerySet.active, guard)
            return note._take(trashed_at=timezone.now(), version=now.version)

    def restore(self, guard: Guard = UNCONDITIONAL) -> "Note":
        """Take the note out of the trash, with all it had; raises as `change` does."""
        with tick(self.owner_id) as now:
            note = self._locked(now, NoteQuerySet.trashed, guard)
            return note._take(trashed_at=None, version=now.version)

    def purge(self, guard: Guard = UNCONDITIONAL) -> None:
        """Leave nothing of the trashed note but its id; raises as `change` does."""
        with tick(self.owner_id) as now:
            note = self._locked(now, NoteQuerySet.trashed, guard)
            Note.objects.filter(pk=note.pk).purge(self.owner_id)

    def is_active_with(self, values: Values) -> bool:
        """Whether the note is just that already, and not in the trash."""
        return self.trashed_at is None and all(getattr(self, name) == value for name, value in values.items())

    def _rewrite(
        self, compute: Callable[["Note"], Values], guard: Guard, by: UUID | None, *, is_worth_keeping: bool = False
    ) -> "Note":
        with tick(self.owner_id) as now:
            note = self._locked(now, NoteQuerySet.active, guard)
            changed = {name: value for name, value in compute(note).items() if getattr(note, name) != value}
            if not changed:
                now.give_back()
                return note
            before = {name: getattr(note, name) for name in changed}
            if changed.keys() & TEXT_FIELDS:
                changed |= Revision.objects.set_aside(note, now, changed, by, is_worth_keeping=is_worth_keeping)
            note._take(version=now.version, **changed)
            quota.settle(note, before, now.bytes_set_aside)
            return note

    def _text_at(self, version: int) -> Values:
        return Revision.objects.of(self).get(version=version).text

    def _locked(self, now: Tick, state: State, guard: Guard) -> "Note":
        """The note as it is now: after the tick no other write of its owner can come between."""
        note = Note.objects.one(state, self.owner_id, self.pk)
        if not guard.allow(note.version):
            raise NoteChanged(note)
        now.earlier.setdefault(note.pk, note.version if note.version != now.version else None)
        return note

    def _take(self, **values: Any) -> "Note":  # Any: each field has its own type
        rows.update(self, with_words(values))
        for name, value in values.items():
            setattr(self, name, value)
        return self
