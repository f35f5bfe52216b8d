from uuid import UUID

from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from accounts.views.account_etag import account_etag, account_guard
from notes.lists.note_list import NoteList
from notes.lists.pagination import NotePagination
from notes.models import Note
from notes.models.note_queryset import NoteQuerySet
from notes.permissions import IsOwner
from notes.serializers.notes import NoteSerializer, TrashedNoteSerializer
from notes.serializers.parts import TrashedNoteParams, TrashParams, list_renderer, whole_or_part
from notes.views import examples
from notes.views.minimal import minimal
from notes.views.note_view import SingleNoteView
from notes.views.responses import json_or_markdown, note_response
from notes_api.rest.conditional import Preconditions
from notes_api.rest.headers import ETAG, IF_MATCH, IF_NONE_MATCH, LINK
from notes_api.rest.operation import NOT_MODIFIED, operation

TRASHED_NOTE = json_or_markdown(whole_or_part("TrashedNoteOrPart", TrashedNoteSerializer))


class TrashViewSet(SingleNoteView):
    """Deleted notes. They are purged after 30 days, unless the server is configured otherwise."""

    request: AuthenticatedRequest
    serializer_class = TrashedNoteSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = NotePagination
    state = staticmethod(NoteQuerySet.trashed)

    @operation(
        "listTrash", "Trash", "List the trash",
        scope=Scope.READ, runs_on_loop=True, query=TrashParams,
        returns={200: whole_or_part("ListedTrash", TrashedNoteSerializer, many=True)}, headers=[LINK],
        examples=examples.LIST_TRASH, features=[account_etag],
    )  # fmt: skip
    def list(self, request: AuthenticatedRequest) -> Response:
        """List the notes in the trash, most recently deleted first."""
        notes, page = NoteList.of(NoteQuerySet.trashed, self.visibility, self.query, "-trashed_at"), NotePagination()
        render = list_renderer(None, self.query.get("fields"))
        return page.get_paginated_response(page.paginate_notes(notes, request, self.query.get("cursor"), render))

    @operation(
        "getTrashedNote", "Trash", "Get a trashed note",
        scope=Scope.READ, query=TrashedNoteParams, returns={200: TRASHED_NOTE, 304: NOT_MODIFIED},
        headers=[IF_NONE_MATCH, ETAG], examples=examples.GET_TRASHED_NOTE,
    )  # fmt: skip
    def retrieve(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Return a note in the trash."""
        return self.read_one()

    @operation(
        "restoreNote", "Trash", "Restore a note",
        scope=Scope.TRASH, returns={200: NoteSerializer}, errors=[412], headers=[IF_MATCH, IF_NONE_MATCH, ETAG],
        examples=examples.SAVED_NOTE, features=[minimal],
    )  # fmt: skip
    def restore(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Move the note out of the trash, with everything it had."""
        return note_response(request, self.get_object().restore(Preconditions.from_request(request), request.auth))

    @operation(
        "purgeNote", "Trash", "Purge a note",
        scope=Scope.PURGE, returns={204: None}, errors=[412, 428], headers=[IF_MATCH, IF_NONE_MATCH],
    )  # fmt: skip
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Delete the note and its revisions permanently."""
        self.get_object().purge(Preconditions.require_if_match(request), request.auth)
        return Response(status=204)

    @operation(
        "emptyTrash", "Trash", "Empty the trash",
        scope=Scope.PURGE, returns={204: None}, features=[account_guard],
    )  # fmt: skip
    def destroy_all(self, request: AuthenticatedRequest) -> Response:
        """Delete all notes in the trash permanently.

        With the `ETag` of `GET /trash` as `If-Match`, only if nothing in the account has changed since.
        """
        Note.objects.visible_to(**self.visibility.values).trashed().purge(request.user.pk, request.auth)
        return Response(status=204)
