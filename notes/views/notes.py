from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.conditional import tagged_by_clock
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.examples import CREATED, GROCERIES, PATCH, REPLACEMENT
from notes.filters import NoteList, ordering_of
from notes.models import Note
from notes.models.note import NoteQuerySet
from notes.pagination import NotePagination, page_of
from notes.permissions import IsOwner
from notes.problems import OneNoteView
from notes.serializers.notes import (
    FoundNoteSerializer,
    NewNoteSerializer,
    NotePatchSerializer,
    NoteSerializer,
    own_id,
    shown_in,
)
from notes.serializers.queries import NoteListQuery
from notes.views.answers import credential_of, note_response, read_response
from notes.views.idempotency import idempotent
from notes_api.conditional import Preconditions
from notes_api.parsers import MergePatchParser, StrictJSONParser
from notes_api.queries import takes_query
from notes_api.schema import (
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    LINK,
    LOCATION,
    NOT_MODIFIED,
    answers,
    as_json_or_markdown,
    documented,
    example,
)

GROCERIES_200 = example("Groceries", GROCERIES, status="200")
GROCERIES_201 = example("Groceries", CREATED, status="201")

CONTENT_200 = example("Bare content", "milk\neggs\n", status="200", media_type="text/markdown")
CONTENT_201 = example("Bare content", "milk\n", status="201", media_type="text/markdown")


class NoteViewSet(OneNoteView):
    """Your notes."""

    request: AuthenticatedRequest
    serializer_class = NoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = NotePagination
    parser_classes = [StrictJSONParser, MergePatchParser]

    @property
    def ordering(self) -> str | tuple[str, ...]:
        return ordering_of(self.query)

    @needs(Scope.READ)
    @documented("listNotes", "Notes", "List your notes")
    @extend_schema(
        responses=answers({200: FoundNoteSerializer(many=True), 304: NOT_MODIFIED}),
        parameters=[IF_NONE_MATCH, ETAG, LINK],
    )
    @takes_query(NoteListQuery)
    @tagged_by_clock
    def list(self, request: AuthenticatedRequest) -> Response:
        """A page of your notes, the last changed first; archived ones only if asked for.

        With `q` it is a search, and each result says in `match` where the words are.
        """
        notes = NoteList(NoteQuerySet.active, request.user, self.query)
        response = self.get_paginated_response(list(map(shown_in(notes.search), page_of(self, notes))))
        if self.query["count"] == "true":
            response.data["total"] = notes.count()
        return response

    @needs(Scope.APPEND)
    @documented("createNote", "Notes", "Create a note")
    @extend_schema(
        request={"application/json": NewNoteSerializer},
        responses=answers({201: NoteSerializer}, 422, 507),
        parameters=[IDEMPOTENCY_KEY, LOCATION, ETAG],
        examples=[example("Groceries", {"title": "Groceries", "content": "milk\n"}), GROCERIES_201],
    )
    @idempotent
    def create(self, request: AuthenticatedRequest) -> Response:
        """Keep a new note. The server chooses its id; PUT creates one under your own.

        With `notes:append` alone you get back no more than `id` and `version`.
        """
        values = NewNoteSerializer.read(request.data)
        note = Note.objects.write(request.user, credential_of(request), **values)
        return note_response(request, note, 201)

    @needs(Scope.READ)
    @documented("getNote", "Notes", "Read a note")
    @extend_schema(
        responses=answers({**as_json_or_markdown(200, NoteSerializer), 304: NOT_MODIFIED}),
        parameters=[IF_NONE_MATCH, ETAG],
        examples=[GROCERIES_200, CONTENT_200],
    )
    def retrieve(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """One note with its `ETag`; `Accept: text/markdown` gets the bare content."""
        return read_response(request, self.get_object())

    @needs(Scope.WRITE, to_create=Scope.APPEND)
    @documented("replaceNote", "Notes", "Replace a note")
    @extend_schema(
        request={"application/json": NoteSerializer},
        responses=answers(
            {**as_json_or_markdown(200, NoteSerializer), **as_json_or_markdown(201, NoteSerializer)}, 409, 412, 428, 507
        ),
        parameters=[IF_MATCH, IF_NONE_MATCH, ETAG, LOCATION],
        examples=[example("Groceries", REPLACEMENT), GROCERIES_200, GROCERIES_201, CONTENT_200, CONTENT_201],
    )
    def update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace everything you can write; what is missing takes its default.

        With `If-Match` only the version you have seen is replaced. With `If-None-Match: *` the note is created
        under an id of your own (UUID version 4 or 7), and never overwritten if it exists. With `notes:append` alone
        you get back no more than `id` and `version`.
        """
        if Preconditions.of(request).wants_absence:
            return self.create_as(request, pk)
        note = self.get_object()
        values = NoteSerializer.read(request.data)
        preconditions = Preconditions.required(request)
        return note_response(request, note.change(values, preconditions, credential_of(request)))

    @needs(Scope.WRITE)
    @documented("updateNote", "Notes", "Change parts of a note")
    @extend_schema(
        request={"application/json": NotePatchSerializer, "application/merge-patch+json": NotePatchSerializer},
        responses=answers(as_json_or_markdown(200, NoteSerializer), 412, 428, 507),
        parameters=[IF_MATCH, ETAG],
        examples=[example("Pin it", PATCH), GROCERIES_200, CONTENT_200],
    )
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Change what is given (RFC 7396); null gives a member its default again."""
        note = self.get_object()
        if request.stream is None:
            raise ParseError("The body is empty: send what shall change.")
        values = NotePatchSerializer.read(request.data)
        preconditions = Preconditions.required(request)
        return note_response(request, note.change(values, preconditions, credential_of(request)))

    @needs(Scope.WRITE)
    @documented("deleteNote", "Notes", "Delete a note")
    @extend_schema(responses=answers({204: None}, 412, 428), parameters=[IF_MATCH])
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Put the note into the trash, from where it can be restored until it is purged."""
        self.get_object().trash(Preconditions.required(request))
        return Response(status=204)

    def create_as(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        values = NoteSerializer.read(request.data)
        note = Note.objects.write(request.user, credential_of(request), id=own_id(pk), **values)
        return note_response(request, note, 201)
