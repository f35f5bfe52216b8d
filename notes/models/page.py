"""A page of notes that never holds more than 8 MiB of content, however long the notes are."""

from typing import TYPE_CHECKING, Any

from django.db.models import Case, Func, IntegerField, TextField, Value, When

if TYPE_CHECKING:
    from notes.models.note import Note, NoteQuerySet

PAGE_MAX_BYTES = 8 * 1_048_576
# Shorter contents come with the row, so that an ordinary page is one query; the longest page of 500 such notes
# just fits. The others are fetched by a second query, as many as the page has room for.
SHORT = 16 * 1024


class OctetLength(Func):
    """Bytes of UTF-8."""

    function = "octet_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        return self.as_sql(compiler, connection, template="length(CAST(%(expressions)s AS BLOB))", **context)


def take(queryset: "NoteQuerySet", limit: int) -> "tuple[list[Note], bool]":
    """At most `limit` notes, at least one if there is any, and whether more come after them."""
    size = OctetLength("content")
    short = Case(When(size__lte=SHORT, then="content"), default=Value(None), output_field=TextField(null=True))
    rows = list(queryset.defer("content").annotate(size=size, short=short)[: limit + 1])
    page = rows[: room(rows[:limit])]
    if not fill(queryset, page):
        # One of the long notes changed in between: its content would not be that of the version beside it.
        return take(queryset, limit)
    return page, len(rows) > len(page)


def room(rows: "list[Note]") -> int:
    """How many of the notes fit into a page; the first always does."""
    used = 0
    for position, note in enumerate(rows):
        used += note.size  # type: ignore[attr-defined]  # annotated above
        if used > PAGE_MAX_BYTES and position:
            return position
    return len(rows)


def fill(queryset: "NoteQuerySet", page: "list[Note]") -> bool:
    """Give each note its content; False where that of its version is no longer to be had."""
    long = [note.pk for note in page if note.short is None]  # type: ignore[attr-defined]  # annotated above
    found = queryset.model.objects.filter(pk__in=long).values_list("pk", "version", "content") if long else []
    contents = {(pk, version): content for pk, version, content in found}
    for note in page:
        short = note.short  # type: ignore[attr-defined]  # annotated above
        content = contents.get((note.pk, note.version)) if short is None else short
        if content is None:
            return False
        note.content = content
    return True
