"""Bloom filters of the words of a note, which rule out most notes that a search does not match.

Comparing a few numbers costs less than reading the words. The filter of the titles is part of an index, so a search
finds the matching titles without reading the notes. Each word sets two bits, and so does each character of a script
without spaces, and in a title the first letters of a word. If a bit of a term is not set, the text does not contain it.
Source: Bloom, "Space/time trade-offs in hash coding with allowable errors", Communications of the ACM 13 (1970).
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from zlib import crc32

from notes.search.folding import is_run

# The bits of one column: the databases have signed integers of 64 bits.
COLUMN_BITS = 63
# The columns of each text field.
COLUMNS = {
    "title": ("title_bloom",),
    "content": ("content_bloom_0", "content_bloom_1", "content_bloom_2", "content_bloom_3"),
}
ALL_COLUMNS = tuple(name for names in COLUMNS.values() for name in names)
# Longer texts set most of the bits, so their filter would rule out nothing. They have a signature instead.
MAX_LENGTH = 2_000
# The lengths in bytes of the beginnings of a word that set bits too. A content has too many words for that.
PREFIX_LENGTHS = {"title": (1, 2, 3), "content": ()}
COLUMN_MASK = (1 << COLUMN_BITS) - 1
# Each hash sets two bits, so that a frequent word rarely hides another. A prime number of hashes.
HASHES = 8191
# The two bits of each hash, for a field with this many columns.
PAIRS = {
    columns: [
        1 << number % (COLUMN_BITS * columns) | 1 << crc32(b"%d" % number) % (COLUMN_BITS * columns)
        for number in range(HASHES)
    ]
    for columns in map(len, COLUMNS.values())
}


def bloom_of(field: str, words: str) -> dict[str, int | None]:
    """Return the columns with the filter of this field's folded words; None if searches should read the words."""
    if len(words) > MAX_LENGTH:
        return dict.fromkeys(COLUMNS[field])
    if words.isascii():
        parts = set(words.encode().split())
    else:
        parts = {word.encode() for word in set(words.split()) if not is_run(word)}
    prefixes = [word[:length] for length in PREFIX_LENGTHS[field] for word in parts]
    parts.update(prefixes, [] if words.isascii() else map(str.encode, filter(is_run, set(words))))
    return dict(zip(COLUMNS[field], bits_of(field, parts), strict=True))


def bits_of_term(field: str, words: str, *, is_prefix: bool) -> list[int]:
    """Return the bits, by column, that are set in every field with these folded words side by side."""
    *others, last = words.split()
    return bits_of(field, {*parts_of(field, others, is_prefix=False), *parts_of(field, [last], is_prefix=is_prefix)})


def parts_of(field: str, words: Iterable[str], *, is_prefix: bool) -> Iterator[bytes]:
    for word in words:
        if is_run(word):
            yield from map(str.encode, word)
            continue
        encoded = word.encode()
        if not is_prefix:
            yield encoded
        yield from (encoded[:length] for length in PREFIX_LENGTHS[field] if length <= len(encoded) or not is_prefix)


def bits_of(field: str, parts: Iterable[bytes]) -> list[int]:
    """Set the bits of each part and return the columns."""
    columns = len(COLUMNS[field])
    pairs = PAIRS[columns]
    bits = reduce(or_, [pairs[number % HASHES] for number in map(crc32, parts)], 0)
    return [bits >> column * COLUMN_BITS & COLUMN_MASK for column in range(columns)]
