"""Which names are valid tags."""

import unicodedata
from collections.abc import Iterable

from notes_api.rest.unicode_text import normalize

MAX_TAGS = 50
MAX_TAG_LENGTH = 64
# NFC composes up to four characters to one.
MAX_TYPED_LENGTH = 4 * MAX_TAG_LENGTH
# In a URL, these path segments would name another resource.
RESERVED = frozenset({".", ".."})


class InvalidTag(ValueError):
    """The name is not a valid tag; the message says why."""


def clean_tag(name: str) -> str:
    """Return the name, trimmed and in NFC, because some platforms type `é` as two characters. Raises `InvalidTag`."""
    trimmed = name.strip()
    cleaned = normalize("NFC", trimmed).strip() if len(trimmed) <= MAX_TYPED_LENGTH else trimmed
    if not 1 <= len(cleaned) <= MAX_TAG_LENGTH:
        raise InvalidTag(f"A tag must have 1 to {MAX_TAG_LENGTH} characters.")
    if cleaned in RESERVED or any(unicodedata.category(character) in ("Cc", "Cs") for character in cleaned):
        raise InvalidTag("This name cannot be a tag.")
    return cleaned


def clean_tags(names: Iterable[str], most: int = MAX_TAGS) -> list[str]:
    """Return the names in their order, each once. Raises `InvalidTag`."""
    cleaned: dict[str, None] = {}
    for name in names:
        cleaned[clean_tag(name)] = None
        if len(cleaned) > most:
            raise InvalidTag(f"At most {most} tags are allowed here.")
    return list(cleaned)
