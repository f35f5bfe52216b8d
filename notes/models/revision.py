"""Revisions: the earlier texts of a note."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import Cast, RowNumber

from accounts.models import Clock, tick
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.models.functions import TEXT_BYTES, bytes_in, sum_text_bytes
from notes.models.idempotency import StoredAnswer
from notes.models.revision_policy import TEXT_FIELDS, RevisedNote, is_by_program
from notes_api.db import row_writer
from notes_api.db.compiled import Parameter, compiled

MAX_REVISIONS = 100
# Bytes of title, content and tags in all revisions of one note. The newest revision is stored in any case.
MAX_REVISION_BYTES = 16 * 1_048_576
# The longest text of a note: its content, and less than this for the title and the tags.
MAX_TEXT_BYTES = CONTENT_MAX_BYTES + 16_384
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
    "changed_at": "changed_at",
    "is_pinned": "is_pinned",
    "is_archived": "is_archived",
    "trashed_at": "trashed_at",
}


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, note: RevisedNote) -> Self:
        return self.filter(note=note.pk)

    def of_notes(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(note__in=notes)

    def of_note_ids(self, note_ids: Sequence[UUID | Parameter]) -> Self:
        return self.filter(note__pk__in=note_ids)

    def among(self, ids: Sequence[int | Parameter]) -> Self:
        return self.filter(pk__in=ids)

    def in_order(self) -> Self:
        """The revisions of a note after those of another, the oldest first."""
        return self.order_by("note_id", "version")

    def of_owner(self, owner_id: UUID) -> Self:
        return self.filter(note__owner=owner_id)

    def crowded_among(self, note_ids: Collection[UUID]) -> "models.QuerySet[Revision, Any]":  # Any: ids
        """The ids of the notes among these that may have more or longer revisions than the limits allow."""
        counted = self.filter(note__in=note_ids).values("note").annotate(count=Count("pk"))
        return counted.filter(count__gt=certain_room()).values("note")

    def changed_since(self, author_prefix: str, since: datetime) -> Self:
        """The states that this author has made since then."""
        return self.filter(changed_by__startswith=author_prefix, changed_at__gte=since)

    def note_ids_among(self, note_ids: Collection[UUID]) -> set[UUID]:
        """The ids among these of the notes that have such a revision."""
        return set(self.filter(note__in=note_ids).values_list("note", flat=True))

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
        if not rows:
            return None
        return self.of(note).filter(version__lte=rows[0][0]).exclude(version=self.undo_version_of(note))

    def undo_version_of(self, note: RevisedNote) -> int | None:
        """Return the version from before all that a program has changed in a row, or None.

        Without it these changes could not be undone. It is that of the program's first state if the program created
        the note.
        """
        if not is_by_program(note.changed_by):
            return None
        revisions = self.of(note).values_list("version", flat=True)
        others = revisions.exclude(changed_by=note.changed_by)
        return others.order_by("-version").first() or revisions.order_by("version").first()

    def drop_oldest(self, note: RevisedNote, size: int) -> int:
        """Delete the oldest revisions of a note, at least `size` bytes of them, but neither the newest nor that which
        an undo needs.

        Returns how many bytes they had.
        """
        dropped, spared = 0, self.undo_version_of(note)
        *oldest, _ = self.of(note).order_by("version").values_list("version", TEXT_BYTES)
        for version, text_bytes in oldest:
            if version == spared:
                continue
            if dropped >= size:
                break
            dropped += text_bytes
            self.of(note).filter(version=version).delete()
        return dropped


@compiled
def read_newest_surplus(note: Parameter, room: Parameter) -> "models.QuerySet[Revision, Any]":  # Any: columns differ
    newest_first = F("version").desc()
    revisions = Revision.objects.filter(note=note).annotate(
        rank=Window(RowNumber(), order_by=newest_first), total=Window(Sum(TEXT_BYTES), order_by=newest_first)
    )
    surplus = revisions.filter(Q(rank__gte=MAX_REVISIONS) | Q(total__gt=Cast(room, models.BigIntegerField())))
    return surplus.order_by("-version").values_list("version")[:1]


def certain_room() -> int:
    """Return how many revisions of a note are within the limits, however long their texts are."""
    return min(MAX_REVISIONS, MAX_REVISION_BYTES // MAX_TEXT_BYTES)


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
    # The rest of the state. NULL: an earlier release stored the revision.
    changed_at = models.DateTimeField(null=True)
    is_pinned = models.BooleanField(null=True)
    is_archived = models.BooleanField(null=True)
    trashed_at = models.DateTimeField(null=True)
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
