"""Names of tags that a person types into one field."""

import unicodedata

from notes_api.rest.unicode_text import normalize

MAX_TAGS, MAX_LENGTH = 20, 64
# NFC composes up to four characters to one.
MAX_TYPED_LENGTH = MAX_TAGS * 4 * MAX_LENGTH


class InvalidTagNames(ValueError):
    """The text does not consist of names of tags; the message says why."""


def read_tag_names(text: str) -> list[str]:
    """Return the names between the commas, trimmed and in NFC as those of notes are. Raises `InvalidTagNames`."""
    if len(text) > MAX_TYPED_LENGTH:
        raise InvalidTagNames("These are too many tags.")
    names = dict.fromkeys(normalize("NFC", name.strip()).strip() for name in text.split(",") if name.strip())
    if len(names) > MAX_TAGS:
        raise InvalidTagNames(f"Name at most {MAX_TAGS} tags.")
    if any(len(name) > MAX_LENGTH or has_control_character(name) for name in names):
        raise InvalidTagNames(f"A tag has at most {MAX_LENGTH} visible characters.")
    return list(names)


def has_control_character(name: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
