"""Renaming and removing a tag on many notes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
from django.utils import timezone

from accounts.models import Credential, tick
from notes.models import quota
from notes.models.functions import bytes_in
from notes.models.lost_tags import add_lost_tags
from notes.models.revision import Values, record_change
from notes.models.tag_count import add_counts
from notes.search.tag_marks import tag_marks

if TYPE_CHECKING:
    from notes.models.note import Note
    from notes.models.note_queryset import NoteQuerySet

# The most notes that one UPDATE names by their ids.
BATCH_SIZE = 500


def retag_notes(notes: "NoteQuerySet", owner_id: UUID, old: str, new: str | None, by: Credential | None) -> int:
    """Rename a tag, or remove it if `new` is None, in one tick; return how many had it. Raises `QuotaExceeded`."""
    with tick(owner_id) as change:
        rows = notes.filter(owner=owner_id).tagged(old).values_list("pk", "tags", "trashed_at", "lost_tags")
        tagged = [row for row in rows.iterator() if old in row[1]]
        if not tagged or old == new:
            change.cancel()
            return len(tagged)
        ids_by_tags: dict[tuple[tuple[str, ...], bytes], list[UUID]] = {}
        growth, now = 0, timezone.now()
        difference: Counter[str] = Counter()
        for pk, tags, trashed_at, earlier in tagged:
            changed = rename_tag(tags, old, new)
            if trashed_at is None:
                difference.update([new] if new is not None and new not in tags else [])
                difference[old] -= 1
            lost = orjson.dumps(add_lost_tags(earlier, [old], change.version, now))
            ids_by_tags.setdefault((tuple(changed), lost), []).append(pk)
            growth += bytes_in({"tags": changed}) - bytes_in({"tags": tags})
        write_tags(notes.model, ids_by_tags, {"version": change.version, **record_change(by)})
        change.at_end(add_counts, difference)
        quota.count_growth(owner_id, growth)
        return len(tagged)


def write_tags(
    model: type["Note"], ids_by_tags: Mapping[tuple[tuple[str, ...], bytes], list[UUID]], others: Values
) -> None:
    """Write the tags, the lost tags and these `others`.

    One UPDATE for all notes with the same tags takes a tenth of the time of one per note.
    """
    for (tags, lost), ids in ids_by_tags.items():
        values = {"tags": list(tags), "tag_marks": tag_marks(tags), "lost_tags": orjson.loads(lost), **others}
        for batch in batches(ids):
            model._default_manager.filter(pk__in=batch).update(**values)


def batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch


def rename_tag(tags: Sequence[str], old: str, new: str | None) -> list[str]:
    """Rename a tag, or remove it if `new` is None. If the new name is already in the list, it stays there once."""
    names = (new if tag == old else tag for tag in tags)
    return list(dict.fromkeys(name for name in names if name is not None))
