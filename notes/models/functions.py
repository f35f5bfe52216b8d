"""SQL functions on the text and tags of a note, where PostgreSQL and SQLite differ; and sizes in bytes of UTF-8."""

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Func, IntegerField, QuerySet, Sum


class Likely(Func):
    """A condition that most notes meet.

    SQLite has no statistics. Without this hint it would follow the index of the condition and sort all that it finds.
    """

    function = "likely"
    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        return super().as_sql(compiler, connection, template="%(expressions)s", **context)


class Like(Func):
    """Whether a text matches a pattern."""

    output_field = BooleanField()
    template, arg_joiner = "(%(expressions)s)", " LIKE "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        """GLOB takes half the time of LIKE, because it distinguishes letters by case."""
        text, pattern = (compiler.compile(each) for each in self.source_expressions)
        return f"({text[0]} GLOB replace({pattern[0]}, '%%', '*'))", [*text[1], *pattern[1]]


class HasAllTags(Func):
    """Whether a list of tags contains all names of another JSON list."""

    output_field = BooleanField()
    template, arg_joiner = "(%(expressions)s::jsonb)", " @> "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        tags, names = (compiler.compile(each) for each in self.source_expressions)
        tag = f"SELECT value FROM json_each({tags[0]})"  # noqa: S608  # a column
        missing = f"SELECT 1 FROM json_each({names[0]}) WHERE value NOT IN ({tag})"  # noqa: S608  # a placeholder
        return f"NOT EXISTS ({missing})", [*names[1], *tags[1]]


class OctetLength(Func):
    """The number of bytes of a text."""

    function = "octet_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        return self.as_sql(compiler, connection, template="length(CAST(%(expressions)s AS BLOB))", **context)


class TagBytes(Func):
    """The number of bytes of all names in a list of tags."""

    output_field = IntegerField()
    template = (
        "(SELECT coalesce(sum(octet_length(tag.name)), 0) FROM jsonb_array_elements_text(%(expressions)s) AS tag(name))"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        names = "SELECT coalesce(sum(length(CAST(value AS BLOB))), 0) FROM json_each(%(expressions)s)"
        return self.as_sql(compiler, connection, template=f"({names})", **context)


TEXT_BYTES = OctetLength("title") + OctetLength("content") + TagBytes("tags")


def sum_text_bytes(rows: QuerySet[Any]) -> int:  # Any: notes or revisions
    """Return the bytes of all titles, contents and tags of these rows."""
    return rows.aggregate(total=Sum(TEXT_BYTES))["total"] or 0


def bytes_in(values: Mapping[str, Any]) -> int:  # Any: each field has its own type
    """Return the bytes of title, content and tags among these values of a note: the same number as in SQL."""
    texts = [values.get("title", ""), values.get("content", ""), *values.get("tags", [])]
    return sum(len(text.encode()) for text in texts)
