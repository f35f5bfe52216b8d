"""Where in a note the words are that were asked for: positions in plain text, counted in Unicode code points."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from notes.folding import located, normal, spaced
from notes.search import Search, Term

SNIPPET_LENGTH = 160
# Code points that a snippet shows before the first match.
LEAD = 40
# A snippet is looked for in the beginning of a content; a match behind it is found, but not shown.
READ = 65_536
STEP = 256
# So much at least is read around a part, so that no half word at its edge passes for a whole one.
MARGIN = 64
WORD_BEGINS = re.compile(r"\s(?=\S)")

Range = tuple[int, int]


class Match(NamedTuple):
    """`title` are ranges of the title, `ranges` of the snippet; the end of a range is not included."""

    title: list[Range]
    snippet: str
    ranges: list[Range]


def match(title: str, content: str, search: Search) -> Match:
    terms = search.wanted()
    begin = snippet_begins(content, terms)
    snippet = content[begin : begin + SNIPPET_LENGTH]
    inside = ((start - begin, end - begin) for start, end in matches(content, terms, begin, begin + SNIPPET_LENGTH))
    return Match(merged(matches(title, terms, 0, len(title))), snippet, merged(inside))


def snippet_begins(content: str, terms: Sequence[Term]) -> int:
    """Shortly before the first match, with a whole word if there is one."""
    for start in range(0, min(len(content), READ), STEP):
        if found := min(matches(content, terms, start, start + STEP), default=None):
            earliest = max(0, found[0] - LEAD)
            word = WORD_BEGINS.search(content, earliest, found[0]) if earliest else None
            return word.end() if word else earliest
    return 0


def matches(text: str, terms: Sequence[Term], start: int, end: int) -> Iterator[Range]:
    """The ranges that begin in this part of the text, and end in it."""
    margin = MARGIN + 2 * max((len(term.words) for term in terms), default=0)
    offset = max(0, start - margin)
    around = text[offset : end + margin]
    plain = normal(around)
    words = spaced(plain)
    wanted = [term for term in terms if term.pattern in words]
    if not wanted:
        return
    words, starts, ends = located(around, plain)
    for first, last in (place for term in wanted for place in places(words, term)):
        if start <= starts[first] + offset < end:
            yield starts[first] + offset, min(end, ends[last] + offset)


def places(words: str, term: Term) -> Iterator[Range]:
    """Of each occurrence in the folded words the first and the last character; of a beginning, the whole word."""
    pattern, position = term.pattern, -1
    while (position := words.find(pattern, position + 1)) >= 0:
        end = position + len(pattern.rstrip())
        if term.is_prefix and not term.ends_in_a_run:
            end = words.index(" ", end)
        yield position + pattern.startswith(" "), end - 1


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same places, in order, without overlaps."""
    result: list[Range] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
