"""Folding the words of existing notes and counting their tags again, after an upgrade that stores them differently."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from accounts.exceptions import AccountErased
from accounts.models import User, tick
from notes.models.note import Note
from notes.models.tag_count import TagCount
from notes.search.query import SEARCH_COLUMNS
from notes.search.search_columns import SEARCHED_FIELDS, search_columns_of

# Few, because a note may hold 1 MiB of content and as much of folded words.
BATCH_SIZE = 50


def reindex_notes() -> Iterator[tuple[int, int]]:
    """Fold the words of all notes again; yield the size of each batch and how many of its notes had other words."""
    columns, remaining = ["id", *SEARCHED_FIELDS, *SEARCH_COLUMNS], Note.objects.not_purged().order_by("pk")
    batch = list(remaining.values(*columns)[:BATCH_SIZE])
    while batch:
        yield len(batch), sum([renew_words(row) for row in batch])
        batch = list(remaining.filter(pk__gt=batch[-1]["id"]).values(*columns)[:BATCH_SIZE])


def renew_words(row: Mapping[str, Any]) -> bool:  # Any: each field has its own type
    """Update the words of one note where they differ from its text, and return whether they did.

    A text that has changed since `row` was read is left alone: it was written with its own words.
    """
    stale = stale_columns(row)
    for name, columns in stale.items():
        Note.objects.filter(pk=row["id"], **{name: row[name]}).update(**columns)
    return bool(stale)


def stale_columns(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:  # Any: as above
    """Return the columns that do not belong to the text of the note, with the values that do."""
    expected = {name: search_columns_of(name, row[name]) for name in SEARCHED_FIELDS}
    return {name: columns for name, columns in expected.items() if not columns.items() <= row.items()}


def count_stale_words(most: int) -> tuple[int, int]:
    """Look at some notes, others each time; return how many there were and how many had words of another text."""
    rows = Note.objects.not_purged().order_by("?").values("id", *SEARCHED_FIELDS, *SEARCH_COLUMNS)[:most]
    stale = [bool(stale_columns(row)) for row in rows]
    return len(stale), sum(stale)


def recount_all_tags() -> int:
    """Count the tags of every account again, and return how many accounts had wrong counts."""
    return sum(recount_tags(owner_id) for owner_id in User.objects.values_list("pk", flat=True))


def recount_tags(owner_id: UUID) -> bool:
    """Count the tags of an account's notes again, and return whether the counts were wrong.

    The clock advances only if they were, because it is the ETag of the list of tags.
    """
    try:
        with tick(owner_id) as change:
            was_wrong = TagCount.objects.recount(owner_id, Note.objects.owned_by(owner_id).active())
            if not was_wrong:
                change.cancel()
            return was_wrong
    except AccountErased:
        return False
