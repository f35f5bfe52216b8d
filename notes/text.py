"""Changes to a text, and how long it may get."""

from collections.abc import Mapping, Sequence

CONTENT_MAX_BYTES = 1_048_576


class ContentTooLarge(Exception):
    """The content would have more than CONTENT_MAX_BYTES bytes of UTF-8."""


class EditConflict(Exception):
    """The `old` of edit number `position` does not occur exactly once."""

    def __init__(self, position: int, *, occurs: bool) -> None:
        super().__init__(position)
        self.position = position
        self.occurs = occurs


def append_text(content: str, text: str) -> str:
    """The content with the text behind it, without a separator. Raises `ContentTooLarge`."""
    return within_limit(content + text)


def apply_edits(content: str, edits: Sequence[Mapping[str, str]]) -> str:
    """The content after each `old` was replaced by its `new`, one after another.

    Each `old` must occur exactly once at its moment, overlaps counted: `aa` in `aaa` is twice. Raises
    `EditConflict` and `ContentTooLarge`.
    """
    for position, edit in enumerate(edits):
        start = content.find(edit["old"])
        if start < 0 or content.find(edit["old"], start + 1) >= 0:
            raise EditConflict(position, occurs=start >= 0)
        # In between, the content may outgrow the limit only so far: edits could double it again and again.
        content = within_limit(content[:start] + edit["new"] + content[start + len(edit["old"]) :])
    return content


def within_limit(content: str) -> str:
    if len(content.encode()) > CONTENT_MAX_BYTES:
        raise ContentTooLarge
    return content
