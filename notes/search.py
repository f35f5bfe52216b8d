"""What is asked for with `q`, in the syntax people know from the web: `words "a phrase" -not or other word*`.

A note's words are stored folded, between spaces (see `folding`), so a word is found as ` word `, the beginning of
one as ` wor`, and a phrase as ` one two `: the same plain comparison on both databases, led by the owner's index.
What the user typed reaches no query language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from notes.folding import Word, words

PART = re.compile(r'(?P<sign>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')

PHRASE_IN_TITLE, WORDS_IN_TITLE, ANYWHERE = 3, 2, 1


@dataclass(frozen=True)
class Term:
    """Words that stand side by side; of the last one only the beginning if `is_prefix`."""

    words: tuple[str, ...]
    is_prefix: bool = False
    is_excluded: bool = False

    @property
    def pattern(self) -> str:
        return f" {' '.join(self.words)}{'' if self.is_prefix else ' '}"

    def in_title(self) -> Q:
        return contains("title_words", self.pattern)

    def anywhere(self) -> Q:
        found = self.in_title() | contains("content_words", self.pattern)
        return ~found if self.is_excluded else found


@dataclass(frozen=True)
class Search:
    """Alternatives, each of terms that must all be met. Without any, nothing is found."""

    alternatives: tuple[tuple[Term, ...], ...]

    def condition(self) -> Q:
        return any_of([all_of([term.anywhere() for term in terms]) for terms in self.alternatives])

    def rank(self) -> Case:
        """How well a note fits: from the note and the query alone, so equal for all and stable for paging."""
        return Case(
            When(any_of([phrase(terms) for terms in self.alternatives]), then=Value(PHRASE_IN_TITLE)),
            When(any_of([titled(terms) for terms in self.alternatives]), then=Value(WORDS_IN_TITLE)),
            default=Value(ANYWHERE),
            output_field=IntegerField(),
        )

    def wanted(self) -> list[Term]:
        """What is worth highlighting."""
        return [term for terms in self.alternatives for term in terms if not term.is_excluded]


def parse(query: str) -> Search:
    """Understand a query; whatever is typed means something, if only nothing."""
    alternatives: list[list[Term]] = [[]]
    for part in PART.finditer(query):
        if part["word"] and part["word"].lower() == "or" and not part["sign"]:
            alternatives.append([])
        else:
            alternatives[-1].extend(terms_of(part))
    return Search(tuple(tuple(terms) for terms in alternatives if terms))


def terms_of(part: re.Match[str]) -> Iterator[Term]:
    text = part["word"] if part["word"] is not None else part["phrase"]
    found = list(words(text))
    if not found:
        return
    is_prefix = part["word"] is not None and text.endswith("*")
    # A run without spaces is searched as a part of longer ones: its last character may have a neighbour there.
    if found[-1].is_open:
        found, is_prefix = without_open_end(found), True if is_single(found) else is_prefix
    yield Term(tuple(word.text for word in found), is_prefix, bool(part["sign"]))


def is_single(found: list[Word]) -> bool:
    """Whether the last run is one character long: then it is the beginning of a pair, if not alone there too."""
    return len(found) == 1 or found[-2].end <= found[-1].start


def without_open_end(found: list[Word]) -> list[Word]:
    return found if is_single(found) else found[:-1]


def phrase(terms: tuple[Term, ...]) -> Q:
    """All that is wanted, in the order it was typed, side by side in the title."""
    wanted = [term for term in terms if not term.is_excluded]
    if not wanted:
        return Q(pk__in=[])
    return Term(tuple(word for term in wanted for word in term.words), wanted[-1].is_prefix).in_title()


def titled(terms: tuple[Term, ...]) -> Q:
    wanted = [term.in_title() for term in terms if not term.is_excluded]
    return all_of(wanted) if wanted else Q(pk__in=[])


def contains(column: str, pattern: str) -> Q:
    return Q(GreaterThan(StrIndex(column, Value(pattern)), 0))


def all_of(conditions: list[Q]) -> Q:
    return reduce(and_, conditions)


def any_of(conditions: list[Q]) -> Q:
    return reduce(or_, conditions) if conditions else Q(pk__in=[])
