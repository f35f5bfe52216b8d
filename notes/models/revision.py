"""Earlier texts of a note."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import Clock, Tick, tick
from notes.models.sizes import TEXT_BYTES, MeasuredQuerySet, bytes_in
from notes_api import rows
from notes_api.compiled import Parameter, compiled

if TYPE_CHECKING:
    from notes.models.note import Note

Values = Mapping[str, Any]  # Any: each field has its own type

# What is history, and what moves `updated_at`: the text, not where the note is kept.
TEXT_FIELDS = frozenset({"title", "content", "tags"})
KEPT = 100
REVISION_EVERY = timedelta(minutes=5)


class RevisionQuerySet(MeasuredQuerySet["Revision"]):
    def of(self, note: "Note") -> Self:
        return self.filter(note=note)

    def of_notes(self, notes: models.QuerySet[Any]) -> Self:  # Any: notes; importing them would be circular
        return self.filter(note__in=notes)

    def without_content(self) -> Self:
        return self.defer("content")

    def of_owner(self, owner_id: UUID) -> Self:
        return self.filter(note__owner=owner_id)

    def set_aside(
        self, note: "Note", now: Tick, changed: Values, by: UUID | None, *, is_worth_keeping: bool
    ) -> dict[str, object]:
        """Keep the text that is about to go, if it deserves that; what the note then remembers of it.

        A text of this very tick is never kept: nobody has seen it, and its number is about to name another text.
        And what had another number before the tick is kept by that one, wherever the tick has put the note since.
        """
        moment = timezone.now()
        remembered: dict[str, object] = {"updated_at": moment, "written_by": by}
        version, now.earlier[note.pk] = now.earlier[note.pk], None
        if version is not None and (is_worth_keeping or deserves_revision(note, changed, by, moment)):
            now.bytes_set_aside += self.keep(note, version, moment)
            remembered["revised_at"] = moment
        return remembered

    def keep(self, note: "Note", version: int, moment: datetime) -> int:
        """Set aside the text that the note had at `version`; only the newest 100 of a note are kept.

        By how many bytes they grew, where that is counted.
        """
        grown = bytes_in(note.text) if settings.MAX_BYTES_PER_USER else 0
        surplus = self.surplus_of(note)
        if surplus is not None:
            grown -= surplus.total_bytes() if settings.MAX_BYTES_PER_USER else 0
            surplus.delete()
        rows.insert(
            Revision(
                note=note,
                version=version,
                written_at=note.updated_at,
                written_by=note.written_by,
                kept_at=moment,
                **note.text,
            )
        )
        return grown

    def surplus_of(self, note: "Note") -> Self | None:
        """What has to go when one more is kept, if anything."""
        found = newest_to_go(note=note.pk)
        return self.of(note).filter(version__lte=found[0][0]) if found else None

    def drop_oldest(self, size: int) -> int:
        """Delete the oldest of these texts of one note until they held `size` bytes, but never the newest.

        How many bytes they held.
        """
        dropped = 0
        *oldest, _ = self.order_by("version").values_list("version", TEXT_BYTES)
        for version, held in oldest:
            if dropped >= size:
                break
            dropped += held
            self.filter(version=version).delete()
        return dropped


@compiled
def newest_to_go(note: Parameter) -> "models.QuerySet[Revision, Any]":  # Any: columns differ
    return Revision.objects.filter(note=note).order_by("-version").values_list("version")[KEPT - 1 : KEPT]


def deserves_revision(note: "Note", values: Values, by: UUID | None, moment: datetime) -> bool:
    """Whether the text about to be overwritten is worth keeping, or only a step of one burst of typing."""
    is_first = note.revised_at is None or moment - note.revised_at >= REVISION_EVERY
    is_cut = len(values.get("content", note.content)) < len(note.content) / 2
    return is_first or is_cut or by != note.written_by


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

    @property
    def text(self) -> dict[str, Any]:  # Any: each field has its own type
        return {name: getattr(self, name) for name in TEXT_FIELDS}

    def forget(self, owner_id: UUID) -> None:
        """Delete this text. Its note stays as it is, but the list of revisions moves the owner's clock.

        Raises `Revision.DoesNotExist` where it has gone meanwhile.
        """
        with tick(owner_id):
            deleted, _ = Revision.objects.filter(pk=self.pk).delete()
            if not deleted:
                raise Revision.DoesNotExist
            if settings.MAX_BYTES_PER_USER:
                Clock.objects.count_bytes(owner_id, -bytes_in(self.text))
