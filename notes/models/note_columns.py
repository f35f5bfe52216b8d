"""The columns of a note, with the rules and indexes of the table."""

from django.conf import settings
from django.db import models
from django.db.models import Index, Q
from uuid_utils.compat import uuid7


class NoteColumns(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes", db_index=False)
    # See `notes.search.tag_marks`. NULL: a filter by tags reads the tags themselves.
    tag_marks = models.TextField(null=True, editable=False)  # noqa: DJ001  # NULL differs from empty
    title = models.CharField(max_length=255)
    content = models.TextField(blank=True, default="")
    tags = models.JSONField(default=list)
    # Title and content as `notes.search.folding` folds them, written together with them: what search reads.
    title_words = models.TextField(default="", editable=False)
    content_words = models.TextField(default="", editable=False)
    # See `notes.search.signature`. NULL: search reads the words themselves.
    content_signature = models.TextField(null=True, editable=False)  # noqa: DJ001  # NULL differs from empty
    # See `notes.search.bloom`. NULL: search reads the words.
    title_bloom = models.BigIntegerField(null=True, editable=False)
    content_bloom_0, content_bloom_1, content_bloom_2, content_bloom_3 = (
        models.BigIntegerField(null=True, editable=False) for _ in range(4)
    )
    # docs/architecture.md lists where else such a field goes: lists, exports, undo, ...
    is_pinned = models.BooleanField("pinned", default=False)
    is_archived = models.BooleanField("archived", default=False)
    # The owner's clock at the last change: ETag, sync and history use it.
    version = models.BigIntegerField(editable=False)
    created_at = models.DateTimeField("created", editable=False)
    updated_at = models.DateTimeField("updated", editable=False)
    trashed_at = models.DateTimeField("trashed", null=True, editable=False)
    # When it was imported, with the times that it had elsewhere. NULL: it was written here, or by an earlier release.
    imported_at = models.DateTimeField("imported", null=True, editable=False)
    # Set on a tombstone: the note is purged, and the change feed says so until the tombstone is deleted.
    purged_at = models.DateTimeField("purged", null=True, editable=False)
    # The credential that wrote the text, and when its last revision was stored: see `is_worth_a_revision`.
    written_by = models.UUIDField(null=True, editable=False)
    revised_at = models.DateTimeField(null=True, editable=False)
    # The credential whose change gave the note its version, as `Credential.as_author` describes it. NULL: the server,
    # staff or an earlier release.
    changed_by = models.TextField(null=True, editable=False)  # noqa: DJ001  # NULL differs from empty
    # When that was. NULL: by an earlier release.
    changed_at = models.DateTimeField(null=True, editable=False)
    # See `notes.models.lost_tags`. NULL: none.
    lost_tags = models.JSONField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(version__gt=0), name="note_version_comes_from_a_tick"),
            models.CheckConstraint(condition=~Q(title="") | ~Q(purged_at=None), name="note_has_a_title"),
            models.CheckConstraint(condition=Q(purged_at=None) | Q(title="", content=""), name="tombstone_has_no_text"),
            models.CheckConstraint(condition=Q(purged_at=None) | ~Q(trashed_at=None), name="only_trash_is_purged"),
        ]
        indexes = [
            Index(fields=["owner", "updated_at", "id", "title_bloom"], condition=Q(trashed_at=None),
                         name="note_by_update"),
            Index(fields=["owner", "created_at", "id"], condition=Q(trashed_at=None), name="note_by_creation"),
            Index(fields=["created_at", "purged_at"], condition=Q(purged_at=None), name="newest_note"),
            Index(fields=["owner", "title", "id"], condition=Q(trashed_at=None), name="note_by_title"),
            Index(fields=["owner", "version", "id"], name="note_by_version"),
            Index(fields=["owner", "trashed_at", "id"], condition=Q(purged_at=None) & ~Q(trashed_at=None),
                         name="trash_by_time"),
        ]  # fmt: skip
