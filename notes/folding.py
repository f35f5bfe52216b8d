"""How text is made searchable: one function folds the notes, and the same one folds what is asked for.

Words lose case, accents and typographic variants. In scripts that put no spaces between words every pair of
neighbouring characters counts as a word, so that any part of a run can be found.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

# Han, kana, Hangul, Thai, Lao, Myanmar, Khmer. Hangul has spaces, but its words carry their particles.
SPACELESS = (
    "\u0e00-\u0e4f\u0e5a-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# The marks of kana make another letter, not an accent.
VOICED = "\u3099\u309a"


class Word(NamedTuple):
    """A folded word, and where it stands in the text: code points, the end not included.

    In a run without spaces, a word is two characters, of which `first_end` ends the first, or the last one alone
    (`is_open`: in a longer run more would follow).
    """

    text: str
    start: int
    end: int
    is_open: bool = False
    first_end: int | None = None


def characters(*categories: str) -> str:
    """The characters of these Unicode categories, as the inside of a character class."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in categories]
    return re.escape("".join(map(chr, codes)))


MARK = f"[{characters('Mn', 'Mc', 'Me')}]"
SYMBOL = f"[{characters('So')}]"
LETTER = rf"[^\W_{SPACELESS}]"
UNIT = re.compile(rf"[{SPACELESS}]{MARK}*")
TOKEN = re.compile(rf"(?P<word>{LETTER}+(?:{MARK}+{LETTER}*)*)|(?P<run>(?:[{SPACELESS}]{MARK}*)+)|(?P<symbol>{SYMBOL})")
ASCII_WORD = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """The words of a text between single spaces, with one before and one behind: what is stored and searched."""
    found = ASCII_WORD.findall(text.lower()) if text.isascii() else [word.text for word in words(text)]
    return f" {' '.join(found)} "


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    for token in TOKEN.finditer(text):
        kind, found = token.lastgroup, token.group()
        if kind == "run":
            yield from pairs(found, token.start())
        elif kind == "symbol":
            yield Word(found, token.start(), token.end())
        else:
            for part in fold(found).split():
                yield Word(part, token.start(), token.end())


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Without case, accents and variants of form; with spaces where one character stands for several words (`½`)."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in decomposed if c in VOICED or not unicodedata.combining(c))
    # Turkish has an i without a dot, which folds to itself; casefold does the rest (`ß` is `ss`).
    composed = unicodedata.normalize("NFC", bare.casefold().replace("\N{LATIN SMALL LETTER DOTLESS I}", "i"))
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in composed)


def pairs(run: str, start: int) -> Iterator[Word]:
    """Each character of a run with its neighbour, the last one alone."""
    units = [(fold(unit.group()), start + unit.start(), start + unit.end()) for unit in UNIT.finditer(run)]
    for (one, begin, middle), (other, _, end) in pairwise(units):
        yield Word(one + other, begin, end, first_end=middle)
    last, begin, end = units[-1]
    yield Word(last, begin, end, is_open=True)
