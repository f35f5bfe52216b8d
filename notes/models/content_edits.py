"""Appending to a content and editing it, within the limit of its size."""

from collections.abc import Mapping, Sequence

from notes.exceptions import ContentTooLarge, EditConflict

CONTENT_MAX_BYTES = 1_048_576


def append_text(content: str, text: str) -> str:
    """Append the text without a separator. Raises `ContentTooLarge`."""
    return require_size(content + text)


def apply_edits(content: str, edits: Sequence[Mapping[str, str]]) -> str:
    """Replace each `old` by its `new`, in order.

    Each `old` must occur exactly once when it is replaced. Overlaps count: `aa` occurs twice in `aaa`. Raises
    `EditConflict` and `ContentTooLarge`.
    """
    for position, edit in enumerate(edits):
        start = content.find(edit["old"])
        if start < 0 or content.find(edit["old"], start + 1) >= 0:
            raise EditConflict(position, occurs=start >= 0)
        # Check after each edit, because edits could double the content again and again.
        content = require_size(content[:start] + edit["new"] + content[start + len(edit["old"]) :])
    return content


def require_size(content: str) -> str:
    """Return the content unchanged. Raises `ContentTooLarge`."""
    if len(content.encode()) > CONTENT_MAX_BYTES:
        raise ContentTooLarge
    return content
