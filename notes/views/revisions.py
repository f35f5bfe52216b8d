from uuid import UUID

from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from accounts.views.account_etag import account_etag
from notes.models import Note, Revision
from notes.permissions import IsOwner
from notes.serializers.notes import NoteSerializer
from notes.serializers.revisions import FullRevisionSerializer, RevisionSerializer
from notes.views import examples
from notes.views.minimal import minimal
from notes.views.note_view import SingleNoteView
from notes.views.responses import note_response
from notes_api.rest.conditional import EtagMismatch, Preconditions, is_unmodified, strong_etag
from notes_api.rest.headers import ETAG, IF_MATCH, IF_NONE_MATCH, LINK
from notes_api.rest.operation import NOT_MODIFIED, operation
from notes_api.rest.pagination import KeysetPagination, PageQuery, paginated
from notes_api.rest.serializers import shared_instance


class RevisionViewSet(SingleNoteView):
    """Earlier texts of a note."""

    request: AuthenticatedRequest
    serializer_class = RevisionSerializer  # type: ignore[assignment]  # it serializes the revisions of the view's notes
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = KeysetPagination
    ordering = "-version"

    def get_revision(self, note: Note, version: int) -> Revision:
        return Revision.objects.of(note).get(version=version)

    @operation(
        "listRevisions", "Revisions", "List a note's earlier texts",
        scope=Scope.READ, query=PageQuery, returns={200: RevisionSerializer(many=True)}, errors=[404],
        headers=[LINK], examples=examples.LIST_REVISIONS, features=[account_etag],
    )  # fmt: skip
    def list(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """List the note's earlier texts, newest first, without their content."""
        return paginated(self, Revision.objects.of(self.get_object()).without_content())

    @operation(
        "getRevision", "Revisions", "Get an earlier text",
        scope=Scope.READ, returns={200: FullRevisionSerializer, 304: NOT_MODIFIED}, headers=[IF_NONE_MATCH, ETAG],
        examples=examples.GET_REVISION,
    )  # fmt: skip
    def retrieve(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Return the text that the note had at `version`. It never changes."""
        revision = self.get_revision(self.get_object(), version)
        headers = {"ETag": strong_etag(version)}
        if is_unmodified(request, headers["ETag"]):
            return Response(status=304, headers=headers)
        # An instance of its own would keep the text in memory until the next garbage collection.
        return Response(shared_instance(FullRevisionSerializer).to_representation(revision), headers=headers)

    @operation(
        "restoreRevision", "Revisions", "Restore an earlier text",
        scope=Scope.EDIT, returns={200: NoteSerializer}, errors=[412, 507],
        headers=[IF_MATCH, IF_NONE_MATCH, ETAG],
        examples=examples.SAVED_NOTE, features=[minimal],
    )  # fmt: skip
    def restore(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Make an earlier text the current one, as a new version. The text that it replaces becomes a revision."""
        note = self.get_object()
        return note_response(request, note.restore_revision(version, Preconditions.from_request(request), request.auth))

    @operation(
        "forgetRevision", "Revisions", "Delete an earlier text",
        scope=Scope.PURGE, returns={204: None}, errors=[412], headers=[IF_MATCH, IF_NONE_MATCH],
    )  # fmt: skip
    def destroy(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Delete an earlier text permanently. The note itself does not change.

        The responses stored for `Idempotency-Key`s that show the note are deleted too.
        """
        revision = self.get_revision(self.get_object(), version)
        if not Preconditions.from_request(request).allow(version):
            raise EtagMismatch(strong_etag(version))
        revision.delete_and_tick(request.user.pk)
        return Response(status=204)
