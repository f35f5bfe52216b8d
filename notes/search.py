"""What is asked for with `q`, in the syntax people know from the web: `words "a phrase" -not or other word*`.

A note's words are stored folded, between spaces (see `folding`), so a word is found as ` word `, the beginning of
one as ` wor`, a phrase as ` one two `, and a part of a run without spaces as it is: the same plain comparison on both
databases, led by the owner's index. Of a long text its signature is asked first (see `signature`). What the user typed
reaches no query language.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Cast, StrIndex
from django.db.models.lookups import GreaterThan

from notes.folding import folded, is_run
from notes.signature import marks_of
from notes_api.compiled import Parameter

# What a search reads of each text field; and all that it reads.
WORDS = {"title": "title_words", "content": "content_words"}
SEARCHED = (*WORDS.values(), "content_signature")
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

    @property
    def marks(self) -> list[str]:
        return marks_of(self.words, is_prefix=self.is_prefix)


class Look(NamedTuple):
    """The names of a term's pattern and of its marks."""

    pattern: str
    marks: tuple[str, ...]


class Alternative(NamedTuple):
    """What has to be met together."""

    wanted: tuple[Look, ...]
    excluded: tuple[Look, ...]
    phrase: str | None


@dataclass(frozen=True)
class Conditions:
    """What a search asks of the database: the same for all that are alike but for the values of the names."""

    alternatives: tuple[Alternative, ...]
    values: Mapping[str, str | Parameter]

    def met(self) -> Q:
        return any_of([self.met_by(each, self.anywhere) for each in self.alternatives])

    def met_untitled(self) -> Q:
        """The same of notes that are not `in_title`: a word that is wanted alone is not in the title again."""
        return any_of([
            self.met_by(each, self.in_content if len(each.wanted) == 1 else self.anywhere)
            for each in self.alternatives
        ])  # fmt: skip

    def met_by(self, alternative: Alternative, found: Callable[[Look], Q]) -> Q:
        return all_of([*map(found, alternative.wanted), *(~self.anywhere(look) for look in alternative.excluded)])

    def in_title(self) -> Q:
        """All that is wanted stands in the title: whatever fits better than `ANYWHERE`."""
        wanted = [each.wanted for each in self.alternatives if each.wanted]
        return any_of([all_of(self.titled(look.pattern) for look in looks) for looks in wanted])

    def rank(self) -> Case:
        """How well a note fits: from the note and the query alone, so equal for all and stable for paging."""
        return Case(
            When(any_of([self.titled(each.phrase) for each in self.alternatives if each.phrase]),
                 then=Value(PHRASE_IN_TITLE)),
            When(self.in_title(), then=Value(WORDS_IN_TITLE)),
            default=UNRANKED,
            output_field=IntegerField(),
        )  # fmt: skip

    def excludes(self) -> bool:
        return any(each.excluded for each in self.alternatives)

    def anywhere(self, look: Look) -> Q:
        return self.titled(look.pattern) | self.in_content(look)

    def in_content(self, look: Look) -> Q:
        """A content that its signature rules out is not read: unpacking it is most of what a search costs. One that has
        none is.
        """
        # For so short a pattern LIKE is quicker than STRPOS and INSTR.
        marked = all_of(Q(content_signature__contains=self.values[name]) for name in look.marks)
        return (Q(content_signature=None) | marked) & contains("content_words", self.values[look.pattern])

    def titled(self, name: str) -> Q:
        return contains("title_words", self.values[name])


@dataclass(frozen=True)
class Search:
    """Alternatives, each of terms that must all be met. Without any, nothing is found."""

    alternatives: tuple[tuple[Term, ...], ...]

    def conditions(self) -> Conditions:
        names: dict[str, str] = {}

        def named(value: str) -> str:
            return names.setdefault(value, f"search_{len(names)}")

        def looks(terms: Iterable[Term]) -> tuple[Look, ...]:
            return tuple(Look(named(term.pattern), tuple(map(named, term.marks))) for term in rarest_first(terms))

        alternatives = []
        for terms in self.alternatives:
            wanted = [term for term in terms if not term.is_excluded]
            excluded = [term for term in terms if term.is_excluded]
            phrase = named(side_by_side(wanted).pattern) if wanted else None
            alternatives.append(Alternative(looks(wanted), looks(excluded), phrase))
        return Conditions(tuple(alternatives), {name: value for value, name in names.items()})

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


def rarest_first(terms: Iterable[Term]) -> list[Term]:
    """Each once. Long words are rare: most notes need no look for the others."""
    return sorted(dict.fromkeys(terms), key=lambda term: -len(term.pattern))


def side_by_side(terms: Sequence[Term]) -> Term:
    """All of them, in the order they were typed."""
    return Term(" ".join(term.words for term in terms), terms[-1].is_prefix)


def contains(column: str, pattern: str | Parameter) -> Q:
    """Whether the folded words of this column hold a pattern."""
    return Q(GreaterThan(StrIndex(column, Value(pattern) if isinstance(pattern, str) else pattern), 0))


def all_of(conditions: Iterable[Q]) -> Q:
    """Everything, of none."""
    return reduce(and_, conditions, Q())


def any_of(conditions: Iterable[Q]) -> Q:
    """Nothing, of none."""
    return reduce(or_, conditions, Q(pk__in=[]))
