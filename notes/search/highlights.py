"""Finds the matches of a search in a note: positions in the plain text, in Unicode code points."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from notes.search.folding import HIGH, SENTENCE, SENTENCE_LENGTH, FoldedText, normalize
from notes.search.query import Search, Term

SNIPPET_LENGTH = 160
# How many code points a snippet shows before the first match.
LEAD = 40
# Read a text in parts of STEP code points, NEAR parts around each estimated position, and then one part of FAR there.
STEP, NEAR, FAR = 128, 8, 32_768
# The most folded words to read of a long content. A limit, because some letters fold into a sentence.
WORDS_READ = 262_144
# Read this much around a part, or half a word at its edge would look like a whole word. Long terms need more, but not
# without a limit, because some letters fold into a sentence.
MARGIN, MAX_MARGIN = 64, 1_064
# The work that all snippets of a page may take together: as much as finding the places of this many folded characters
# in the original one by one, which is a quarter of a second. Other work counts as the share of a character it takes.
PAGE_BUDGET = 250_000
FOLDED_PER_UNIT, ASCII_PER_UNIT, COMPARED_PER_UNIT, UNITS_PER_OCCURRENCE = 2, 64, 200, 3
# Python's patterns compare with characters above U+FFFF one by one.
UNITS_PER_HIGH_CHARACTER = 6
WORD_BEGINS = re.compile(r"\s(?=\S)")

Range = tuple[int, int]


class Budget:
    """The work that is left for the snippets of a page."""

    def __init__(self, units: int = PAGE_BUDGET) -> None:
        self.units = units

    def is_spent(self) -> bool:
        return self.units <= 0

    def require_foldable(self, text: str) -> None:
        """Spend everything if the letters that fold into a sentence would exceed the budget: folding is one step."""
        if text.count(SENTENCE) * SENTENCE_LENGTH > self.units:
            self.units = 0

    def count_folded(self, text: str, plain: str) -> None:
        self.units -= len(text) // ASCII_PER_UNIT if text.isascii() else (len(text) + len(plain)) // FOLDED_PER_UNIT

    def count_compared(self, words: str, terms: Sequence[Term]) -> None:
        self.units -= len(words) * len(terms) // COMPARED_PER_UNIT

    def count_located(self, words: FoldedText) -> None:
        if not words.is_one_to_one:
            self.units -= len(words.original) * (UNITS_PER_HIGH_CHARACTER if HIGH.search(words.plain) else 1)

    def count_occurrence(self) -> None:
        self.units -= UNITS_PER_OCCURRENCE


class Match(NamedTuple):
    """`title` has ranges of the title, `ranges` of the snippet. The end of a range is not included."""

    title: list[Range]
    snippet: str
    ranges: list[Range]


def highlight(title: str, content: str, words: str, search: Search, budget: Budget | None = None) -> Match:
    """Find the wanted terms in title and content; `words` are the folded words of the content.

    Once the budget is spent, the snippet is the beginning of the content, without ranges.
    """
    terms, budget = search.wanted(), budget or Budget()
    titled = merge(find_matches(title, terms, 0, len(title), budget))
    ranges = find_first_matches(content, words, terms, budget)
    begin = find_snippet_start(content, min(ranges)[0]) if ranges else 0
    end = begin + SNIPPET_LENGTH
    visible = ((first - begin, min(last, end) - begin) for first, last in ranges if first < end)
    return Match(titled, content[begin:end], merge(visible))


def find_snippet_start(content: str, first: int) -> int:
    """Return a position shortly before the first match, at the beginning of a word if possible."""
    earliest = max(0, first - LEAD)
    word = WORD_BEGINS.search(content, earliest, first) if earliest else None
    return word.end() if word else earliest


def find_first_matches(content: str, words: str, terms: Sequence[Term], budget: Budget) -> list[Range]:
    """Return a match, usually the first, and all others that a snippet around it can show; none without a budget."""
    if budget.is_spent():
        return []
    budget.count_compared(words, terms)
    positions = {term: position for term in terms if (position := words.find(term.pattern)) >= 0}
    parts = likely_parts(len(content), len(words), min(positions.values())) if positions else []
    for start, end in parts:
        ranges = list(find_matches(content, list(positions), start, end + SNIPPET_LENGTH, budget))
        if budget.is_spent():
            return []
        if ranges and min(ranges)[0] < end:
            return ranges
    return []


def likely_parts(length: int, word_length: int, position: int) -> Iterator[Range]:
    """Yield the parts of a content where the first match may be, the most likely first.

    Folding the whole content would take long. The position of the match in its folded words allows an estimate.
    """
    # If the words were cut off, their total length is unknown.
    scaled = position * length // word_length if word_length < WORDS_READ else position
    # The position itself is also a candidate: a table or drawing after all words does not move them.
    for start in dict.fromkeys([*nearest_parts(scaled, length), *nearest_parts(position, length)]):
        yield start, start + STEP
    for middle in dict.fromkeys([scaled, position]):
        begin = max(0, min(middle, length) - FAR // 2)
        yield begin, begin + FAR


def nearest_parts(position: int, length: int) -> Iterator[int]:
    """Yield the starts of the parts around this position, the nearest first."""
    last = (length - 1) // STEP
    part = min(position // STEP, last)
    sides = (-1, 1) if position % STEP < STEP // 2 else (1, -1)
    around = (part + side * distance for distance in range(1, last + 1) for side in sides)
    inside = (number for number in chain([part], around) if 0 <= number <= last)
    return (number * STEP for number in islice(inside, NEAR))


def find_matches(text: str, terms: Sequence[Term], start: int, end: int, budget: Budget) -> Iterator[Range]:
    """Yield the ranges of matches that begin in this part of the text, cut off at its end, while the budget lasts."""
    section = with_margin(terms, start, end)
    budget.require_foldable(text[section])
    if budget.is_spent():
        return
    plain = normalize(text[section])
    budget.count_folded(text[section], plain)
    # Split the text into words only if it contains all words of a term.
    likely = [term for term in terms if all(word in plain for word in term.words.split())]
    if not likely:
        return
    words = FoldedText(text[section], plain)
    budget.count_located(words)
    for first, last in (occurrence for term in likely for occurrence in occurrences(words.text, term)):
        budget.count_occurrence()
        if budget.is_spent():
            return
        begin = words.span(first)[0] + section.start
        if start <= begin < end:
            yield begin, min(end, words.span(last)[1] + section.start)


def with_margin(terms: Sequence[Term], start: int, end: int) -> slice:
    """Return the section to read for a part of a text."""
    margin = min(MAX_MARGIN, MARGIN + 2 * max((len(term.words) for term in terms), default=0))
    return slice(max(0, start - margin), end + margin)


def occurrences(words: str, term: Term) -> Iterator[Range]:
    """Yield the first and last character of each occurrence in the folded words. A prefix covers the whole word."""
    pattern, position = term.pattern, -1
    while (position := words.find(pattern, position + 1)) >= 0:
        end = position + len(pattern.rstrip())
        if term.is_prefix and not term.ends_in_a_run:
            end = words.index(" ", end)
        yield position + pattern.startswith(" "), end - 1


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Sort the ranges and join those that overlap or touch."""
    result: list[Range] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
