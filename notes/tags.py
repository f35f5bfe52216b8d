"""Which names are valid tags, and how a list of tags is renamed."""

import unicodedata
from collections.abc import Iterable, Sequence

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


def clean_tags(names: Iterable[str]) -> list[str]:
    """Return the names in their order, each once. Raises `InvalidTag`."""
    cleaned: dict[str, None] = {}
    for name in names:
        cleaned[clean_tag(name)] = None
        if len(cleaned) > MAX_TAGS:
            raise InvalidTag(f"A note may have at most {MAX_TAGS} tags.")
    return list(cleaned)


def rename_tag(tags: Sequence[str], old: str, new: str | None) -> list[str]:
    """Rename a tag, or remove it if `new` is None. If the new name is already in the list, it stays there once."""
    names = (new if tag == old else tag for tag in tags)
    return list(dict.fromkeys(name for name in names if name is not None))
