"""Signatures of long texts, which rule out most texts that a search does not match, without reading them.

A search with few matches would otherwise read every text of an account. Each word leaves a mark of three characters in
the signature, and so do its first letters. Each character of a script without spaces is a mark itself. A text does not
contain a word whose mark is missing. If the mark is there, the search still compares the word with the text.
Source: Faloutsos and Christodoulakis, "Signature files", ACM TOIS 2 (1984).
"""

from zlib import crc32

from notes.search.folding import is_run

# Comparing with a shorter text is as fast. A signature must be much shorter than its text, or reading it saves nothing.
MIN_LENGTH, MAX_RATIO = 1000, 0.5
# Hashing more takes longer than folding them. No text that people write has as many different words.
MAX_WORDS = 30_000
# How many first letters of a word leave a mark, longest first. One letter always does.
PREFIX_LENGTHS = (3, 1)
# Further marks would rule out few other texts.
MAX_MARKS = 4
# A mark has three characters. Different parts rarely have the same mark, so a text with this many times the parts that
# fit into a signature needs no hashing: most texts of a page or less.
MARK_LENGTH, HOPELESS = 3, 1.1
ALPHABET = [chr(code) for code in range(0x21, 0x7F)]
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
PAIR_COUNT = len(PAIRS)
# How many different marks there are.
MARKS = PAIR_COUNT * len(ALPHABET)


def signature_of(words: str) -> str | None:
    """Return the signature of a folded text; None if searches should read the text itself."""
    if len(words) < MIN_LENGTH:
        return None
    is_ascii, distinct, limit = words.isascii(), set(words.split()), len(words) * MAX_RATIO
    spaced = distinct if is_ascii else {word for word in distinct if not is_run(word)}
    prefixes = {word[:length] for length in PREFIX_LENGTHS for word in spaced}
    if len(spaced) > MAX_WORDS or MARK_LENGTH * (len(spaced) + len(prefixes)) > limit * HOPELESS:
        return None
    # A long text has few different marks but many parts: the marks are only made of different hashes.
    parts = map(str.encode, prefixes.union(map(whole_word, spaced)))
    hashes = {number % MARKS for number in map(crc32, parts)}
    runs = [] if is_ascii else sorted(filter(is_run, set(words)))
    if MARK_LENGTH * len(hashes) + len(runs) >= limit:
        return None
    # As `mark_of_hash`, without a call for each.
    return "".join([*sorted([PAIRS[number % PAIR_COUNT] + ALPHABET[number // PAIR_COUNT] for number in hashes]), *runs])


def marks_of(words: str, *, is_prefix: bool) -> list[str]:
    """Return marks in the signature of every text with these folded words side by side, the most selective first."""
    *others, last = words.split()
    parts = [*map(whole_word, others), prefix_of(last) if is_prefix else whole_word(last)]
    selective = sorted((part for part in parts if not is_run(part)), key=len, reverse=True)
    return list(dict.fromkeys([*map(mark_of, selective), *filter(is_run, words)]))[:MAX_MARKS]


def whole_word(word: str) -> str:
    """Append a space, so that a word and a prefix with the same letters have different marks."""
    return f"{word} "


def prefix_of(letters: str) -> str:
    """Return the longest prefix that leaves a mark."""
    return letters[: next(length for length in PREFIX_LENGTHS if length <= len(letters))]


def mark_of(part: str) -> str:
    """Hash a part of a word to three ASCII characters, which no script without spaces contains."""
    return mark_of_hash(crc32(part.encode()))


def mark_of_hash(number: int) -> str:
    return PAIRS[number % PAIR_COUNT] + ALPHABET[number // PAIR_COUNT % len(ALPHABET)]
