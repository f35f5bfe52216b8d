"""Searches with `q`, in the syntax that people know from the web: `words "a phrase" -not or other word*`.

The words of a note are stored folded, between spaces (see `folding`). So the pattern of a word is ` word `, of the
beginning of a word ` wor`, of a phrase ` one two `, and of a part of a run without spaces the part itself. Both
databases use the same plain comparison, on the rows that the owner's index selects. Before that they check what can
rule out a text for less: filters (see `bloom`), and for a long text its signature (see `signature`). What the user
typed never reaches a query language.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from notes.search.bloom import ALL_COLUMNS, COLUMNS, bits_of_term
from notes.search.conditions import Alternative, Conditions, TermPositions
from notes.search.folding import fold, is_run
from notes.search.signature import marks_of

# The column with the folded words of each text field, and all columns that only searches and filters read.
WORDS = {"title": "title_words", "content": "content_words"}
SEARCH_COLUMNS = (*WORDS.values(), "content_signature", "tag_marks", *ALL_COLUMNS)
# Phones and word processors replace the straight quotation marks and dashes that people type. Keyboards for Chinese and
# Japanese have their own. An apostrophe (U+2019) is not replaced.
QUOTES = "“”„‟«»‹›＂〝〞〟「」『』﹁﹂﹃﹄《》〈〉"  # noqa: RUF001
DASHES = "‐‑‒–—―−﹘﹣－"  # noqa: RUF001
TYPED = str.maketrans({**dict.fromkeys(QUOTES, '"'), **dict.fromkeys(DASHES, "-"), "＊": "*"})  # noqa: RUF001
TOKEN = re.compile(r'(?P<sign>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')

# Each alternative and each exclusion may have to read every note again, and SQLite limits the size of a condition.
MAX_ALTERNATIVES = MAX_EXCLUSIONS = 10
MAX_TERMS = 100
# Filters and signatures are compared with the rarest terms of an alternative. More would rule out few other notes.
MAX_FILTERED = 3
# A request compares its terms with notes at most this often, unless it has few terms.
MAX_COMPARISONS, FEW_TERMS = 400_000, 6


@dataclass(frozen=True)
class Term:
    """Folded words side by side. With `is_prefix`, the last one is the beginning of a word."""

    words: str
    is_prefix: bool = False
    is_excluded: bool = False

    @property
    def pattern(self) -> str:
        before = "" if is_run(self.words) else " "
        return f"{before}{self.words}{'' if self.is_prefix or self.ends_in_a_run else ' '}"

    @property
    def ends_in_a_run(self) -> bool:
        """Whether the pattern ends inside a run without spaces. In the text, more characters may follow it."""
        return is_run(self.words.rpartition(" ")[2])

    @property
    def marks(self) -> list[str]:
        return marks_of(self.words, is_prefix=self.is_prefix)

    @property
    def bits(self) -> list[int]:
        """The bits of the term in the filters of both fields."""
        return [number for field in COLUMNS for number in bits_of_term(field, self.words, is_prefix=self.is_prefix)]


class ConditionValues:
    """Collects the values of a search."""

    def __init__(self) -> None:
        self.values: list[str | int] = []
        self.positions: dict[str, int] = {}

    def position_of(self, pattern: str) -> int:
        if pattern not in self.positions:
            self.positions[pattern] = len(self.values)
            self.values.append(pattern)
        return self.positions[pattern]

    def positions_of(self, terms: Iterable[Term]) -> tuple[TermPositions, ...]:
        first, others = (rarest := rarest_first(terms))[:MAX_FILTERED], rarest[MAX_FILTERED:]
        filtered = [
            TermPositions(self.position_of(term.pattern), tuple(map(self.position_of, term.marks)), self.add_bits(term))
            for term in first
        ]
        return (*filtered, *(TermPositions(self.position_of(term.pattern), (), ()) for term in others))

    def add_bits(self, term: Term) -> tuple[int, ...]:
        """Add the bits and return their positions. Equal numbers have several: they must not decide the SQL."""
        bits = term.bits
        self.values.extend(bits)
        return tuple(range(len(self.values) - len(bits), len(self.values)))


@dataclass(frozen=True)
class Search:
    """A parsed query: alternatives, each of terms that must all match. Without alternatives, nothing matches."""

    alternatives: tuple[tuple[Term, ...], ...]

    def conditions(self, limit: Collection[str] = ()) -> Conditions:
        """Return the conditions. Many terms are compared only with notes that a credential with this limit knows."""
        values, alternatives = ConditionValues(), []
        for terms in self.alternatives:
            wanted = [term for term in terms if not term.is_excluded]
            excluded = [term for term in terms if term.is_excluded]
            phrase = values.position_of(phrase_of(wanted).pattern) if wanted else None
            alternatives.append(Alternative(values.positions_of(wanted), values.positions_of(excluded), phrase))
        are_last = bool(limit) and self.max_notes() is not None
        return Conditions(tuple(alternatives), tuple(values.values), are_last)

    def max_notes(self) -> int | None:
        """How many notes one request may compare with the terms; None if all."""
        terms = sum(len(set(each)) for each in self.alternatives)
        return MAX_COMPARISONS // terms if terms > FEW_TERMS else None

    def wanted(self) -> list[Term]:
        """The terms to highlight."""
        return [term for terms in self.alternatives for term in terms if not term.is_excluded]


class QueryTooLong(ValueError):
    """The query has more alternatives, exclusions or words than one search may have. The message says which."""


def parse(query: str) -> Search:
    """Parse a query. Every text is valid, though it may match nothing. Raises `QueryTooLong`."""
    alternatives: list[list[Term]] = [[]]
    for token in TOKEN.finditer(query.translate(TYPED)):
        if token["word"] and token["word"].lower() == "or" and not token["sign"]:
            alternatives.append([])
        else:
            alternatives[-1].extend(terms_of(token))
    distinct = tuple(dict.fromkeys(tuple(terms) for terms in alternatives if terms))
    terms = {term for terms in distinct for term in terms}
    require_at_most(MAX_ALTERNATIVES, len(distinct), "alternatives")
    require_at_most(MAX_EXCLUSIONS, sum(term.is_excluded for term in terms), "exclusions")
    require_at_most(MAX_TERMS, len(terms), "different words")
    return Search(distinct)


def require_at_most(limit: int, count: int, what: str) -> None:
    if count > limit:
        raise QueryTooLong(f"A search may have at most {limit} {what}.")


def terms_of(token: re.Match[str]) -> Iterator[Term]:
    text = token["word"] if token["word"] is not None else token["phrase"]
    if words := fold(text).strip():
        yield Term(words, token["word"] is not None and text.endswith("*"), bool(token["sign"]))


def rarest_first(terms: Iterable[Term]) -> list[Term]:
    """Return each term once. Long words are rare, so for most notes the first comparison decides."""
    return sorted(dict.fromkeys(terms), key=lambda term: -len(term.pattern))


def phrase_of(terms: Sequence[Term]) -> Term:
    """Join all terms side by side, in the order they were typed."""
    return Term(" ".join(term.words for term in terms), terms[-1].is_prefix)
