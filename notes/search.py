"""What is asked for with `q`, in the syntax people know from the web: `words "a phrase" -not or other word*`.

A note's words are stored folded, between spaces (see `folding`), so a word is found as ` word `, the beginning of
one as ` wor`, a phrase as ` one two `, and a part of a run without spaces as it is: the same plain comparison on both
databases, led by the owner's index. What the user typed reaches no query language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Cast, StrIndex
from django.db.models.lookups import GreaterThan

from notes.folding import folded, is_run

PART = re.compile(r'(?P<sign>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')

# Each alternative and each exclusion may be another look at every note; and SQLite takes no condition of any length.
MOST_ALTERNATIVES = MOST_EXCLUSIONS = 10
MOST_TERMS = 100
PHRASE_IN_TITLE, WORDS_IN_TITLE, ANYWHERE = 3, 2, 1
# A bare number as the whole rank would name a column to sort by.
UNRANKED = Cast(Value(ANYWHERE), IntegerField())


@dataclass(frozen=True)
class Term:
    """Folded words that stand side by side; of the last one only the beginning if `is_prefix`."""

    words: str
    is_prefix: bool = False
    is_excluded: bool = False

    @property
    def pattern(self) -> str:
        before = "" if is_run(self.words) else " "
        return f"{before}{self.words}{'' if self.is_prefix or self.ends_in_a_run else ' '}"

    @property
    def ends_in_a_run(self) -> bool:
        """Then the last word may go on in the text."""
        return is_run(self.words.rpartition(" ")[2])

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
        return any_of([all_of([term.anywhere() for term in rarest_first(terms)]) for terms in self.alternatives])

    def rank(self) -> Case:
        """How well a note fits: from the note and the query alone, so equal for all and stable for paging."""
        return Case(
            When(any_of([phrase(terms) for terms in self.alternatives]), then=Value(PHRASE_IN_TITLE)),
            When(self.in_title(), then=Value(WORDS_IN_TITLE)),
            default=UNRANKED,
            output_field=IntegerField(),
        )

    def in_title(self) -> Q:
        """All that is wanted stands in the title: whatever fits better than `ANYWHERE`."""
        return any_of([titled(terms) for terms in self.alternatives])

    def excludes(self) -> bool:
        return any(term.is_excluded for terms in self.alternatives for term in terms)

    def wanted(self) -> list[Term]:
        """What is worth highlighting."""
        return [term for terms in self.alternatives for term in terms if not term.is_excluded]


class TooManyLooks(ValueError):
    """A query with more alternatives, exclusions or words than are looked for at once."""


def parse(query: str) -> Search:
    """Understand a query; whatever is typed means something, if only nothing. Raises `TooManyLooks`."""
    alternatives: list[list[Term]] = [[]]
    for part in PART.finditer(query):
        if part["word"] and part["word"].lower() == "or" and not part["sign"]:
            alternatives.append([])
        else:
            alternatives[-1].extend(terms_of(part))
    found = tuple(dict.fromkeys(tuple(terms) for terms in alternatives if terms))
    terms = {term for terms in found for term in terms}
    limit(len(found), MOST_ALTERNATIVES, "alternatives")
    limit(sum(term.is_excluded for term in terms), MOST_EXCLUSIONS, "exclusions")
    limit(len(terms), MOST_TERMS, "different words")
    return Search(found)


def limit(count: int, most: int, what: str) -> None:
    if count > most:
        raise TooManyLooks(f"At most {most} {what} can be searched at once.")


def terms_of(part: re.Match[str]) -> Iterator[Term]:
    text = part["word"] if part["word"] is not None else part["phrase"]
    if words := folded(text).strip():
        yield Term(words, part["word"] is not None and text.endswith("*"), bool(part["sign"]))


def rarest_first(terms: tuple[Term, ...]) -> list[Term]:
    """Each once. Long words are rare: most notes need no look for the others."""
    return sorted(dict.fromkeys(terms), key=lambda term: (term.is_excluded, -len(term.pattern)))


def phrase(terms: tuple[Term, ...]) -> Q:
    """All that is wanted, in the order it was typed, side by side in the title."""
    wanted = [term for term in terms if not term.is_excluded]
    if not wanted:
        return Q(pk__in=[])
    return Term(" ".join(term.words for term in wanted), wanted[-1].is_prefix).in_title()


def titled(terms: tuple[Term, ...]) -> Q:
    wanted = [term.in_title() for term in dict.fromkeys(terms) if not term.is_excluded]
    return all_of(wanted) if wanted else Q(pk__in=[])


def contains(column: str, pattern: str) -> Q:
    return Q(GreaterThan(StrIndex(column, Value(pattern)), 0))


def all_of(conditions: list[Q]) -> Q:
    return reduce(and_, conditions)


def any_of(conditions: list[Q]) -> Q:
    return reduce(or_, conditions) if conditions else Q(pk__in=[])
