from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.conditional import tagged_by_clock
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.examples import GROCERIES, TRASHED
from notes.filters import NoteList
from notes.models import Note
from notes.models.note import NoteQuerySet
from notes.pagination import NotePagination, page_of
from notes.permissions import IsOwner
from notes.problems import OneNoteView
from notes.serializers.notes import NoteSerializer, TrashedNoteSerializer, as_json
from notes.views.answers import note_response, read_response
from notes_api.conditional import Preconditions
from notes_api.pagination import PageQuery
from notes_api.queries import takes_query
from notes_api.schema import (
    ETAG,
    IF_MATCH,
    IF_NONE_MATCH,
    LINK,
    NOT_MODIFIED,
    answers,
    as_json_or_markdown,
    documented,
    example,
)


class TrashViewSet(OneNoteView):
    """What you deleted, until it is purged: after 30 days, unless this server is set otherwise."""

    request: AuthenticatedRequest
    serializer_class = TrashedNoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = NotePagination
    state = staticmethod(NoteQuerySet.trashed)
    ordering = "-trashed_at"

    @needs(Scope.READ)
    @documented("listTrash", "Trash", "List the trash")
    @extend_schema(
        responses=answers({200: TrashedNoteSerializer(many=True), 304: NOT_MODIFIED}),
        parameters=[IF_NONE_MATCH, ETAG, LINK],
    )
    @takes_query(PageQuery)
    @tagged_by_clock
    def list(self, request: AuthenticatedRequest) -> Response:
        """What you deleted, the latest first."""
        notes = NoteList(NoteQuerySet.trashed, request.user, self.query)
        return self.get_paginated_response([as_json(note) for note in page_of(self, notes)])

    @needs(Scope.READ)
    @documented("getTrashedNote", "Trash", "Read a trashed note")
    @extend_schema(
        responses=answers({**as_json_or_markdown(200, TrashedNoteSerializer), 304: NOT_MODIFIED}),
        parameters=[IF_NONE_MATCH, ETAG],
        examples=[
            example("Groceries", TRASHED, status="200"),
            example("Bare content", "milk\n", status="200", media_type="text/markdown"),
        ],
    )
    def retrieve(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """One note in the trash."""
        return read_response(request, self.get_object())

    @needs(Scope.WRITE)
    @documented("restoreNote", "Trash", "Restore a note")
    @extend_schema(
        request=None,
        responses=answers({200: NoteSerializer}, 412),
        parameters=[IF_MATCH, ETAG],
        examples=[example("Groceries", GROCERIES, status="200")],
    )
    def restore(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Take the note out of the trash, with all it had."""
        return note_response(request, self.get_object().restore(Preconditions.of(request)))

    @needs(Scope.WRITE)
    @documented("purgeNote", "Trash", "Purge a note")
    @extend_schema(responses=answers({204: None}, 412, 428), parameters=[IF_MATCH])
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Delete the note for good, with its revisions."""
        self.get_object().purge(Preconditions.required(request))
        return Response(status=204)

    @needs(Scope.WRITE)
    @documented("emptyTrash", "Trash", "Empty the trash")
    @extend_schema(responses=answers({204: None}))
    def destroy_all(self, request: AuthenticatedRequest) -> Response:
        """Delete everything in the trash for good."""
        Note.objects.owned_by(request.user).trashed().purge(request.user.pk)
        return Response(status=204)
