"""Notes by their words, which are stored folded beside the text that they come from."""

from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar

from django.db import models

from notes.folding import folded
from notes.models.listed import ListedQuerySet
from notes.search import Search

Row = TypeVar("Row", bound=models.Model)

# What search reads of a text field.
WORDS = {"title": "title_words", "content": "content_words"}


class SearchQuerySet(ListedQuerySet[Row]):
    def without_words(self) -> Self:
        """Nobody reads the folded words: they are only compared with."""
        return self.defer(*WORDS.values())

    def search(self, search: Search) -> Self:
        """What the query finds, with its `rank`."""
        return self.filter(search.condition()).ranked(search)

    def ranked(self, search: Search) -> Self:
        return self.annotate(rank=search.rank())

    def titled(self, search: Search) -> Self:
        """What the query finds and has in its title; only of these the content is looked at."""
        return self.filter(search.in_title()).search(search)

    def untitled(self, search: Search) -> Self:
        """What else the query finds."""
        return self.exclude(search.in_title()).search(search)

    def best(self, count: int, search: Search) -> Self:
        """The first of what was found. Their text is read last: sorting would carry along that of all the others."""
        found: Self = self.model._default_manager.filter(pk__in=self.values("pk")[:count])  # type: ignore[assignment]
        return found.without_words().ranked(search).order_by(*self.query.order_by)

    def fold_anew(self) -> Iterator[int]:
        """Fold the words of all notes again; yields how many are done. A note that changes meanwhile is left alone."""
        stale = self.filter(purged_at=None).order_by("id").values_list("pk", "version", *WORDS)
        for done, (pk, version, *texts) in enumerate(stale.iterator(200), start=1):
            unchanged = self.model._default_manager.filter(pk=pk, version=version)
            unchanged.update(**with_words(dict(zip(WORDS, texts, strict=True))))
            yield done


def with_words(values: Mapping[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
    """The values, and the folded words of those that are searched."""
    return {**values, **{WORDS[name]: folded(values[name]) for name in WORDS.keys() & values.keys()}}
