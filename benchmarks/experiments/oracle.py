"""Find what a search should find by looking at every note: plain Python that shares no code with the search.

The rules are those of docs/search.md. A text becomes a list of words and of runs in scripts without spaces. A term of
a query is such a list, too. It occurs in a text where its parts follow each other.
"""

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

SPACELESS = ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "THAI",
             "LAO", "MYANMAR", "KHMER")  # fmt: skip
VOICING = ("COMBINING KATAKANA-HIRAGANA", "KATAKANA-HIRAGANA PROLONGED")
JOINING = "\u00ad\u200d\u200e\u200f\u2060\ufeff\u061c\u0640"
STROKES = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe"}

Words = tuple[str, ...]


class Term(NamedTuple):
    """A word, or the words of a quoted phrase."""

    text: str
    is_prefix: bool = False
    is_excluded: bool = False


Query = tuple[tuple[Term, ...], ...]


def typed(query: Query) -> str:
    """Return the query as a person types it."""
    return " or ".join(" ".join(map(typed_term, terms)) for terms in query)


def typed_term(term: Term) -> str:
    text = f'"{term.text}"' if " " in term.text else term.text
    return f"{'-' * term.is_excluded}{text}{'*' * term.is_prefix}"


@cache
def kind_of(character: str) -> str:
    """Classify a character: a sign is a word by itself, a mark belongs to the character before it."""
    name, category = unicodedata.name(character, ""), unicodedata.category(character)
    if name.startswith(SPACELESS + VOICING) and category[0] in "LMN":
        return "run"
    if category == "So":
        return "sign"
    return "mark" if category[0] == "M" else "word" if character.isalnum() else "gap"


@cache
def plain(character: str) -> str:
    """Return the character without case, accent and variant forms, or an empty string."""
    if character in JOINING:
        return ""
    if unicodedata.combining(character) and kind_of(character) != "run":
        return ""
    name = unicodedata.name(character, "")
    return "" if name.startswith("VARIATION SELECTOR") else STROKES.get(character, character)


def words_of(text: str) -> Words:
    letters = unicodedata.normalize("NFKD", text.replace("™", " ").casefold())
    simple = unicodedata.normalize("NFC", "".join(map(plain, letters)).casefold())
    words: list[str] = []
    before = "gap"
    for letter in simple:
        kind = kind_of(letter)
        if kind == "mark":
            kind = before if before in ("word", "run") else "gap"
        if kind != "gap":
            if kind == before and kind != "sign":
                words[-1] += letter
            else:
                words.append(letter)
        before = kind
    return tuple(map(sys.intern, words))


def occurs_in(term: Words, text: Words, *, is_prefix: bool = False) -> bool:
    first, *others = term
    is_run = kind_of(first[0]) == "run"
    if not others:
        if is_run:
            return any(first in word for word in text)
        return any(word.startswith(first) for word in text) if is_prefix else first in text
    if not is_run and first not in text:
        return False
    last = others.pop()
    is_open = is_prefix or kind_of(last[0]) == "run"
    size = len(term)
    for start in range(len(text) - size + 1):
        begins = text[start].endswith(first) if is_run else text[start] == first
        if begins and list(text[start + 1 : start + size - 1]) == others:
            end = text[start + size - 1]
            if end.startswith(last) if is_open else end == last:
                return True
    return False


class Oracle:
    """All notes of an account, oldest first and numbered from 1."""

    def __init__(self, texts: Iterable[dict[str, str]]) -> None:
        self.notes = [(words_of(text["title"]), words_of(text["content"])) for text in texts]

    def best(self, query: Query, count: int) -> list[int]:
        """Return the numbers of the best notes in order."""
        asked = [[(words_of(term.text), term) for term in terms] for terms in query]
        ranked = []
        for number, (title, content) in enumerate(self.notes, start=1):
            if rank := max(rank_of(terms, title, content) for terms in asked):
                ranked.append((-rank, -number))
        return [-number for _, number in sorted(ranked)[:count]]


def rank_of(terms: list[tuple[Words, Term]], title: Words, content: Words) -> int:
    """0: not found; 1: found; 2: all in the title; 3: side by side in the title."""
    in_title = True
    for words, term in terms:
        is_here = occurs_in(words, title, is_prefix=term.is_prefix)
        if (is_here or occurs_in(words, content, is_prefix=term.is_prefix)) == term.is_excluded:
            return 0
        in_title &= is_here or term.is_excluded
    wanted = [(words, term) for words, term in terms if not term.is_excluded]
    if not wanted or not in_title:
        return 1
    together = tuple(word for words, _ in wanted for word in words)
    return 3 if occurs_in(together, title, is_prefix=wanted[-1][1].is_prefix) else 2
