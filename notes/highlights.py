"""Where in a note the words are that were asked for: positions in plain text, counted in Unicode code points."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from notes.folding import Word, words
from notes.search import Search, Term

SNIPPET_LENGTH = 160
# Code points that a snippet shows before the first match.
LEAD = 40
# A snippet is looked for in so many words; a match behind them is found, but not shown.
WORDS_READ = 50_000

Range = tuple[int, int]


class Match(NamedTuple):
    """`title` are ranges of the title, `ranges` of the snippet; the end of a range is not included."""

    title: list[Range]
    snippet: str
    ranges: list[Range]


def match(title: str, content: str, search: Search) -> Match:
    terms = search.wanted()
    found = next(matches(islice(words(content), WORDS_READ), terms), None)
    start = max(0, found[0] - LEAD) if found else 0
    snippet = content[start : start + SNIPPET_LENGTH]
    return Match(merged(matches(words(title), terms)), snippet, merged(matches(words(snippet), terms)))


def matches(text: Iterator[Word], terms: Sequence[Term]) -> Iterator[Range]:
    """The ranges where a term stands, in order of their ends."""
    longest = max((len(term.words) for term in terms), default=0)
    seen: list[Word] = []
    for word in text:
        seen = [*seen, word][-longest:] if longest else []
        for term in terms:
            window = seen[-len(term.words) :]
            if fits(window, term):
                last = window[-1]
                yield window[0].start, (last.first_end if term.is_prefix else None) or last.end


def fits(window: Sequence[Word], term: Term) -> bool:
    if len(window) != len(term.words):
        return False
    *before, last = (word.text for word in window)
    *wanted, end = term.words
    return before == wanted and (last.startswith(end) if term.is_prefix else last == end)


def merged(ranges: Iterator[Range]) -> list[Range]:
    """The same places, in order, without overlaps."""
    result: list[Range] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
