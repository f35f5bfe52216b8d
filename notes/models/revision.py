"""Earlier texts of a note."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models

from accounts.models import tick

if TYPE_CHECKING:
    from notes.models.note import Note

KEPT = 100


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, note: "Note") -> Self:
        return self.filter(note=note)

    def of_notes(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(note__in=notes)

    def without_content(self) -> Self:
        return self.defer("content")

    def keep(self, note: "Note", version: int, moment: datetime) -> None:
        """Set aside the text that the note had at `version`; only the newest 100 of a note are kept."""
        self.create(
            note=note,
            version=version,
            title=note.title,
            content=note.content,
            tags=note.tags,
            written_at=note.updated_at,
            written_by=note.written_by,
            kept_at=moment,
        )
        surplus = self.of(note).order_by("-version").values_list("version", flat=True)[KEPT : KEPT + 1].first()
        if surplus is not None:
            self.of(note).filter(version__lte=surplus).delete()


class Revision(models.Model):
    """The text a note had at `version`, from `written_at` until `kept_at`."""

    id = models.BigAutoField(primary_key=True)
    note = models.ForeignKey("notes.Note", models.CASCADE, related_name="revisions", db_index=False)
    version = models.BigIntegerField()
    title = models.CharField(max_length=255)
    content = models.TextField()
    tags = models.JSONField(default=list)
    written_at = models.DateTimeField()
    # The session or token that wrote it; the row there may have gone.
    written_by = models.UUIDField(null=True)
    kept_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "version"], name="one_revision_a_version")]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"

    def forget(self, owner_id: UUID) -> None:
        """Delete this text. Its note stays as it is, but the list of revisions moves the owner's clock.

        Raises `Revision.DoesNotExist` where it has gone meanwhile.
        """
        with tick(owner_id):
            deleted, _ = Revision.objects.filter(pk=self.pk).delete()
            if not deleted:
                raise Revision.DoesNotExist
