from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.examples import EDITS, GROCERIES
from notes.permissions import IsOwner
from notes.problems import OneNoteView
from notes.serializers.notes import AppendSerializer, EditsSerializer, NoteSerializer
from notes.views.answers import credential_of, note_response
from notes.views.idempotency import idempotent
from notes_api.conditional import Preconditions
from notes_api.parsers import MarkdownParser, StrictJSONParser
from notes_api.schema import ETAG, IDEMPOTENCY_KEY, IF_MATCH, answers, documented, example

GROCERIES_200 = example("Groceries", GROCERIES, status="200")


class TextView(OneNoteView):
    """Changes to the content that need not know all of it."""

    request: AuthenticatedRequest
    serializer_class = NoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]


class AppendView(TextView):
    parser_classes = [StrictJSONParser, MarkdownParser]

    @needs(Scope.APPEND)
    @documented("appendToNote", "Notes", "Add to a note")
    @extend_schema(
        request={"application/json": AppendSerializer, "text/markdown": str},
        responses=answers({200: NoteSerializer}, 412, 422, 507),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY, ETAG],
        examples=[
            example("One more line", {"text": "eggs\n"}, media_type="application/json"),
            example("Bare text", "eggs\n", media_type="text/markdown"),
            GROCERIES_200,
        ],
    )
    @idempotent
    def append(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Add text to the end of the content, exactly and atomically: of two appends none is lost.

        With `notes:append` alone you get back no more than `id` and `version`.
        """
        note = self.get_object()
        values = AppendSerializer.read(request.data or what_is_empty(request))
        return note_response(request, note.append(values["text"], Preconditions.of(request), credential_of(request)))


def what_is_empty(request: Request) -> dict[str, str]:
    """DRF hands an empty body to no parser: as Markdown it is an empty text."""
    return {"text": ""} if request.content_type.lower().startswith(MarkdownParser.media_type) else {}


class EditView(TextView):
    @needs(Scope.WRITE)
    @documented("editNote", "Notes", "Edit a note in places")
    @extend_schema(
        request=EditsSerializer,
        responses=answers({200: NoteSerializer}, 409, 412, 422, 507),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY, ETAG],
        examples=[example("Oat milk", EDITS), GROCERIES_200],
    )
    @idempotent
    def edit(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace each `old` by its `new`, in order. Each must occur exactly once, else nothing changes."""
        note = self.get_object()
        values = EditsSerializer.read(request.data)
        return note_response(request, note.edit(values["edits"], Preconditions.of(request), credential_of(request)))
