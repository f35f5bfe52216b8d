"""A search as conditions of a query on notes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.db.models import Q

from notes.search.bloom import COLUMNS
from notes.search.lookups import OneCondition, contains, may_contain
from notes_api.db.compiled import Parameter

# How well a note matches. It depends only on the note and the query, so it is stable from page to page.
PHRASE_IN_TITLE, WORDS_IN_TITLE, ANYWHERE = 3, 2, 1
TITLE_COLUMNS = len(COLUMNS["title"])


class TermPositions(NamedTuple):
    """Where the pattern of a term is in `Conditions.values`, and its marks and bits if they are compared."""

    pattern: int
    marks: tuple[int, ...]
    bits: tuple[int, ...]


class Alternative(NamedTuple):
    """Terms that a note must match together. `phrase` is the position of all wanted words side by side."""

    wanted: tuple[TermPositions, ...]
    excluded: tuple[TermPositions, ...]
    phrase: int | None


@dataclass(frozen=True)
class Conditions:
    """A search as conditions of a query. Searches that differ only in their words have the same `alternatives`.

    In a compiled query, parameters take the place of the values. `are_last` means that only
    notes are compared with them that meet the other conditions of the query.
    """

    alternatives: tuple[Alternative, ...]
    values: tuple[str | int | Parameter, ...]
    are_last: bool = False

    def met(self) -> Q:
        return self.after_others(any_of([self.met_by(each, self.anywhere) for each in self.alternatives]))

    def met_outside_title(self) -> Q:
        """The same as `met` for notes that are not `in_title`, with fewer comparisons.

        The title cannot contain the only wanted term of an alternative, so only the content is compared with it.
        """
        return self.after_others(any_of([
            self.met_by(each, self.in_content if len(each.wanted) == 1 else self.anywhere)
            for each in self.alternatives
        ]))  # fmt: skip

    def after_others(self, condition: Q) -> Q:
        return Q(OneCondition(condition)) if self.are_last else condition

    def met_by(self, alternative: Alternative, condition: Callable[[TermPositions], Q]) -> Q:
        return all_of([*map(condition, alternative.wanted), *(~self.anywhere(term) for term in alternative.excluded)])

    def in_title(self) -> Q:
        """All wanted terms of an alternative are in the title."""
        return self.title_meets(lambda term: self.title_contains(term.pattern))

    def may_be_in_title(self) -> Q:
        """The filter of the title does not rule out `in_title`."""
        return self.title_meets(self.title_may_contain)

    def title_meets(self, condition: Callable[[TermPositions], Q]) -> Q:
        return any_of([all_of(map(condition, each.wanted)) for each in self.alternatives if each.wanted])

    def phrase_in_title(self) -> Q:
        """The title contains all wanted terms of an alternative side by side."""
        return any_of([self.title_contains(each.phrase) for each in self.alternatives if each.phrase is not None])

    def has_phrases(self) -> bool:
        """Whether `phrase_in_title` is more than `in_title`: the phrase of a single term is the term itself."""
        return any([each.phrase] != [term.pattern for term in each.wanted] for each in self.alternatives if each.wanted)

    def has_exclusions(self) -> bool:
        return any(each.excluded for each in self.alternatives)

    def anywhere(self, term: TermPositions) -> Q:
        return (self.title_may_contain(term) & self.title_contains(term.pattern)) | self.in_content(term)

    def in_content(self, term: TermPositions) -> Q:
        """The content contains the term.

        If the filter or the signature rules this out, the database does not read the words: decompressing them is most
        of the cost of a search. Contents without either are always read.
        """
        contained = contains("content_words", self.values[term.pattern])
        if not term.bits:
            return contained
        # LIKE is faster than STRPOS and INSTR for patterns as short as marks.
        marked = all_of(Q(content_signature__contains=self.values[position]) for position in term.marks)
        return self.content_may_contain(term) & (Q(content_signature=None) | marked) & contained

    def title_contains(self, position: int) -> Q:
        return contains("title_words", self.values[position])

    def title_may_contain(self, term: TermPositions) -> Q:
        return may_contain("title", self.bits_of(term)[:TITLE_COLUMNS]) if term.bits else Q()

    def content_may_contain(self, term: TermPositions) -> Q:
        return may_contain("content", self.bits_of(term)[TITLE_COLUMNS:])

    def bits_of(self, term: TermPositions) -> tuple[str | int | Parameter, ...]:
        return tuple(self.values[position] for position in term.bits)


def all_of(conditions: Iterable[Q]) -> Q:
    """All conditions; true if empty."""
    return reduce(and_, conditions, Q())


def any_of(conditions: Iterable[Q]) -> Q:
    """Any of the conditions; false if empty."""
    return reduce(or_, conditions, Q(pk__in=[]))
