"""How text is made searchable: one function folds the notes, and the same one folds what is asked for.

Words lose case, accents and typographic variants, and stand between single spaces. A run of a script that puts no
spaces between words stays together, so that any part of it can be found.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, chain, filterfalse

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


# The planes that have marks and symbols: in the others are ideographs, private use and nothing.
PLANES = (range(0x20000), range(0xE0000, 0xF0000))


def characters(*categories: str) -> str:
    """The characters of these Unicode categories."""
    codes = map(chr, chain(*PLANES))
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
PLAIN_LETTER = re.compile(f"[{''.join(map(chr, PLAIN))}]")
DROPPED = dict.fromkeys(map(ord, [*filter(is_accent, MARKS), *INVISIBLE]))
HIGH = re.compile("[\U00010000-\U0010ffff]")
ACCENTS = re.compile(f"[{re.escape(''.join(filter(is_low, map(chr, DROPPED))))}]+")
ASCII_WORD = re.compile(r"[a-z0-9]+")
BEGINS_A_RUN = re.compile(f"[{SPACELESS}]")
# What is folded together, or letters would not compose: a syllable in its parts, and a letter with its marks.
PARTS = "\u3131-\u318e\u1160-\u11ff\ud7b0-\ud7ff\uffa0-\uffdc"
TAIL = rf"(?:{MARK}|[{INVISIBLE}\uff9e\uff9f])*"
SYLLABLE = rf"[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?(?![{PARTS}{INVISIBLE}]|{MARK})"
INITIAL = r"[\u1100-\u115f\ua960-\ua97f]"
CLUSTER = re.compile(rf"{SYLLABLE}|(?:[\uac00-\ud7a3]{TAIL})?(?:(?:[{PARTS}]|{INITIAL}){TAIL})+|.{TAIL}", re.DOTALL)
# There are letters that decompose into a whole sentence.
LONGEST = 2_097_152


def folded(text: str) -> str:
    """The words of a text between single spaces, with one before and one behind: what is stored and searched."""
    return spaced(normal(text))


def spaced(plain: str) -> str:
    return " ".join(["", *tokens(plain).findall(plain), ""])


def tokens(plain: str) -> re.Pattern[str]:
    return ASCII_WORD if plain.isascii() else TOKEN


def normal(text: str) -> str:
    """Without case, accents and variants of form."""
    if text.isascii():
        return text.lower()
    # The sign would become letters of the word before it.
    decomposed = unicodedata.normalize("NFKD", text.replace("\N{TRADE MARK SIGN}", " ").casefold())
    plain = without_accents(decomposed[:LONGEST]).casefold()
    return unicodedata.normalize("NFC", plain.translate(PLAIN) if PLAIN_LETTER.search(plain) else plain)


def without_accents(text: str) -> str:
    """A pattern is quicker than a translation, but not beyond U+FFFF."""
    return text.translate(DROPPED) if HIGH.search(text) else ACCENTS.sub("", text)


class Located:
    """A folded text that knows where each of its characters comes from; `plain` is what `normal` makes of the original.

    Most texts are only looked through: what takes time is worked out when it is asked for.
    """

    def __init__(self, original: str, plain: str) -> None:
        self.original, self.plain = original, plain
        self.tokens = [token.span() for token in tokens(plain).finditer(plain)]
        self.text = " ".join(["", *(plain[first:last] for first, last in self.tokens), ""])

    @cached_property
    def begins(self) -> list[int]:
        """Where each token begins in `text`."""
        return list(accumulate((last - first + 1 for first, last in self.tokens), initial=1))

    @cached_property
    def origins(self) -> tuple[Sequence[int], Sequence[int]]:
        return origins(self.original, self.plain)

    def span(self, position: int) -> tuple[int, int]:
        """Where in the original this character of `text` begins and ends, in code points."""
        number = bisect_right(self.begins, position) - 1
        first, last = self.tokens[number]
        # Between two words there is a space, which counts as the end of the first.
        place = min(first + position - self.begins[number], last - 1)
        starts, ends = self.origins
        return starts[place], ends[place]


def origins(text: str, plain: str) -> tuple[Sequence[int], Sequence[int]]:
    """Of each character of `plain`, where it begins and ends in the text."""
    if len(plain) == len(text) and is_folded_one_by_one(text, plain):
        return range(len(text)), range(1, len(text) + 1)
    spans = [cluster.span() for cluster in CLUSTER.finditer(text) for _ in normal_cluster(cluster.group())]
    return [start for start, _ in spans], [end for _, end in spans]


def is_folded_one_by_one(text: str, plain: str) -> bool:
    """Whether each character stands for one, as almost always."""
    return text.isascii() or text.translate(ONE_BY_ONE) == plain


@lru_cache(maxsize=16384)
def normal_cluster(cluster: str) -> str:
    return normal(cluster)


class OneByOne(dict[int, str]):
    """What `normal` makes of a character alone; what no folded text holds where that is none or several."""

    def __missing__(self, code: int) -> str:
        made = normal_cluster(chr(code))
        made = made if len(made) == 1 else "\0"
        # Most characters of most texts are these.
        if code < 0x2000:
            self[code] = made
        return made


ONE_BY_ONE = OneByOne()


def is_run(word: str) -> bool:
    """Whether a folded word is of a script without spaces: a part of what stands in the text."""
    return BEGINS_A_RUN.match(word) is not None
