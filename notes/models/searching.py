"""Notes by their words, which are stored folded beside the text that they come from."""

from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Expression

from notes.folding import folded
from notes.models.listed import ListedQuerySet
from notes.search import SEARCHED, UNRANKED, WORDS, Conditions
from notes.signature import signature_of

Row = TypeVar("Row", bound=models.Model)

# Each may hold 1 MiB, and as much of words.
FEW = 50


class SearchQuerySet(ListedQuerySet[Row]):
    def without_words(self) -> Self:
        """Nobody reads the folded words: they are only compared with."""
        return self.defer(*SEARCHED)

    def search(self, conditions: Conditions) -> Self:
        """What the query finds, with its `rank`."""
        return self.filter(conditions.met()).annotate(rank=conditions.rank())

    def titled(self, conditions: Conditions) -> Self:
        """What the query finds and has in its title; only for what is excluded their content is looked at."""
        titled = self.filter(conditions.in_title())
        return titled.search(conditions) if conditions.excludes() else titled.annotate(rank=conditions.rank())

    def untitled(self, conditions: Conditions) -> Self:
        """What else the query finds: no note of it ranks before another."""
        return self.exclude(conditions.in_title()).filter(conditions.met_untitled()).annotate(rank=UNRANKED)

    def best(self, count: int, rank: Expression) -> Self:
        """The first of what was found. Their text is read last: sorting would carry along that of all the others."""
        found: Self = self.model._default_manager.filter(pk__in=self.values("pk")[:count])  # type: ignore[assignment]
        return found.without_words().annotate(rank=rank).order_by(*self.query.order_by)

    def kept(self) -> Self:
        """All but tombstones, which have no words."""
        return self.filter(purged_at=None)

    def fold_anew(self) -> Iterator[tuple[int, int]]:
        """Fold the words of these notes again; yields of each few of them how many they are and how many had others."""
        columns, kept = ["id", *WORDS, *SEARCHED], self.kept().order_by("pk")
        few = list(kept.values(*columns)[:FEW])
        while few:
            yield len(few), sum([self.renew_words(row) for row in few])
            few = list(kept.filter(pk__gt=few[-1]["id"]).values(*columns)[:FEW])

    def renew_words(self, row: Mapping[str, Any]) -> bool:  # Any: each field has its own type
        """Whether a note had other words. A text that has changed since has words of its own, but it alone has."""
        stale = {name: words for name in WORDS if not (words := words_of(name, row[name])).items() <= row.items()}
        for name, words in stale.items():
            self.model._default_manager.filter(pk=row["id"], **{name: row[name]}).update(**words)
        return bool(stale)


def with_words(values: Mapping[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
    """The values, and what search reads of those that are searched."""
    every = dict(values)
    for name in WORDS:
        if name in values:
            every |= words_of(name, values[name])
    return every


def words_of(name: str, text: str) -> dict[str, str | None]:
    """What search reads of this field."""
    words = folded(text)
    if name == "content":
        return {WORDS[name]: words, "content_signature": signature_of(words)}
    return {WORDS[name]: words}
