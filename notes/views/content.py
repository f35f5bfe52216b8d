from uuid import UUID

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.permissions import IsOwner
from notes.serializers.conflicts import saved_note
from notes.serializers.notes import AppendSerializer, EditsSerializer, NoteSerializer
from notes.views import examples
from notes.views.idempotency import idempotent
from notes.views.minimal import minimal
from notes.views.note_view import SingleNoteView
from notes.views.responses import note_response
from notes_api.rest.conditional import Preconditions
from notes_api.rest.headers import ETAG, IF_MATCH, IF_NONE_MATCH
from notes_api.rest.json_types import JSON
from notes_api.rest.operation import operation
from notes_api.rest.parsers import MarkdownParser, StrictJSONParser


class ContentView(SingleNoteView):
    """Changes to a part of the content."""

    request: AuthenticatedRequest
    serializer_class = NoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]


class AppendView(ContentView):
    parser_classes = [StrictJSONParser, MarkdownParser]

    @operation(
        "appendToNote", "Notes", "Append to a note",
        scope=Scope.APPEND, body={"application/json": AppendSerializer, "text/markdown": str},
        returns={200: saved_note()}, errors=[412, 507], headers=[IF_MATCH, IF_NONE_MATCH, ETAG],
        examples=examples.APPEND_TO_NOTE, features=[idempotent, minimal],
    )  # fmt: skip
    def append(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Add text to the end of the content, unchanged and atomically: concurrent appends are all kept.

        With only `notes:append`, the response has only `id` and `version`.
        """
        note = self.get_object()
        text = AppendSerializer.read(read_append_body(request))["text"]
        return note_response(request, note.append(text, Preconditions.from_request(request), request.auth))


def read_append_body(request: Request) -> JSON:
    """Return the body. DRF passes an empty body to no parser, but an empty Markdown body is an empty text."""
    is_markdown = request.content_type.lower().startswith(MarkdownParser.media_type)
    return {"text": ""} if is_markdown and not request.data else request.data


class EditView(ContentView):
    @operation(
        "editNote", "Notes", "Edit passages of a note",
        scope=Scope.EDIT, body=EditsSerializer, returns={200: NoteSerializer}, errors=[409, 412, 507],
        headers=[IF_MATCH, IF_NONE_MATCH, ETAG], examples=examples.EDIT_NOTE,
        features=[idempotent, minimal],
    )  # fmt: skip
    def edit(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace each `old` with its `new`, in order. If one does not occur exactly once, nothing changes."""
        note = self.get_object()
        edits = EditsSerializer.read(request.data)["edits"]
        return note_response(request, note.edit(edits, Preconditions.from_request(request), request.auth))
