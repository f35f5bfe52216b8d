"""Renaming and removing a tag on many notes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.models import Credential, tick
from notes.models import quota
from notes.models.functions import bytes_in
from notes.models.revision import Values, record_change
from notes.models.tag_count import add_counts
from notes.search.tag_marks import tag_marks
from notes.tags import rename_tag

if TYPE_CHECKING:
    from notes.models.note import Note
    from notes.models.note_queryset import NoteQuerySet

# The most notes that one UPDATE names by their ids.
BATCH_SIZE = 500


def retag_notes(notes: "NoteQuerySet", owner_id: UUID, old: str, new: str | None, by: Credential | None) -> int:
    """Rename a tag of one account, or remove it if `new` is None, on all of these notes in one tick.

    Returns the number of notes that had the tag. Raises `QuotaExceeded`.
    """
    with tick(owner_id) as change:
        rows = notes.filter(owner=owner_id).tagged(old).values_list("pk", "tags", "trashed_at")
        tagged = [row for row in rows.iterator() if old in row[1]]
        if not tagged or old == new:
            change.cancel()
            return len(tagged)
        ids_by_tags: dict[tuple[str, ...], list[UUID]] = {}
        growth = 0
        difference: Counter[str] = Counter()
        for pk, tags, trashed_at in tagged:
            changed = rename_tag(tags, old, new)
            if trashed_at is None:
                difference.update([new] if new is not None and new not in tags else [])
                difference[old] -= 1
            ids_by_tags.setdefault(tuple(changed), []).append(pk)
            growth += bytes_in({"tags": changed}) - bytes_in({"tags": tags})
        write_tags(notes.model, ids_by_tags, {"version": change.version, **record_change(by)})
        change.at_end(add_counts, difference)
        quota.count_growth(owner_id, growth)
        return len(tagged)


def write_tags(model: type["Note"], ids_by_tags: Mapping[tuple[str, ...], list[UUID]], others: Values) -> None:
    """Write the new tags with these `others`. One UPDATE per list of tags takes a tenth of the time of one per note."""
    for tags, ids in ids_by_tags.items():
        for batch in batches(ids):
            model._default_manager.filter(pk__in=batch).update(tags=list(tags), tag_marks=tag_marks(tags), **others)


def batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch
