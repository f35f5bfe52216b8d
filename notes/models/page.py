"""A page of notes that never holds more than 8 MiB of content, however long the notes are."""

from django.db.models import Case, TextField, Value, When

from notes.models.note import Note, NoteQuerySet
from notes.models.sizes import OctetLength

PAGE_MAX_BYTES = 8 * 1_048_576
# Shorter contents come with the row, so that an ordinary page is one query; the longest page of 500 such notes
# just fits. The others are fetched by a second query, as many as the page has room for.
SHORT = 16 * 1024


def take(limit: int, *stretches: NoteQuerySet) -> tuple[list[Note], bool]:
    """At most `limit` notes of these lists, one behind the other, at least one if there is any; and whether more
    come after them.
    """
    rows: list[Note] = []
    for notes in stretches:
        rows += weighed(notes)[: limit + 1 - len(rows)]
    page = rows[: room(rows[:limit])]
    if not fill(page):
        # One of the long notes changed in between: its content would not be that of the version beside it.
        return take(limit, *stretches)
    return page, len(rows) > len(page)


def weighed(notes: NoteQuerySet) -> NoteQuerySet:
    """With `size` in place of the content, which comes as `short` if it is."""
    size = OctetLength("content")
    short = Case(When(size__lte=SHORT, then="content"), default=Value(None), output_field=TextField(null=True))
    return notes.defer("content").annotate(size=size, short=short)


def room(rows: list[Note]) -> int:
    """How many of the notes fit into a page; the first always does."""
    used = 0
    for position, note in enumerate(rows):
        used += note.size  # type: ignore[attr-defined]  # annotated above
        if used > PAGE_MAX_BYTES and position:
            return position
    return len(rows)


def fill(page: list[Note]) -> bool:
    """Give each note its content; False where that of its version is no longer to be had."""
    long = [note.pk for note in page if note.short is None]  # type: ignore[attr-defined]  # annotated above
    found = Note.objects.filter(pk__in=long).values_list("pk", "version", "content") if long else []
    contents = {(pk, version): content for pk, version, content in found}
    for note in page:
        short = note.short  # type: ignore[attr-defined]  # annotated above
        content = contents.get((note.pk, note.version)) if short is None else short
        if content is None:
            return False
        note.content = content
    return True
