"""Folds text for searching. The same function folds the notes and the queries.

Folding removes case, accents and typographic variants from words and puts single spaces between them. Some scripts have
no spaces between words. A run of such a script stays together, and a search can find any part of it.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, chain, compress, filterfalse, groupby, takewhile

from notes_api.rest import unicode_text

# Thai, Lao, Myanmar, Khmer, Han, kana, Hangul. Hangul has spaces, but its words carry their particles.
SPACELESS = (
    "\u0e00-\u0e4e\u0e81-\u0ece\u0edc-\u0eff\u1000-\u103f\u1050-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd\u3005-\u3007"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3"
    "\ud7b0-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
# In these scripts a mark changes the letter or syllable. It is not an accent.
LETTER_MARKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3099\u309a]")
# Soft hyphen, joiners, marks of direction, and the tatweel, which elongates Arabic words.
INVISIBLE = "\u00ad\u200d\u200e\u200f\u2060\ufeff\u061c\u0640"
# Letters that Unicode does not decompose, although people type them without the stroke.
PLAIN = str.maketrans(
    {"\u0131": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe"}
)


# The characters that can be marks or symbols. The others are ideographs, Hangul syllables, private use or unassigned.
# Every process of the server looks at these when it starts.
RANGES = (range(0x3400), range(0x4DC0, 0x4E00), range(0xA000, 0xAC00), range(0xF900, 0x17000), range(0x18B00, 0x20000),
          range(0xE0100, 0xE01F0))  # fmt: skip


def characters_in(*categories: str) -> str:
    """Return the characters of these Unicode categories."""
    characters = [*map(chr, chain(*RANGES))]
    return "".join(compress(characters, map(categories.__contains__, map(unicodedata.category, characters))))


def is_accent(mark: str) -> bool:
    """Whether a word stays the same without the mark. True for selectors of glyphs, false for vowel signs."""
    is_selector = unicodedata.name(mark, "").startswith(("VARIATION SELECTOR", "MONGOLIAN FREE VARIATION"))
    is_combining = bool(unicodedata.combining(mark)) or unicodedata.category(mark) == "Me"
    return is_selector or (is_combining and not LETTER_MARKS.match(mark))


def pattern_for_any(characters: str) -> str:
    """Return a pattern that matches one of these characters.

    Python compares with each range above U+FFFF in turn, so the pattern has few of them, and skips them for all
    characters below.
    """
    low, high = filter(is_low, characters), filterfalse(is_low, characters)
    return rf"(?:[{ranges_of(low)}]|(?![\0-\uffff])[{ranges_of(high)}])"


def ranges_of(characters: Iterable[str]) -> str:
    """Return the characters as ranges for a character class. Without them a text of emoji takes six times as long."""
    codes = sorted(map(ord, characters))
    groups = groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0])
    spans = [[code for _, code in group] for _, group in groups]
    return "".join(rf"\U{span[0]:08x}-\U{span[-1]:08x}" for span in spans)


def is_low(character: str) -> bool:
    return character <= "\uffff"


MARKS = characters_in("Mn", "Mc", "Me")
MARK = pattern_for_any(MARKS)
LETTER = rf"[^\W_{SPACELESS}]"
TOKEN = re.compile(rf"{LETTER}+(?:{MARK}+{LETTER}*)*|[{SPACELESS}]+|{pattern_for_any(characters_in('So'))}")
PLAIN_LETTER = re.compile(f"[{''.join(map(chr, PLAIN))}]")
DROPPED = dict.fromkeys(map(ord, [*filter(is_accent, MARKS), *INVISIBLE]))
HIGH = re.compile("[\U00010000-\U0010ffff]")
ACCENTS = re.compile(f"[{re.escape(''.join(filter(is_low, map(chr, DROPPED))))}]+")
ASCII_WORD = re.compile(r"[a-z0-9]+")
ASCII_SPACES = "".join(character if ASCII_WORD.match(character) else " " for character in map(chr, range(128)))
BEGINS_A_RUN = re.compile(f"[{SPACELESS}]")
# These characters must be folded together, because they compose: the parts of a syllable, and a letter and its marks.
PARTS = "\u3131-\u318e\u1160-\u11ff\ud7b0-\ud7ff\uffa0-\uffdc"
TAIL = rf"(?:{MARK}|[{INVISIBLE}\uff9e\uff9f])*"
SYLLABLE = rf"[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?(?![{PARTS}{INVISIBLE}]|{MARK})"
INITIAL = r"[\u1100-\u115f\ua960-\ua97f]"
CLUSTER = re.compile(rf"{SYLLABLE}|(?:[\uac00-\ud7a3]{TAIL})?(?:(?:[{PARTS}]|{INITIAL}){TAIL})+|.{TAIL}", re.DOTALL)
# A limit, because some letters decompose into a whole sentence. Other texts of 1 MiB have fewer characters.
MAX_LENGTH = 1_310_720
# The letter that folds into the longest sentence, and how many characters that has.
SENTENCE, SENTENCE_LENGTH = "\ufdfa", 18
# Characters. A cluster may have any number of marks: caching the longer ones could take gigabytes, these take 8 MiB.
MAX_CACHED_LENGTH = 4
# Folding changes no character of this range. In the cache, these characters would evict all others.
IDEOGRAPH_FIRST, IDEOGRAPH_LAST = "\u4e00", "\u9fff"


def fold(text: str) -> str:
    """Return the folded words between single spaces, with a space before the first and after the last."""
    return join_words(normalize(text))


def join_words(plain: str) -> str:
    # Finds the same words as ASCII_WORD, and is faster.
    words = plain.translate(ASCII_SPACES).split() if plain.isascii() else TOKEN.findall(plain)
    return " ".join(["", *words, ""])


def token_pattern(plain: str) -> re.Pattern[str]:
    return ASCII_WORD if plain.isascii() else TOKEN


def normalize(text: str) -> str:
    """Remove case, accents and typographic variants."""
    if text.isascii():
        return text.lower()
    # NFKD would decompose this sign into letters of the word before it.
    decomposed = unicode_text.normalize("NFKD", without_excess(text).replace("\N{TRADE MARK SIGN}", " ").casefold())
    plain = remove_accents(decomposed[:MAX_LENGTH]).casefold()
    return unicode_text.normalize("NFC", plain.translate(PLAIN) if PLAIN_LETTER.search(plain) else plain)


def without_excess(text: str) -> str:
    """Cut a text to half of MAX_LENGTH if its sentences would exceed MAX_LENGTH: they fold slowly."""
    if len(text) + text.count(SENTENCE) * (SENTENCE_LENGTH - 1) <= MAX_LENGTH:
        return text
    ends = accumulate(SENTENCE_LENGTH if character == SENTENCE else 1 for character in text)
    return text[: sum(1 for _ in takewhile((MAX_LENGTH // 2).__ge__, ends))]


def remove_accents(text: str) -> str:
    """Use a pattern, which is faster than a translation, unless there are characters above U+FFFF."""
    return text.translate(DROPPED) if HIGH.search(text) else ACCENTS.sub("", text)


class FoldedText:
    """A folded text that knows where each of its characters is in the original; `plain` is the normalized original.

    For most texts nobody needs the positions, so they are computed on demand.
    """

    def __init__(self, original: str, plain: str) -> None:
        self.original, self.plain = original, plain
        self.tokens = [token.span() for token in token_pattern(plain).finditer(plain)]
        self.text = " ".join(["", *(plain[first:last] for first, last in self.tokens), ""])

    @cached_property
    def token_starts(self) -> list[int]:
        """The position in `text` where each token begins."""
        return list(accumulate((last - first + 1 for first, last in self.tokens), initial=1))

    @cached_property
    def is_one_to_one(self) -> bool:
        """Whether each character became exactly one character, as in almost all texts."""
        return len(self.plain) == len(self.original) and maps_one_to_one(self.original, self.plain)

    @cached_property
    def original_spans(self) -> tuple[Sequence[int], Sequence[int]]:
        """Where each character of `plain` begins in the original, and where each ends."""
        if self.is_one_to_one:
            return range(len(self.original)), range(1, len(self.original) + 1)
        clusters = CLUSTER.finditer(self.original)
        spans = [cluster.span() for cluster in clusters for _ in normalize_cluster(cluster.group())]
        return [start for start, _ in spans], [end for _, end in spans]

    def span(self, position: int) -> tuple[int, int]:
        """Return where this character of `text` begins and ends in the original, in code points."""
        number = bisect_right(self.token_starts, position) - 1
        first, last = self.tokens[number]
        # A space between two words counts as the end of the first.
        place = min(first + position - self.token_starts[number], last - 1)
        starts, ends = self.original_spans
        return starts[place], ends[place]


def maps_one_to_one(text: str, plain: str) -> bool:
    return text.isascii() or text.translate(ONE_TO_ONE) == plain


def normalize_cluster(cluster: str) -> str:
    if len(cluster) == 1 and IDEOGRAPH_FIRST <= cluster <= IDEOGRAPH_LAST:
        return cluster
    return normalize_short(cluster) if len(cluster) <= MAX_CACHED_LENGTH else normalize(cluster)


@lru_cache(maxsize=16384)
def normalize_short(cluster: str) -> str:
    return normalize(cluster)


class OneToOne(dict[int, str]):
    """Maps a character to its normalized form; to NUL, which is in no folded text, if that is not one character."""

    def __missing__(self, code: int) -> str:
        plain = normalize_cluster(chr(code))
        plain = plain if len(plain) == 1 else "\0"
        # Cache only these characters: most texts consist of them.
        if code < 0x2000:
            self[code] = plain
        return plain


ONE_TO_ONE = OneToOne()


def is_run(word: str) -> bool:
    """Whether a folded word belongs to a script without spaces. In a text, it can be part of a longer run."""
    return BEGINS_A_RUN.match(word) is not None
