"""The tags that a note once had and lost.

A credential that is limited to tags loses a note with its last tag of the limit, and the feed of changes tells it that
the note is gone. A note keeps the marks of these tags (`notes.search.tag_marks`), not their names, because a tombstone
keeps them too.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Func

from notes.search.tag_marks import mark_of

# The most lost tags that a note remembers. It forgets the oldest.
MAX_LOST = 100

# The mark, the version of the note that no longer has the tag, and the time of the change.
LostTags = list[tuple[str, int, str]]


class Departure(NamedTuple):
    """When a note left what a credential knows."""

    version: int
    moment: datetime


def add_lost_tags(lost: LostTags | None, tags: Iterable[str], version: int, moment: datetime) -> LostTags:
    """Return the lost tags of a note that loses these `tags` as well."""
    marks = sorted(map(mark_of, tags))
    earlier = [each for each in lost or [] if each[0] not in marks]
    return [*earlier, *((mark, version, moment.isoformat()) for mark in marks)][-MAX_LOST:]


def departure_of(lost: LostTags, limit: Collection[str]) -> Departure:
    """Return when the note lost its last tag with one of these marks."""
    version, moment = max((version, moment) for mark, version, moment in lost if mark in limit)
    return Departure(version, datetime.fromisoformat(moment))


class HasLost(Func):
    """Whether lost tags contain one of these marks, lost after a version: the lost tags, the version, the marks."""

    output_field = BooleanField()
    elements, mark, version = "jsonb_array_elements(%s) AS lost(entry)", "entry->>0", "(entry->>1)::bigint"

    def as_sql(  # type: ignore[override]  # the names of Func's arguments do not matter here
        self, compiler: Any, connection: Any, **context: Any
    ) -> Any:  # Any: Django's signature
        lost, since, *marks = (compiler.compile(each) for each in self.source_expressions)
        wanted = f"{self.mark} IN ({', '.join(sql for sql, _ in marks)}) AND {self.version} > {since[0]}"
        parameters = [*lost[1], *(value for _, values in marks for value in values), *since[1]]
        return f"EXISTS (SELECT 1 FROM {self.elements % lost[0]} WHERE {wanted})", parameters  # noqa: S608  # no input

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: as above
        on_sqlite = self.copy()
        on_sqlite.elements = "json_each(%s)"
        on_sqlite.mark, on_sqlite.version = "json_extract(value, '$[0]')", "json_extract(value, '$[1]')"
        return on_sqlite.as_sql(compiler, connection, **context)
