"""Who changed a note."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from orjson import Fragment
from rest_framework import serializers

from notes.lists.page import NoteRow
from notes.models import Note

NAME = "The user agent of a session, the name of a token or grant; may be empty."


AUTHOR = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["session", "token", "grant"]},
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "description": NAME},
    },
    "required": ["kind", "id", "name"],
}


# Not a serializer: a reference to its schema could not be null in every generated client.
@extend_schema_field({**AUTHOR, "nullable": True})
class AuthorField(serializers.Field[Any, Any, Any, Any]):  # Any: notes store it as JSON
    """The credential that made a change. It may have been revoked and deleted since."""

    def __init__(self, help_text: str) -> None:
        super().__init__(read_only=True, help_text=help_text)

    def to_representation(self, value: str) -> Fragment:
        return Fragment(value)


def render_author(note: Note | NoteRow) -> Fragment | None:
    return None if note.changed_by is None else Fragment(note.changed_by)
