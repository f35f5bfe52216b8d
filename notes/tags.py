"""Names on notes."""

import unicodedata
from collections.abc import Iterable, Sequence

MOST_TAGS = 50
LONGEST_TAG = 64
# A path of these names would mean another place.
REFUSED = frozenset({".", ".."})


class BadTag(ValueError):
    """Says what is wrong with a name."""


def composed(name: str) -> str:
    """In NFC: some platforms type `é` as two characters."""
    return unicodedata.normalize("NFC", name)


def clean_tag(name: str) -> str:
    """The name, trimmed and in NFC; raises `BadTag`."""
    cleaned = composed(name).strip()
    if not 1 <= len(cleaned) <= LONGEST_TAG:
        raise BadTag(f"A tag has 1 to {LONGEST_TAG} characters.")
    if cleaned in REFUSED or any(unicodedata.category(character) == "Cc" for character in cleaned):
        raise BadTag("This name cannot be a tag.")
    return cleaned


def clean_tags(names: Iterable[str]) -> list[str]:
    """The names in their order, each once; raises `BadTag`."""
    cleaned = list(dict.fromkeys(clean_tag(name) for name in names))
    if len(cleaned) > MOST_TAGS:
        raise BadTag(f"A note has at most {MOST_TAGS} tags.")
    return cleaned


def renamed(tags: Sequence[str], old: str, new: str | None) -> list[str]:
    """The tags with one renamed, or taken off; where the new name is there already, the two become one."""
    names = (new if tag == old else tag for tag in tags)
    return list(dict.fromkeys(name for name in names if name is not None))
