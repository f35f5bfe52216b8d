from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.conditional import tagged_by_clock
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.examples import GROCERIES, REVISION
from notes.models import Note, Revision
from notes.permissions import IsOwner
from notes.problems import OneNoteView
from notes.serializers.notes import NoteSerializer
from notes.serializers.revisions import FullRevisionSerializer, RevisionSerializer
from notes.views.answers import credential_of, note_response
from notes_api.conditional import Preconditions
from notes_api.pagination import KeysetPagination, PageQuery, paginated
from notes_api.queries import takes_query
from notes_api.schema import ETAG, IF_MATCH, IF_NONE_MATCH, LINK, NOT_MODIFIED, answers, documented, example


class RevisionViewSet(OneNoteView):
    """Earlier texts of a note."""

    request: AuthenticatedRequest
    serializer_class = RevisionSerializer  # type: ignore[assignment]  # of what the notes' earlier texts are
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    pagination_class = KeysetPagination
    ordering = "-version"

    def get_revision(self, note: Note, version: int) -> Revision:
        return Revision.objects.of(note).get(version=version)

    @needs(Scope.READ)
    @documented("listRevisions", "Revisions", "List earlier texts")
    @extend_schema(
        responses=answers({200: RevisionSerializer(many=True), 304: NOT_MODIFIED}, 404),
        parameters=[IF_NONE_MATCH, ETAG, LINK],
    )
    @takes_query(PageQuery)
    @tagged_by_clock
    def list(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """The earlier texts of a note, the newest first, without content."""
        return paginated(self, Revision.objects.of(self.get_object()).without_content())

    @needs(Scope.READ)
    @documented("getRevision", "Revisions", "Read an earlier text")
    @extend_schema(
        responses=answers({200: FullRevisionSerializer}), examples=[example("Groceries", REVISION, status="200")]
    )
    def retrieve(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """One earlier text, as it was at `version`."""
        revision = self.get_revision(self.get_object(), version)
        return Response(FullRevisionSerializer(revision).data)

    @needs(Scope.WRITE)
    @documented("restoreRevision", "Revisions", "Bring an earlier text back")
    @extend_schema(
        request=None,
        responses=answers({200: NoteSerializer}, 412, 507),
        parameters=[IF_MATCH, ETAG],
        examples=[example("Groceries", GROCERIES, status="200")],
    )
    def restore(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Make an earlier text the current one, as a new version; what it replaces becomes a revision itself."""
        note = self.get_object()
        return note_response(request, note.return_to(version, Preconditions.of(request), credential_of(request)))

    @needs(Scope.WRITE)
    @documented("forgetRevision", "Revisions", "Forget an earlier text")
    @extend_schema(responses=answers({204: None}))
    def destroy(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Delete one earlier text for good; the note itself stays as it is."""
        self.get_revision(self.get_object(), version).forget(request.user.pk)
        return Response(status=204)
