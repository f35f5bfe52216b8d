"""Where in a note the words are that were asked for: positions in plain text, counted in Unicode code points."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from notes.folding import Located, normal
from notes.search import Search, Term

SNIPPET_LENGTH = 160
# Code points that a snippet shows before the first match.
LEAD = 40
# A text is looked at in parts of this length, so many around each likely place; then in one long one there.
STEP, NEAR, FAR = 128, 8, 32_768
# There are letters that fold into a sentence: of the words of a long content no more than this is read.
WORDS_READ = 262_144
# So much is read around a part, so that no half word at its edge passes for a whole one; and for long terms more, but
# a letter may fold into a sentence.
MARGIN, MOST_MARGIN = 64, 1_064
WORD_BEGINS = re.compile(r"\s(?=\S)")

Range = tuple[int, int]


class Match(NamedTuple):
    """`title` are ranges of the title, `ranges` of the snippet; the end of a range is not included."""

    title: list[Range]
    snippet: str
    ranges: list[Range]


def match(title: str, content: str, words: str, search: Search) -> Match:
    """`words` are the folded ones of the content."""
    terms = search.wanted()
    found = first_matches(content, words, terms)
    begin = snippet_begins(content, min(found)[0]) if found else 0
    end = begin + SNIPPET_LENGTH
    inside = ((first - begin, min(last, end) - begin) for first, last in found if first < end)
    return Match(merged(matches(title, terms, 0, len(title))), content[begin:end], merged(inside))


def snippet_begins(content: str, first: int) -> int:
    """Shortly before the first match, with a whole word if there is one."""
    earliest = max(0, first - LEAD)
    word = WORD_BEGINS.search(content, earliest, first) if earliest else None
    return word.end() if word else earliest


def first_matches(content: str, words: str, terms: Sequence[Term]) -> list[Range]:
    """A match, as a rule the first, and all that a snippet around it can show."""
    places = {term: place for term in terms if (place := words.find(term.pattern)) >= 0}
    parts = likely_parts(len(content), len(words), min(places.values())) if places else []
    for start, end in parts:
        found = list(matches(content, list(places), start, end + SNIPPET_LENGTH))
        if found and min(found)[0] < end:
            return found
    return []


def likely_parts(length: int, words: int, place: int) -> Iterator[Range]:
    """Parts of a content, the likeliest first: how far into its words the first match is tells about how far into the
    content, where folding it all would take long.
    """
    # Of words that were cut short nobody knows how many there are.
    likely = place * length // words if words < WORDS_READ else place
    # What stands behind all the words, as a table or a drawing, moves none of them.
    for start in dict.fromkeys([*nearest(likely, length), *nearest(place, length)]):
        yield start, start + STEP
    for middle in dict.fromkeys([likely, place]):
        begin = max(0, min(middle, length) - FAR // 2)
        yield begin, begin + FAR


def nearest(place: int, length: int) -> Iterator[int]:
    """Where the parts begin that lie around this place, from the inside out."""
    last = (length - 1) // STEP
    part = min(place // STEP, last)
    sides = (-1, 1) if place % STEP < STEP // 2 else (1, -1)
    around = (part + side * distance for distance in range(1, last + 1) for side in sides)
    inside = (number for number in chain([part], around) if 0 <= number <= last)
    return (number * STEP for number in islice(inside, NEAR))


def matches(text: str, terms: Sequence[Term], start: int, end: int) -> Iterator[Range]:
    """The ranges that begin in this part of the text, and end in it."""
    around = reach(terms, start, end)
    plain = normal(text[around])
    # The text is taken apart only if all the words of a term stand in it.
    likely = [term for term in terms if all(word in plain for word in term.words.split())]
    if not likely:
        return
    words = Located(text[around], plain)
    for first, last in (place for term in likely for place in places(words.text, term)):
        begin = words.span(first)[0] + around.start
        if start <= begin < end:
            yield begin, min(end, words.span(last)[1] + around.start)


def reach(terms: Sequence[Term], start: int, end: int) -> slice:
    """What has to be read for a part of a text."""
    margin = min(MOST_MARGIN, MARGIN + 2 * max((len(term.words) for term in terms), default=0))
    return slice(max(0, start - margin), end + margin)


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
