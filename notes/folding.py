"""How text is made searchable: one function folds the notes, and the same one folds what is asked for.

Words lose case, accents and typographic variants, and stand between single spaces. A run of a script that puts no
spaces between words stays together, so that any part of it can be found.
"""

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import filterfalse
from typing import NamedTuple

# Thai, Lao, Myanmar, Khmer, Han, kana, Hangul. Hangul has spaces, but its words carry their particles.
SPACELESS = (
    "\u0e00-\u0e4e\u0e81-\u0ece\u0edc-\u0eff\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd\u3005-\u3007"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3"
    "\ud7b0-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# There a mark makes another letter or syllable, not an accent.
TELLING_MARKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3099\u309a]")
# Soft hyphen, joiners and marks of direction; the line that stretches an Arabic word.
INVISIBLE = "\u00ad\u200d\u200e\u200f\u2060\ufeff\u061c\u0640"
# Letters that Unicode does not take apart, though people type them without the stroke.
PLAIN = str.maketrans(
    {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe"}
)


def characters(*categories: str) -> str:
    """The characters of these Unicode categories."""
    codes = map(chr, range(sys.maxunicode + 1))
    return "".join(code for code in codes if unicodedata.category(code) in categories)


def is_accent(mark: str) -> bool:
    """Whether a word is the same without it; vowel signs are none, a selector of a glyph is."""
    is_selector = unicodedata.name(mark, "").startswith(("VARIATION SELECTOR", "MONGOLIAN FREE VARIATION"))
    is_combining = bool(unicodedata.combining(mark)) or unicodedata.category(mark) == "Me"
    return is_selector or (is_combining and not TELLING_MARKS.match(mark))


def one_of(found: str) -> str:
    """A pattern for one of these characters. Python looks those beyond U+FFFF up one by one: most are spared that."""
    low, high = (re.escape("".join(part)) for part in (filter(is_low, found), filterfalse(is_low, found)))
    return rf"(?:[{low}]|(?![\0-\uffff])[{high}])"


def is_low(character: str) -> bool:
    return character <= "\uffff"


MARKS = characters("Mn", "Mc", "Me")
MARK = one_of(MARKS)
LETTER = rf"[^\W_{SPACELESS}]"
TOKEN = re.compile(rf"{LETTER}+(?:{MARK}+{LETTER}*)*|[{SPACELESS}]+|{one_of(characters('So'))}")
DROPPED = dict.fromkeys(map(ord, [*filter(is_accent, MARKS), *INVISIBLE]))
ASCII_WORD = re.compile(r"[a-z0-9]+")
BEGINS_A_RUN = re.compile(f"[{SPACELESS}]")
# What is folded together, or letters would not compose: a syllable in its parts, and a letter with its marks.
PARTS = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\ud7b0-\ud7ff\uffa0-\uffdc"
CLUSTER = re.compile(rf"[\uac00-\ud7a3]?[{PARTS}]+|.(?:{MARK}|[\uff9e\uff9f])*", re.DOTALL)
# There are letters that decompose into a whole sentence.
LONGEST = 2_097_152


def folded(text: str) -> str:
    """The words of a text between single spaces, with one before and one behind: what is stored and searched."""
    words = ASCII_WORD.findall(text.lower()) if text.isascii() else TOKEN.findall(normal(text))
    return " ".join(["", *words, ""])


def normal(text: str) -> str:
    """Without case, accents and variants of form."""
    # The sign would become letters of the word before it.
    decomposed = unicodedata.normalize("NFKD", text.replace("\N{TRADE MARK SIGN}", " ").casefold())
    plain = decomposed[:LONGEST].translate(DROPPED).casefold().translate(PLAIN)
    return unicodedata.normalize("NFC", plain)


class Located(NamedTuple):
    """A folded text, and of each of its characters where in the original it begins and ends, in code points."""

    text: str
    starts: list[int]
    ends: list[int]


def located(text: str) -> Located:
    plain, origins = located_characters(text)
    result, starts, ends = " ", [0], [0]
    for token in TOKEN.finditer(plain):
        span = origins[token.start() : token.end()]
        result += token.group() + " "
        starts += [start for start, _ in span] + [span[-1][1]]
        ends += [end for _, end in span] + [span[-1][1]]
    return Located(result, starts, ends)


def located_characters(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`normal`, and where each of its characters comes from."""
    if text.isascii():
        return text.lower(), [(position, position + 1) for position in range(len(text))]
    parts, origins = [], []
    for cluster in CLUSTER.finditer(text):
        part = normal_cluster(cluster.group())
        parts.append(part)
        origins += [cluster.span()] * len(part)
    return "".join(parts), origins


@lru_cache(maxsize=16384)
def normal_cluster(cluster: str) -> str:
    return normal(cluster)


def is_run(word: str) -> bool:
    """Whether a folded word is of a script without spaces: a part of what stands in the text."""
    return BEGINS_A_RUN.match(word) is not None
