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
        return self.filter(search.condition()).annotate(rank=search.rank())

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
