"""Revisions: the earlier texts of a note."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum, Window
from django.db.models.functions import Cast, RowNumber
from django.utils import timezone

from accounts.models import Clock, Credential, tick
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.models.functions import TEXT_BYTES, bytes_in, sum_text_bytes
from notes.models.idempotency import StoredAnswer
from notes_api.db import row_writer
from notes_api.db.compiled import Parameter, compiled

Values = Mapping[str, Any]  # Any: each field has its own type

# A change of these fields sets `updated_at` and may store a revision. Pinning, archiving and trashing do neither.
TEXT_FIELDS = frozenset({"title", "content", "tags"})
MAX_REVISIONS = 100
# Bytes of title, content and tags in all revisions of one note. The newest revision is stored in any case.
MAX_REVISION_BYTES = 16 * 1_048_576
# The longest text of a note: its content, and less than this for the title and the tags.
MAX_TEXT_BYTES = CONTENT_MAX_BYTES + 16_384
REVISION_INTERVAL = timedelta(minutes=5)
# What a revision copies from its note: its columns, and those of the note.
COPIED = {
    "note_id": "id",
    "version": "version",
    "title": "title",
    "content": "content",
    "tags": "tags",
    "written_at": "updated_at",
    "written_by": "written_by",
    "changed_by": "changed_by",
}


class RevisedNote(Protocol):
    """What revisions read of their note. Importing the model itself would close a cycle of imports."""

    pk: UUID
    content: str
    written_by: UUID | None
    revised_at: datetime | None

    @property
    def text(self) -> dict[str, Any]: ...  # Any: each field has its own type


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, note: RevisedNote) -> Self:
        return self.filter(note=note.pk)

    def of_notes(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(note__in=notes)

    def of_owner(self, owner_id: UUID) -> Self:
        return self.filter(note__owner=owner_id)

    def without_content(self) -> Self:
        return self.defer("content")

    def total_bytes(self) -> int:
        """The bytes of all titles, contents and tags."""
        return sum_text_bytes(self)

    def store(self, note: RevisedNote, version: int, kept_at: datetime) -> int:
        """Store the text that the note had from `version` on, and delete the oldest revisions that exceed a limit.

        The limits are MAX_REVISIONS and MAX_REVISION_BYTES. Returns by how many bytes the revisions grew, or 0 if there
        is no quota.
        """
        size = bytes_in(note.text)
        growth = size if settings.MAX_BYTES_PER_USER else 0
        surplus = self.surplus_of(note, MAX_REVISION_BYTES - size)
        if surplus is not None:
            growth -= surplus.total_bytes() if settings.MAX_BYTES_PER_USER else 0
            surplus.delete()
        copied = {name: getattr(note, column) for name, column in COPIED.items()}
        row_writer.insert(Revision(**copied | {"version": version}, kept_at=kept_at))
        return growth

    def surplus_of(self, note: RevisedNote, room: int) -> Self | None:
        """Return the revisions to delete so that `room` bytes hold the others and one more fits, or None."""
        rows = read_newest_surplus(note=note.pk, room=room)
        return self.of(note).filter(version__lte=rows[0][0]) if rows else None

    def drop_oldest(self, size: int) -> int:
        """Delete the oldest revisions of one note, at least `size` bytes of them, but never the newest revision.

        Returns how many bytes they had.
        """
        dropped = 0
        *oldest, _ = self.order_by("version").values_list("version", TEXT_BYTES)
        for version, text_bytes in oldest:
            if dropped >= size:
                break
            dropped += text_bytes
            self.filter(version=version).delete()
        return dropped


@compiled
def read_newest_surplus(note: Parameter, room: Parameter) -> "models.QuerySet[Revision, Any]":  # Any: columns differ
    newest_first = F("version").desc()
    revisions = Revision.objects.filter(note=note).annotate(
        rank=Window(RowNumber(), order_by=newest_first), total=Window(Sum(TEXT_BYTES), order_by=newest_first)
    )
    surplus = revisions.filter(Q(rank__gte=MAX_REVISIONS) | Q(total__gt=Cast(room, models.BigIntegerField())))
    return surplus.order_by("-version").values_list("version")[:1]


def record_change(by: Credential | None) -> dict[str, object]:
    """Return what a note records about any change."""
    return {"changed_by": None if by is None else by.as_author}


def record_text(
    note: RevisedNote, changed: Values, by: Credential | None, *, is_unsaved: bool, is_worth_keeping: bool
) -> dict[str, object]:
    """Return what a note records about a new text. With a `revised_at`, the earlier text must be stored as a revision.

    `is_unsaved` means that the earlier text may be stored: it is from before the transaction. A text written in the
    same tick is not stored: nobody has seen it, and the next text gets the same version.
    """
    now = timezone.now()
    writer = None if by is None else by.pk
    recorded: dict[str, object] = {"updated_at": now, "written_by": writer}
    if is_unsaved and (is_worth_keeping or is_worth_a_revision(note, changed, writer, now)):
        recorded["revised_at"] = now
    return recorded


def certain_room() -> int:
    """Return how many revisions of a note are within the limits, however long their texts are."""
    return min(MAX_REVISIONS, MAX_REVISION_BYTES // MAX_TEXT_BYTES)


def is_worth_a_revision(note: RevisedNote, values: Values, by: UUID | None, now: datetime) -> bool:
    """Whether to store the text that is about to be overwritten: not if it is one of many small saves in a row."""
    is_first = note.revised_at is None or now - note.revised_at >= REVISION_INTERVAL
    is_cut = len(values.get("content", note.content)) < len(note.content) / 2
    return is_first or is_cut or by != note.written_by


class Revision(models.Model):
    """The text a note had at `version`, from `written_at` until `kept_at`."""

    id = models.BigAutoField(primary_key=True)
    note = models.ForeignKey("notes.Note", models.CASCADE, related_name="revisions", db_index=False)
    note_id: UUID
    version = models.BigIntegerField()
    title = models.CharField(max_length=255)
    content = models.TextField()
    tags = models.JSONField(default=list)
    written_at = models.DateTimeField()
    # The credential that wrote it, which may have been deleted.
    written_by = models.UUIDField(null=True)
    # As the note has it. It differs from `written_by` if the note was pinned, for example, after its text was written.
    changed_by = models.TextField(null=True)  # noqa: DJ001  # NULL differs from empty
    kept_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "version"], name="one_revision_a_version")]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"

    @property
    def text(self) -> dict[str, Any]:  # Any: each field has its own type
        return {name: getattr(self, name) for name in TEXT_FIELDS}

    def delete_and_tick(self, owner_id: UUID) -> None:
        """Delete this revision and advance the owner's clock, because the list of revisions changes.

        The note stays as it is. The stored responses that show the note are deleted too, because they may contain this
        text. Raises `Revision.DoesNotExist` if the revision has already been deleted.
        """
        with tick(owner_id):
            deleted, _ = Revision.objects.filter(pk=self.pk).delete()
            if not deleted:
                raise Revision.DoesNotExist
            StoredAnswer.objects.about_note(self.note_id).remove()
            if settings.MAX_BYTES_PER_USER:
                Clock.objects.add_bytes(owner_id, -bytes_in(self.text))
