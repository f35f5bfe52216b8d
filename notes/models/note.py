"""Notes, and what can be done with one of them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.models import Credential, Tick, tick
from notes.exceptions import NoteChanged
from notes.models import quota, single_statement
from notes.models.content_edits import append_text, apply_edits
from notes.models.functions import bytes_in
from notes.models.lost_tags import add_lost_tags
from notes.models.note_columns import NoteColumns
from notes.models.note_queryset import NoteQuerySet, StateFilter
from notes.models.revision import Revision
from notes.models.revision_policy import TEXT_FIELDS, Values, record_rewrite
from notes.models.tag_count import count_tags
from notes.models.visibility import Limit, Visibility
from notes.search.query import SEARCH_COLUMNS
from notes.search.search_columns import add_search_columns, search_columns_of
from notes_api.db import row_writer
from notes_api.db.compiled import Parameter, compiled
from notes_api.db.instances import build_stored
from notes_api.rest.conditional import UNCONDITIONAL, Guard


class Note(NoteColumns):
    # The value of the account's clock when the note was read, or just before. None: unknown.
    as_of: int | None = None
    # The tags that the credential which reads or writes the note is limited to.
    limit: tuple[str, ...] = ()

    objects = NoteQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title or "purged note"

    @property
    def visibility(self) -> Visibility:
        return Visibility(self.owner_id, self.limit)

    @property
    def text(self) -> dict[str, Any]:  # Any: each field has its own type
        return {name: getattr(self, name) for name in TEXT_FIELDS}

    @classmethod
    def fetch(cls, state: StateFilter, visibility: Visibility, note_id: UUID) -> "Note":
        """Return the visible note with this id if it is in this state; raises `Note.DoesNotExist`."""
        rows = read_note(state, **visibility.values, pk=note_id)
        if not rows:
            raise cls.DoesNotExist
        note = build_stored(cls, note_columns(), rows[0])
        if visibility.tags:
            note.limit = visibility.tags
        return note

    def insert(self) -> None:
        """Insert this new note in a transaction. Raises `QuotaExceeded`, and `IntegrityError` if the id exists."""
        with tick(self.owner_id) as change:
            self.version = change.version
            row_writer.insert(self)
            count_tags(change, [], self.tags)
            quota.count_growth(self.owner_id, bytes_in(self.text))

    # Callers of these verbs pass the credential of the request as `by`. Without one, the server itself acts.

    def change(
        self,
        values: Values,
        guard: Guard = UNCONDITIONAL,
        by: Credential | None = None,
        *,
        is_worth_keeping: bool = False,
    ) -> "Note":
        """Write these values and return the note as it is afterwards.

        If nothing differs, the version stays. `is_worth_keeping` stores the earlier text as a revision in any case.
        Raises `Note.DoesNotExist` if the note is not active, `NoteChanged` if `guard` forbids it, and `QuotaExceeded`.
        """
        return self._rewrite(lambda _: values, guard, by, is_worth_keeping=is_worth_keeping)

    def append(
        self, text: str, guard: Guard = UNCONDITIONAL, by: Credential | None = None, *, is_worth_keeping: bool = False
    ) -> "Note":
        """Append exactly this text to the content. Raises the same as `change`, and `ContentTooLarge`."""
        return self._rewrite(
            lambda note: {"content": append_text(note.content, text)}, guard, by, is_worth_keeping=is_worth_keeping
        )

    def edit(
        self, edits: Sequence[Mapping[str, str]], guard: Guard = UNCONDITIONAL, by: Credential | None = None
    ) -> "Note":
        """Replace each `old` by its `new`, in order. Raises the same as `append`, and `EditConflict`."""
        return self._rewrite(lambda note: {"content": apply_edits(note.content, edits)}, guard, by)

    def restore_revision(self, version: int, guard: Guard = UNCONDITIONAL, by: Credential | None = None) -> "Note":
        """Write an earlier text as a new version; the text that it replaces becomes a revision.

        Raises the same as `change`, and `Revision.DoesNotExist` if the earlier text has been deleted.
        """
        return self._rewrite(lambda note: note._text_at(version), guard, by, is_worth_keeping=True)

    def trash(
        self, guard: Guard = UNCONDITIONAL, by: Credential | None = None, *, is_worth_keeping: bool = False
    ) -> "Note":
        """Move the note to the trash. Raises the same as `change`."""
        with tick(self.owner_id) as change:
            note = self._require_allowed(change, NoteQuerySet.active, guard)
            return note._apply(change, {"trashed_at": timezone.now()}, by, is_worth_keeping=is_worth_keeping)

    def restore(
        self, guard: Guard = UNCONDITIONAL, by: Credential | None = None, *, is_worth_keeping: bool = False
    ) -> "Note":
        """Move the note out of the trash, with everything it had. Raises the same as `change`."""
        with tick(self.owner_id) as change:
            note = self._require_allowed(change, NoteQuerySet.trashed, guard)
            return note._apply(change, {"trashed_at": None}, by, is_worth_keeping=is_worth_keeping)

    def purge(self, guard: Guard = UNCONDITIONAL, by: Credential | None = None) -> None:
        """Turn the trashed note into a tombstone, which keeps only its id. Raises the same as `change`."""
        with tick(self.owner_id) as change:
            note = self._require_allowed(change, NoteQuerySet.trashed, guard)
            Note.objects.filter(pk=note.pk).purge(self.owner_id, by)

    def is_active_with(self, values: Values) -> bool:
        """Whether the note is not in the trash and already has these values."""
        return self.trashed_at is None and all(getattr(self, name) == value for name, value in values.items())

    def _rewrite(
        self,
        compute: Callable[["Note"], Values],
        guard: Guard,
        by: Credential | None,
        *,
        is_worth_keeping: bool = False,
    ) -> "Note":
        if single_statement.is_possible(self.as_of) and guard.allow(self.version):
            changed = self._changes(compute(self), by, self.as_of + 1, may_keep=True, is_worth_keeping=is_worth_keeping)
            if changed and single_statement.update(self, add_search_columns(changed), self.as_of):
                self._set(changed)
                return self
        # This needs a transaction, or nothing differs.
        with tick(self.owner_id) as change:
            note = self._require_allowed(change, NoteQuerySet.active, guard)
            return note._apply(change, compute(note), by, is_worth_keeping=is_worth_keeping)

    def _apply(self, change: Tick, values: Values, by: Credential | None, *, is_worth_keeping: bool = False) -> "Note":
        """Write these values to the current note, with all that depends on them."""
        version = change.previous_versions[self.pk]
        may_keep = version is not None
        changed = self._changes(values, by, change.version, may_keep=may_keep, is_worth_keeping=is_worth_keeping)
        if not changed:
            change.cancel()
            return self
        before, tags_before = {name: getattr(self, name) for name in changed}, self._counted_tags
        if changed.keys() & (TEXT_FIELDS | {"revised_at"}):
            change.previous_versions[self.pk] = None
        if version is not None and "revised_at" in changed:
            change.revision_bytes += Revision.objects.store(self, version, changed["revised_at"])
        self._write(change, **changed)
        count_tags(change, tags_before, self._counted_tags)
        quota.count_rewrite(self, before, change.revision_bytes)
        return self

    @property
    def _counted_tags(self) -> list[str]:
        """The tags with which the note counts among the active ones."""
        return self.tags if self.trashed_at is None else []

    def _changes(
        self, values: Values, by: Credential | None, version: int, *, may_keep: bool, is_worth_keeping: bool
    ) -> dict[str, Any]:  # Any: each field has its own type
        """Return which of these values differ, with what the note records about the change: see `record_rewrite`.

        `version` is that of the write.
        """
        if self.limit and "tags" in values:
            values = {**values, "tags": self.visibility.keep_tags(self.tags, values["tags"])}
        changed = {name: value for name, value in values.items() if getattr(self, name) != value}
        if lost := set(self.tags).difference(changed.get("tags", self.tags)):
            changed["lost_tags"] = add_lost_tags(self.lost_tags, lost, version, timezone.now())
        if changed:
            changed |= record_rewrite(self, changed, by, may_keep=may_keep, is_worth_keeping=is_worth_keeping)
        return changed

    def _text_at(self, version: int) -> Values:
        return Revision.objects.of(self).get(version=version).text

    def _require_allowed(self, change: Tick, state: StateFilter, guard: Guard) -> "Note":
        """Return the current note. The tick holds the owner's lock, so no other write can change it now.

        Raises `Note.DoesNotExist` if it is not in this state, and `NoteChanged` if `guard` does not allow its version.
        """
        note = Note.fetch(state, self.visibility, self.pk)
        if not guard.allow(note.version):
            raise NoteChanged(note)
        change.previous_versions.setdefault(note.pk, note.version if note.version != change.version else None)
        return note

    def _write(self, change: Tick, **values: Any) -> "Note":  # Any: each field has its own type
        """Write these values and the version. In a batch, a content is folded once, after all of its operations."""
        values["version"] = change.version
        folded_later = values.keys() & {"content"} if change.is_nested else set()
        if folded_later:
            change.at_end(fold_contents, self.pk)
        stored = add_search_columns({name: value for name, value in values.items() if name not in folded_later})
        row_writer.update(self, stored | {name: values[name] for name in folded_later})
        self._set(values)
        return self

    def _set(self, values: Values) -> None:
        for name, value in values.items():
            setattr(self, name, value)


def fold_contents(owner_id: UUID, ids: Sequence[UUID]) -> None:
    """Fold the contents of these notes, each once."""
    for note_id in dict.fromkeys(ids):
        note = Note.objects.filter(owner=owner_id, pk=note_id)
        note.update(**search_columns_of("content", note.values_list("content", flat=True).get()))


@compiled
def read_note(
    state: StateFilter, owner: Parameter, pk: Parameter, limit: Limit = ()
) -> "models.QuerySet[Note, Any]":  # Any: as above
    return state(Note.objects.visible_to(owner, limit)).filter(pk=pk).values_list(*note_columns())


@cache
def note_columns() -> list[str]:
    """The columns that `Note.fetch` reads: all except those that only searches and undo need."""
    unread = {*SEARCH_COLUMNS, "imported_at"}
    return [field.attname for field in Note._meta.concrete_fields if field.attname not in unread]
