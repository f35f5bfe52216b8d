"""Notes as the parameters of a list narrow them down."""

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from typing import Self, TypeVar

from django.db import models

from notes.models.tagged import TaggedQuerySet
from notes_api.compiled import Parameter

Row = TypeVar("Row", bound=models.Model)


class ListedQuerySet(TaggedQuerySet[Row]):
    def pinned(self, is_pinned: bool) -> Self:
        return self.filter(is_pinned=is_pinned)

    def archived(self, is_archived: bool) -> Self:
        return self.filter(is_archived=is_archived)

    def tagged_with_all(self, names: Collection[str | Parameter]) -> Self:
        return reduce(lambda notes, name: notes.tagged(name), names, self)

    def created_between(self, start: datetime | Parameter | None, end: datetime | Parameter | None) -> Self:
        return self._between("created_at", start, end)

    def updated_between(self, start: datetime | Parameter | None, end: datetime | Parameter | None) -> Self:
        return self._between("updated_at", start, end)

    def _between(self, field: str, start: datetime | Parameter | None, end: datetime | Parameter | None) -> Self:
        notes = self if start is None else self.filter(**{f"{field}__gte": start})
        return notes if end is None else notes.filter(**{f"{field}__lt": end})
