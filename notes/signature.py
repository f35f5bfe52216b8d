"""What a long text certainly does not hold, told from a short one: a signature, as in signature files.

A search that finds little would read every text of an account. Each word leaves a mark of three characters in the
signature, and so do its first letters; each character of a script without spaces is a mark itself. A text without the
mark is ruled out. With it nothing is ruled in: the text has the last word.
Source: Faloutsos and Christodoulakis, "Signature files", ACM TOIS 2 (1984).
"""

from zlib import crc32

from notes.folding import is_run

# A shorter text is looked at itself as quickly; and a signature is to be read instead of the text, not beside it.
SHORTEST, MOST_OF_TEXT = 1000, 0.5
# How many first letters leave a mark, the longest first; of one letter there is always one.
BEGINNINGS = (3, 1)
# More would rule out little that these do not.
MOST_MARKS = 4
ALPHABET = [chr(code) for code in range(0x21, 0x7F)]
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def signature_of(words: str) -> str | None:
    """Of a folded text; none where the text is to be looked at itself."""
    if len(words) < SHORTEST:
        return None
    parts = {part for word in set(words.split()) if not is_run(word) for part in parts_of(word)}
    signature = "".join([*sorted(set(map(mark, parts))), *sorted(filter(is_run, set(words)))])
    return signature if len(signature) < len(words) * MOST_OF_TEXT else None


def marks_of(words: str, *, is_prefix: bool) -> list[str]:
    """What stands in the signature of every text with these folded words side by side, the most telling first."""
    *others, last = words.split()
    parts = [*map(whole, others), beginning(last) if is_prefix else whole(last)]
    told = sorted((part for part in parts if not is_run(part)), key=len, reverse=True)
    return list(dict.fromkeys([*map(mark, told), *filter(is_run, words)]))[:MOST_MARKS]


def parts_of(word: str) -> list[str]:
    return [whole(word), *(word[:count] for count in BEGINNINGS)]


def whole(word: str) -> str:
    """Told apart from a beginning of the same letters."""
    return f"{word} "


def beginning(letters: str) -> str:
    return letters[: next(count for count in BEGINNINGS if count <= len(letters))]


def mark(part: str) -> str:
    """Three characters of ASCII, which no character of a script without spaces is."""
    number = crc32(part.encode())
    return PAIRS[number % len(PAIRS)] + ALPHABET[number // len(PAIRS) % len(ALPHABET)]
