from uuid import UUID

from rest_framework.exceptions import ParseError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from accounts.views.account_etag import account_etag
from notes.lists.note_list import NoteList
from notes.lists.pagination import NotePagination
from notes.models import Note
from notes.models.note_queryset import NoteQuerySet
from notes.permissions import IsOwner
from notes.serializers.conflicts import saved_note
from notes.serializers.notes import (
    FoundNoteSerializer,
    NewNoteSerializer,
    NotePatchSerializer,
    NoteSerializer,
    validate_id,
)
from notes.serializers.parts import NoteParams, list_renderer, summarized, whole_or_part
from notes.serializers.queries import NoteListParams
from notes.views import examples
from notes.views.idempotency import idempotent
from notes.views.minimal import minimal
from notes.views.note_view import SingleNoteView
from notes.views.responses import json_or_markdown, note_response
from notes_api.rest.conditional import Preconditions
from notes_api.rest.headers import ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION
from notes_api.rest.operation import NOT_MODIFIED, merge_patch, operation
from notes_api.rest.parsers import MergePatchParser, StrictJSONParser

NOTE = json_or_markdown(NoteSerializer)
NOTE_OR_PART = json_or_markdown(whole_or_part("NoteOrPart", NoteSerializer))


class NoteViewSet(SingleNoteView):
    """Your notes."""

    request: AuthenticatedRequest
    serializer_class = NoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = NotePagination
    parser_classes = [StrictJSONParser, MergePatchParser]

    @operation(
        "listNotes", "Notes", "List your notes",
        scope=Scope.READ, runs_on_loop=True, query=NoteListParams,
        returns={200: whole_or_part("ListedNote", FoundNoteSerializer, many=True)}, headers=[LINK],
        examples=examples.LIST_NOTES, features=[account_etag],
    )  # fmt: skip
    def list(self, request: AuthenticatedRequest) -> Response:
        """Return a page of your notes, most recently changed first. Archived notes are included only on request.

        With `q` this is a search, and `match` in each result says where the words are.
        """
        notes, page = NoteList.of(NoteQuerySet.active, self.visibility, self.query), NotePagination()
        render = list_renderer(notes.search, self.query.get("fields"))
        # Only requests of tools have it. The notes of a long page become bytes at once, so they are summarized first.
        if summarize := getattr(request._request, "summarize", None):
            render = summarized(render, summarize)
        results = page.paginate_notes(notes, request, self.query.get("cursor"), render)
        response = page.get_paginated_response(results)
        if self.query["count"]:
            is_complete = page.next is None and "cursor" not in self.query
            response.data["total"] = len(results) if is_complete else notes.count()
        return response

    @operation(
        "createNote", "Notes", "Create a note",
        scope=Scope.APPEND, body={"application/json": NoteSerializer}, returns={201: saved_note()}, errors=[507],
        headers=[LOCATION, ETAG], examples=examples.CREATE_NOTE, features=[idempotent, minimal],
    )  # fmt: skip
    def create(self, request: AuthenticatedRequest) -> Response:
        """Create a note. The server chooses its id; use PUT to choose it yourself.

        With only `notes:append`, the response has only `id` and `version`.
        """
        values = NewNoteSerializer.read(request.data)
        note = Note.objects.create_note(request.user, request.auth, as_of=request.user.clock.value, **values)
        return note_response(request, note, 201)

    @operation(
        "getNote", "Notes", "Get a note",
        scope=Scope.READ, runs_on_loop=True, query=NoteParams,
        returns={200: NOTE_OR_PART, 304: NOT_MODIFIED}, headers=[IF_NONE_MATCH, ETAG], examples=examples.GET_NOTE,
    )  # fmt: skip
    def retrieve(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Return a note with its `ETag`. With `Accept: text/markdown`, return only its content."""
        return self.read_one()

    @operation(
        "replaceNote", "Notes", "Replace a note",
        scope=Scope.EDIT, scope_to_create=Scope.APPEND, body={"application/json": NoteSerializer},
        returns={200: NOTE, 201: {**NOTE, "application/json": saved_note()}}, errors=[409, 412, 428, 507],
        headers=[IF_MATCH, IF_NONE_MATCH, ETAG, LOCATION], examples=examples.REPLACE_NOTE,
        features=[minimal],
    )  # fmt: skip
    def update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace all writable members. A missing member gets its default.

        With `If-Match`, only the given version is replaced. With `If-None-Match: *`, the note is created under an id
        that you choose (UUID version 4 or 7), and an existing note is never overwritten. With only `notes:append`,
        the response has only `id` and `version`.
        """
        if Preconditions.from_request(request).is_create_only:
            return self.create_with_id(request, pk)
        note = self.get_object()
        values = NoteSerializer.read(request.data)
        note = note.change(values, Preconditions.require_if_match(request), request.auth)
        return note_response(request, note)

    @operation(
        "updateNote", "Notes", "Change parts of a note",
        scope=Scope.EDIT, body=merge_patch(NotePatchSerializer), returns={200: NOTE}, errors=[412, 428, 507],
        headers=[IF_MATCH, IF_NONE_MATCH, ETAG], examples=examples.UPDATE_NOTE,
        features=[minimal],
    )  # fmt: skip
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Change the given members (RFC 7396). Null resets a member to its default."""
        note = self.get_object()
        if request.stream is None:
            raise ParseError("The body is empty: send the members to change.")
        values = NotePatchSerializer.read(request.data)
        note = note.change(values, Preconditions.require_if_match(request), request.auth)
        return note_response(request, note)

    @operation(
        "deleteNote", "Notes", "Delete a note",
        scope=Scope.TRASH, returns={204: None}, errors=[412, 428], headers=[IF_MATCH, IF_NONE_MATCH],
    )  # fmt: skip
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Move the note to the trash. It can be restored until it is purged."""
        self.get_object().trash(Preconditions.require_if_match(request), request.auth)
        return Response(status=204)

    def create_with_id(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        values = NoteSerializer.read(request.data)
        note = Note.objects.create_note(request.user, request.auth, id=validate_id(pk), **values)
        return note_response(request, note, 201)
