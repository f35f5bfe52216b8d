"""A note as a file of Markdown with its other values in front, in YAML, as editors and other programs read them."""

import re
from collections.abc import Mapping
from typing import Any

from notes_api.rest.renderers import encode_json

# What JSON leaves as it is in a string and YAML 1.1 does not: other line breaks, controls and characters that it
# forbids.
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

Values = Mapping[str, Any]  # Any: each member has its own type


def as_markdown(note: Values) -> bytes:
    """Return the file of a note, which is given with the members of its line in `notes.ndjson`."""
    lines = [
        "---",
        f"id: {note['id']}",
        f"title: {quote(note['title'])}",
        f"tags: [{', '.join(map(quote, note['tags']))}]",
        f"created: {note['created_at']}",
        f"updated: {note['updated_at']}",
        *(f"{name}: true" for name in ("pinned", "archived") if note[f"is_{name}"]),
        *(f"trashed: {note['trashed_at']}" for _ in range(note["trashed_at"] is not None)),
        "---",
        note["content"],
    ]
    return "\n".join(lines).encode()


def quote(text: str) -> str:
    """Return the text in double quotes, as both JSON and YAML read it."""
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", encode_json(text).decode())
