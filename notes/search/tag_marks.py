"""Marks of a note's tags, which a filter by tags compares in one pass, however many tags it requires.

Looking each required tag up in the JSON would read the JSON as often as there are tags. The marks of a note are hashes
of its tags, of equal length and sorted, so one LIKE finds the required marks one after another. A mark has 60 bits: if
an account has a million different tags, the probability that two of them have the same mark is one in two million.
"""

from base64 import b32encode
from collections.abc import Iterable
from hashlib import blake2b

MARK_LENGTH = 12


def tag_marks(tags: Iterable[str]) -> str:
    """Return the marks of these tags, sorted."""
    return "".join(sorted(map(mark_of, tags)))


def pattern_for_all(tags: Iterable[str]) -> str:
    """Return a pattern for LIKE that matches the marks of every note with all of these tags."""
    return "%".join(["", *sorted(set(map(mark_of, tags))), ""])


def mark_of(tag: str) -> str:
    """Hash a tag to letters of one case and digits, because SQLite's LIKE ignores the case."""
    return b32encode(blake2b(tag.encode(), digest_size=8).digest())[:MARK_LENGTH].decode().lower()
