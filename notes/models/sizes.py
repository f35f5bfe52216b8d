"""How much text there is, in bytes of UTF-8: the same number from Python and from either database."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Func, IntegerField, Model, QuerySet, Sum

Row = TypeVar("Row", bound=Model)


class OctetLength(Func):
    """Bytes of a text."""

    function = "octet_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        return self.as_sql(compiler, connection, template="length(CAST(%(expressions)s AS BLOB))", **context)


class TagBytes(Func):
    """Bytes of the names in a list of tags."""

    output_field = IntegerField()
    template = (
        "(SELECT coalesce(sum(octet_length(tag.name)), 0) FROM jsonb_array_elements_text(%(expressions)s) AS tag(name))"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: as above
        names = "SELECT coalesce(sum(length(CAST(value AS BLOB))), 0) FROM json_each(%(expressions)s)"
        return self.as_sql(compiler, connection, template=f"({names})", **context)


TEXT_BYTES = OctetLength("title") + OctetLength("content") + TagBytes("tags")


class MeasuredQuerySet(QuerySet[Row]):
    """Of what has a title, a content and tags."""

    def total_bytes(self) -> int:
        """What all of these texts hold."""
        return self.aggregate(total=Sum(TEXT_BYTES))["total"] or 0


def bytes_in(values: Mapping[str, Any]) -> int:  # Any: each field has its own type
    """What of these values of a note counts as text."""
    texts = [values.get("title", ""), values.get("content", ""), *values.get("tags", [])]
    return sum(len(text.encode()) for text in texts)
